"""Calendly and Cal.com: what they tell by webhook becomes a consult here, whatever the order; what is forged or old does not."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from app.accounts.models import Person
from app.consults.calendars import CalendarCopy
from app.consults.models import Booking, OutsideBooking, ProviderState, Seat, find_type
from app.consults.outside import mark
from app.consults.providers import Provider, Report
from app.integrations import sweeping
from app.integrations.models import Delivery, Difference
from app.lib import clock, signatures
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import Errand, drain, later
from app.notifications.models import Notice
from tests.consults.conftest import Hosts, WriteType
from tests.integrations.provider_samples import KEY, SECRET, TEN, CalCom, Calendly, Lists, served

Sample = Calendly | CalCom
Browser = Callable[[Person], FlaskClient]
NOON, LATER = TEN + timedelta(hours=2), TEN + timedelta(days=1)


@pytest.fixture
def lists(app: Flask) -> Iterator[Lists]:
    with served() as found:
        yield found


@pytest.fixture(autouse=True)
def connected(app: Flask, hosts: Hosts, write_type: WriteType, lists: Lists) -> Iterator[None]:
    """Both providers are set up, with a secret that is going and one that is coming."""
    for name, url in (("calendly", "https://calendly.com/northlight/intro"), ("calcom", "https://cal.com/northlight/intro-15")):
        there = {"name": name, "url": url, "event_type": "INTRO15" if name == "calendly" else "intro-15"}
        write_type(f"{name}-intro", title=f"Intro at {name}", provider=there)
    before = app.config["SETTINGS"]
    ours = {"calendly_signing_keys": f"calendly-key-old, {KEY}", "calcom_secrets": f"calcom-secret-old, {SECRET}"}
    theirs = {"calendly_token": "pat", "calendly_organization": "https://api.calendly.com/organizations/O1", "calcom_key": "cal_live"}
    apis = {"calendly_api": lists.url, "calcom_api": lists.url, "fetch_allow": "127.0.0.0/8"}
    app.config["SETTINGS"] = dataclasses.replace(before, **ours, **theirs, **apis)
    yield
    app.config["SETTINGS"] = before


@pytest.fixture(params=[Calendly, CalCom], ids=["calendly", "calcom"])
def sample(request: pytest.FixtureRequest, grace: Person) -> Sample:
    found: Sample = request.param(host=grace.email)
    return found


def send(client: FlaskClient, sample: Sample, *events: dict[str, Any], door: str = "") -> None:
    """Deliver messages one after the other, each applied before the next comes."""
    for event in events:
        headers, body = sample.signed(event)
        assert client.post(door or sample.door, data=body, headers=headers).status_code == 200
        drain()
    db.session.expire_all()


def bookings() -> list[Booking]:
    """Those that count: a twin that turned out to be another's earlier time has lapsed."""
    db.session.expire_all()
    return list(db.session.scalars(select(Booking).where(Booking.state != "lapsed").order_by(Booking.id)).unique())


def forget_all() -> None:
    with unit_of_work():
        for table in (OutsideBooking, Delivery, Seat, Booking, Errand):
            db.session.execute(delete(table))


def test_a_booking_there_becomes_a_consult_here(client: FlaskClient, sample: Sample, hosts: Hosts) -> None:
    send(client, sample, sample.created("A1"))
    [booking] = bookings()
    assert (booking.state, booking.starts_at, booking.minutes, booking.source) == ("booked", TEN, 15, sample.name)
    assert (booking.name, booking.email, booking.type_slug) == ("Nora Field", "nora@example.com", f"{sample.name}-intro")
    assert [host.id for host in booking.hosts] == [hosts[0].id]
    assert db.session.scalars(select(Delivery)).one().state == "done"


def test_the_provider_writes_to_the_guest_and_we_do_not(client: FlaskClient, sample: Sample, grace: Person) -> None:
    send(client, sample, sample.created("A1"))
    to = set(db.session.scalars(select(PostedLetter.to)))
    assert to == {grace.email}
    assert db.session.scalar(select(func.count(CalendarCopy.id))) == 0


def test_its_time_is_taken_in_the_hosts_own_diary(client: FlaskClient, sample: Sample, hosts: Hosts) -> None:
    send(client, sample, sample.created("A1"))
    kind = find_type("intro")
    assert kind is not None
    with unit_of_work():
        booking = Booking.hold(kind, int(TEN.timestamp()), "UTC")
        assert [host.id for host in booking.hosts] == [hosts[1].id]


def test_the_booking_that_our_link_led_to_keeps_what_we_knew(client: FlaskClient, sample: Sample, ada: Person) -> None:
    kind = find_type("intro")
    assert kind is not None
    with unit_of_work():
        sample.mark = mark(kind, "therapist", ada)
        ada.claimed_email = "nora@example.com"
    send(client, sample, sample.created("A1"))
    [booking] = bookings()
    assert (booking.type_slug, booking.profession, booking.person_id) == ("intro", "therapist", ada.id)


def test_a_link_that_was_passed_on_joins_nobody(client: FlaskClient, sample: Sample, ada: Person) -> None:
    kind = find_type("intro")
    assert kind is not None
    sample.mark = mark(kind, None, ada)
    send(client, sample, sample.created("A1"))
    assert bookings()[0].person_id is None


def test_cancelling_there_cancels_here(client: FlaskClient, sample: Sample) -> None:
    send(client, sample, sample.created("A1"), sample.cancelled("A1"))
    [booking] = bookings()
    assert (booking.state, booking.cancelled_by, booking.reason) == ("cancelled", "provider", "Ill")
    assert not booking.living_seats()


def end() -> list[tuple[object, ...]]:
    """What stands after all: bookings without their ids, and what is known of each one over there."""
    shown = [(one.state, one.starts_at, one.name, tuple(seat.host_id for seat in one.living_seats())) for one in bookings()]
    rows = db.session.scalars(select(OutsideBooking).order_by(OutsideBooking.ref))
    return [*shown, *((row.ref, row.state, row.starts_at) for row in rows)]


@pytest.mark.parametrize("story", ["moved", "moved twice", "moved and cancelled", "cancelled"])
def test_every_order_of_arrival_ends_the_same(client: FlaskClient, sample: Sample, story: str) -> None:
    events = told(sample, story)
    ends = []
    for order in permutations(range(len(events))) if len(events) < 4 else some_orders(len(events)):
        forget_all()
        send(client, sample, *(events[number] for number in order))
        ends.append((order, end()))
    different = [order for order, found in ends if found != ends[0][1]]
    assert not different
    assert len([one for one in bookings() if one.state != "lapsed"]) == 1


def told(sample: Sample, story: str) -> list[dict[str, Any]]:
    first = sample.created("A1")
    with clock.at(clock.now() + timedelta(minutes=1)):
        second = sample.moved("A1", "A2", NOON)
    with clock.at(clock.now() + timedelta(minutes=2)):
        third = sample.moved("A2", "A3", LATER, was=NOON) if story == "moved twice" else []
        over = [sample.cancelled("A2", NOON)] if story == "moved and cancelled" else []
    return [first, sample.cancelled("A1")] if story == "cancelled" else [first, *second, *third, *over]


def some_orders(count: int) -> list[tuple[int, ...]]:
    """Of many messages: every order of neighbours and the whole turned round."""
    plain = tuple(range(count))
    turned = [plain[shift:] + plain[:shift] for shift in range(count)]
    return [*turned, *(order[::-1] for order in turned)]


def test_a_move_there_moves_ours_and_keeps_its_identity(client: FlaskClient, sample: Sample, grace: Person) -> None:
    send(client, sample, sample.created("A1"))
    uid = bookings()[0].uid
    send(client, sample, *sample.moved("A1", "A2", NOON))
    [booking] = bookings()
    assert (booking.uid, booking.sequence, booking.starts_at, booking.state) == (uid, 1, NOON, "booked")
    assert db.session.scalar(select(func.count(PostedLetter.id)).where(PostedLetter.to == grace.email)) == 2


def test_the_same_message_counts_once(client: FlaskClient, sample: Sample) -> None:
    event = sample.created("A1")
    send(client, sample, event, event, event)
    assert len(bookings()) == 1
    assert db.session.scalars(select(Delivery)).one().times == 3


@pytest.mark.parametrize("why", ["another secret", "no signature", "changed body", "no secret was set there"])
def test_a_forged_message_changes_nothing(client: FlaskClient, sample: Sample, why: str) -> None:
    headers, body = (
        sample.signed(sample.created("A1"), secret="guessed") if why == "another secret" else sample.signed(sample.created("A1"))
    )
    headers = {} if why == "no signature" else headers
    if why == "no secret was set there":
        headers = {name: "no-secret-provided" for name in headers}
    answer = client.post(sample.door, data=body + b" " if why == "changed body" else body, headers=headers)
    assert answer.status_code == 401
    assert db.session.scalar(select(func.count(Delivery.id))) == 0
    assert db.session.scalars(select(ProviderState.refused_at).where(ProviderState.name == sample.name)).one()


@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6)], ids=["too old", "from the future"])
def test_a_stale_message_changes_nothing(client: FlaskClient, sample: Sample, late: timedelta) -> None:
    headers, body = sample.signed(sample.created("A1"), late=late)
    assert client.post(sample.door, data=body, headers=headers).status_code == 401
    assert db.session.scalar(select(func.count(Delivery.id))) == 0


def test_a_captured_message_sent_again_much_later_does_nothing(client: FlaskClient, sample: Sample) -> None:
    headers, body = sample.signed(sample.created("A1"))
    client.post(sample.door, data=body, headers=headers)
    drain()
    send(client, sample, sample.cancelled("A1"))
    with clock.at(clock.now() + timedelta(days=2)):
        assert client.post(sample.door, data=body, headers=headers).status_code == 200
        drain()
    assert bookings()[0].state == "cancelled"


def test_the_old_secret_counts_while_it_goes(client: FlaskClient, sample: Sample) -> None:
    headers, body = sample.signed(sample.created("A1"), secret=f"{'calendly-key' if sample.name == 'calendly' else 'calcom-secret'}-old")
    assert client.post(sample.door, data=body, headers=headers).status_code == 200


def test_the_common_door_takes_either_provider_by_its_signature(client: FlaskClient, sample: Sample) -> None:
    send(client, sample, sample.created("A1"), door="/api/consultations/book")
    assert len(bookings()) == 1
    assert client.post("/api/consultations/book", json=sample.created("A2")).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff\xfe", b'{"event": 1}', b'{"triggerEvent": null}', b"[" * 100_000])
def test_what_is_no_message_is_refused_politely(client: FlaskClient, sample: Sample, body: bytes) -> None:
    headers, _ = sample.signed({})
    signed = resigned(sample, body)
    assert client.post(sample.door, data=body, headers={**headers, **signed}).status_code == 400


def resigned(sample: Sample, body: bytes) -> dict[str, str]:
    if sample.name == "calendly":
        return {"Calendly-Webhook-Signature": signatures.sign(KEY, body)}
    return {"X-Cal-Signature-256": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def test_an_enormous_message_is_refused(client: FlaskClient, sample: Sample) -> None:
    assert client.post(sample.door, data=b"x" * 1_100_000).status_code == 413


def test_an_event_that_says_nothing_to_us_is_kept_as_ignored_for_a_month(client: FlaskClient, sample: Sample) -> None:
    send(client, sample, sample.unknown())
    assert db.session.scalars(select(Delivery)).one().state == "ignored"
    with clock.at(clock.now() + timedelta(days=31)):
        with unit_of_work():
            later("integrations.forget")
        drain()
    assert db.session.scalar(select(func.count(Delivery.id))) == 0


def test_a_no_show_marked_there_counts_here_until_it_is_taken_back(client: FlaskClient, sample: Sample) -> None:
    send(client, sample, sample.created("A1"), sample.missed("A1"))
    outcome = bookings()[0].outcome()
    assert outcome is not None and not outcome.came
    with clock.at(clock.now() + timedelta(minutes=1)):
        send(client, sample, sample.missed("A1", gone=False))
    assert bookings()[0].outcome() is None


def test_a_no_show_that_comes_before_its_booking_waits_for_it(client: FlaskClient, sample: Sample) -> None:
    send(client, sample, sample.missed("A1"))
    assert db.session.scalars(select(Delivery)).one().state == "received"
    send(client, sample, sample.created("A1"))
    with clock.at(clock.now() + timedelta(minutes=3)):
        drain()
    outcome = bookings()[0].outcome()
    assert outcome is not None and not outcome.came


def test_what_a_person_here_noted_stands_against_the_provider(client: FlaskClient, sample: Sample, grace: Person) -> None:
    send(client, sample, sample.created("A1"))
    with unit_of_work():
        bookings()[0].record(True, "won", grace)
    send(client, sample, sample.missed("A1"))
    outcome = bookings()[0].outcome()
    assert outcome is not None and outcome.came


def test_a_request_there_waits_and_is_booked_when_it_is_accepted(client: FlaskClient) -> None:
    sample = CalCom()
    send(client, sample, sample.envelope("BOOKING_REQUESTED", sample.payload("A1", status="PENDING")))
    assert bookings()[0].state == "requested"
    send(client, sample, sample.created("A1"))
    assert bookings()[0].state == "booked"


def test_replaying_a_message_changes_nothing(client: FlaskClient, sample: Sample, linus: Person, client_of: Browser) -> None:
    send(client, sample, sample.created("A1"), *sample.moved("A1", "A2", NOON))
    before = end()
    desk = client_of(linus)
    ids = [str(row) for row in db.session.scalars(select(Delivery.id))]
    desk.post("/desk/integrations/replays", data={"id": ids})
    drain()
    assert end() == before


def test_a_guest_moves_and_cancels_at_the_provider(client: FlaskClient, sample: Sample) -> None:
    send(client, sample, sample.created("A1"))
    booking = bookings()[0]
    there = OutsideBooking.current(booking)
    assert there is not None
    page = client.get(f"/book/booking/{booking.token}").text
    assert there.move_url.partition("?")[0] in page
    assert f"/book/booking/{booking.token}/move" not in page
    client.post(f"/book/booking/{booking.token}/cancellation")
    assert bookings()[0].state == "booked"


def sweep() -> None:
    with unit_of_work():
        later("integrations.sweep_all")
    drain()
    db.session.expire_all()


def put_on_list(lists: Lists, sample: Sample, ref: str, *, start: Any = TEN, state: str = "accepted") -> None:
    if isinstance(sample, Calendly):
        more = {"status": "canceled"} if state == "cancelled" else {}
        lists.invitees.append(sample.invitee(ref, start, **more))
    else:
        guest = {"name": "Nora Field", "email": "nora@example.com", "timeZone": "America/New_York"}
        row = {"uid": ref, "status": state, "start": start.isoformat(), "end": (start + timedelta(minutes=15)).isoformat()}
        more = {"attendees": [guest], "hosts": [{"email": sample.host}], "updatedAt": clock.now().isoformat()}
        more |= {"eventType": {"slug": "intro-15"}}
        lists.rows.append({**row, **more})


def test_a_lost_message_shows_as_a_difference_and_is_accepted(
    client: FlaskClient, sample: Sample, lists: Lists, linus: Person, client_of: Browser
) -> None:
    put_on_list(lists, sample, "A1")
    sweep()
    [row] = db.session.scalars(Difference.open())
    assert (row.provider, row.kind) == (sample.name, "missing")
    desk = client_of(linus)
    assert "We have not heard of it" in desk.get("/desk/integrations").text
    desk.post("/desk/integrations/differences/verdicts", data={"id": str(row.id), "verdict": "accept"})
    drain()
    [booking] = bookings()
    assert (booking.state, booking.starts_at) == ("booked", TEN)
    sweep()
    assert not db.session.scalars(Difference.open()).all()


@pytest.mark.parametrize("kind", ["state", "time", "gone"])
def test_other_differences_are_found_too(client: FlaskClient, sample: Sample, lists: Lists, kind: str) -> None:
    send(client, sample, sample.created("A1"))
    if kind != "gone":
        put_on_list(lists, sample, "A1", start=NOON if kind == "time" else TEN, state="cancelled" if kind == "state" else "accepted")
    sweep()
    assert [row.kind for row in db.session.scalars(Difference.open(sample.name))] == [kind]


def test_what_is_booked_while_the_list_is_read_is_not_gone(
    client: FlaskClient, sample: Sample, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = sweeping.asked

    def slowly(provider: Provider, since: datetime) -> tuple[str, str, list[Report]]:
        answer = plain(provider, since)
        clock.forward(timedelta(seconds=20))
        if provider.name == sample.name:
            send(client, sample, sample.created("A1"))
        return answer

    monkeypatch.setattr(sweeping, "asked", slowly)
    sweep()
    assert bookings() and not db.session.scalars(Difference.open()).all()


def test_what_agrees_is_no_difference(client: FlaskClient, sample: Sample, lists: Lists) -> None:
    for number in range(5):
        send(client, sample, sample.created(f"A{number}", TEN + timedelta(hours=number)))
        put_on_list(lists, sample, f"A{number}", start=TEN + timedelta(hours=number))
    sweep()
    assert not db.session.scalars(Difference.open()).all()
    assert db.session.scalars(select(ProviderState.swept_at).where(ProviderState.name == sample.name)).one()


def test_a_difference_that_somebody_set_aside_stays_aside(
    client: FlaskClient, sample: Sample, lists: Lists, linus: Person, client_of: Browser
) -> None:
    put_on_list(lists, sample, "A1")
    sweep()
    client_of(linus).post("/desk/integrations/differences/verdicts", data={"id": "all", "verdict": "dismiss"})
    sweep()
    assert not db.session.scalars(Difference.open()).all()
    assert not bookings()


def test_a_list_that_cannot_be_read_says_so_and_the_next_look_reaches_back(
    sample: Sample, lists: Lists, linus: Person, client_of: Browser
) -> None:
    lists.status = 401
    sweep()
    state = db.session.scalars(select(ProviderState).where(ProviderState.name == sample.name)).one()
    assert state.swept_at is None
    assert "not accepted" in state.sweep_error
    assert state.sweep_error in client_of(linus).get("/desk/integrations").text


def test_the_webhook_at_calendly_is_made_and_made_anew_when_it_was_disabled(lists: Lists) -> None:
    sweep()
    [made] = lists.subscriptions
    assert made["callback_url"].endswith("/webhooks/calendly")
    assert (made["signing_key"], made["scope"]) == ("calendly-key-old", "organization")
    made["state"] = "disabled"
    sweep()
    [anew] = lists.subscriptions
    assert anew["state"] == "active" and anew["uri"] != made["uri"]
    state = db.session.scalars(select(ProviderState).where(ProviderState.name == "calendly")).one()
    assert "made anew" in state.hook_words


def test_the_token_goes_to_the_providers_api_and_nowhere_else(lists: Lists, sample: Sample) -> None:
    put_on_list(lists, sample, "A1")
    lists.invitees and lists.invitees[0]["scheduled_event"].update(uri="https://evil.example/scheduled_events/EV-A1")
    sweep()
    paths = [path for _, path, _ in lists.asked]
    assert all(path.startswith(("/scheduled_events", "/webhook_subscriptions", "/v2/bookings")) for path in paths)


def test_silence_is_noticed_once(client: FlaskClient, sample: Sample, linus: Person) -> None:
    for number in range(6):
        with clock.at(clock.now() + timedelta(hours=number)):
            send(client, sample, sample.created(f"A{number}", LATER + timedelta(hours=number)))
    for day in (1, 2, 3, 4):
        with clock.at(clock.now() + timedelta(days=day)):
            with unit_of_work():
                later("integrations.watch")
            drain()
    told = db.session.scalars(select(Notice).where(Notice.topic == "integrations.trouble", Notice.person_id == linus.id)).all()
    assert [(one.title, one.count) for one in told] == [(f"{'Calendly' if sample.name == 'calendly' else 'Cal.com'} is silent", 1)]


def test_a_message_that_cannot_be_applied_is_tried_again_and_then_lies_dead(
    client: FlaskClient, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OutsideBooking, "hear", lambda _report: 1 / 0)
    send(client, sample, sample.created("A1"))
    for hours in range(1, 40):
        with clock.at(clock.now() + timedelta(hours=hours)):
            drain()
    [errand] = db.session.scalars(select(Errand).where(Errand.handler == "integrations.apply"))
    assert errand.state == "dead"
    monkeypatch.undo()
    with unit_of_work():
        db.session.scalars(select(Delivery)).one().replay()
    drain()
    assert bookings()[0].state == "booked"


def test_nothing_of_a_guest_lies_readable_in_the_stored_message(client: FlaskClient, sample: Sample) -> None:
    send(client, sample, sample.created("A1"))
    row = db.session.scalars(select(Delivery)).one()
    assert b"nora" not in row.sealed and "nora" not in json.dumps(row.headers)
    assert json.loads(row.body)
