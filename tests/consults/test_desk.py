"""The desk: hosts and their hours, why a time is not offered, outcomes, booking for somebody, the report; and whom it refuses."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.checkout.models import Order
from app.consults.models import Booking, DayOverride, Host, Outcome, TimeOff, find_type
from app.consults.offer import offer
from app.consults.reports import cases
from app.consults.walltime import to_datetime
from app.consults.weekwords import Unreadable, read_windows, write_windows
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from tests.consults.conftest import Hosts, WriteType, at
from tests.consults.test_booking_pages import PAPER, book, only_booking
from tests.pace import statements

Browser = Callable[[Person], FlaskClient]
WEDNESDAY = at("2026-12-09 10:00")


def booked(start: int = WEDNESDAY, **more: object) -> Booking:
    kind = find_type("intro")
    assert kind is not None
    with unit_of_work():
        booking = Booking.hold(kind, start, "America/New_York", **{"name": "Nora", "email": "nora@example.com", **more})
        booking.confirm()
    return booking


def free_on(day: str) -> list[int]:
    kind = find_type("intro")
    assert kind is not None
    return offer(kind).between(at(f"{day} 00:00"), at(f"{day} 23:59"))


@pytest.mark.parametrize(
    ("words", "windows"),
    [
        ("9:00-12:30, 13:30-17:00", [(540, 750), (810, 1020)]),
        ("9-5pm", [(540, 1020)]),
        ("1 - 5 pm", [(780, 1020)]),
        ("9 am to 11 am; 22:00-2:00", [(540, 660), (1320, 120)]),
        ("0:00-24:00", [(0, 1440)]),
        ("12 am - 12 pm", [(0, 720)]),
        ("closed", []),
        ("", []),
    ],
)
def test_hours_are_read_as_people_write_them(words: str, windows: list[tuple[int, int]]) -> None:
    assert read_windows(words) == windows
    assert read_windows(write_windows(windows)) == windows


@pytest.mark.parametrize(
    "words", ["nine to five", "9:70-10:00", "25:00-26:00", "9-12, 11-14", "13pm-2pm", "24:00-1:00", "22:00-2:00, 23:00-23:30", "9:00"]
)
def test_hours_that_are_none_are_refused(words: str) -> None:
    with pytest.raises(Unreadable):
        read_windows(words)


def test_a_host_edits_their_week_and_visitors_see_it(hosts: Hosts, client_of: Browser, grace: Person, linus: Person) -> None:
    with unit_of_work():
        hosts[1].pause()
    address = f"/desk/consultations/hosts/{hosts[0].id}"
    days = {f"day{n}": "closed" for n in range(7)}
    answer = client_of(grace).post(f"{address}/week", data={**days, "day2": "10:00-10:30"})
    assert answer.status_code == 303
    assert free_on("2026-12-09") == [at("2026-12-09 10:00"), at("2026-12-09 10:15")] and free_on("2026-12-10") == []
    refused = client_of(grace).post(f"{address}/week", data={**days, "day2": "ten to eleven"})
    assert refused.status_code == 422 and "ten to eleven" in refused.text and free_on("2026-12-09")


def test_dates_time_off_and_pause_close_and_open(hosts: Hosts, client_of: Browser, grace: Person) -> None:
    with unit_of_work():
        hosts[1].pause()
    browser, address = client_of(grace), f"/desk/consultations/hosts/{hosts[0].id}"
    browser.post(f"{address}/days", data={"day": "2026-12-09", "until": "2026-12-10", "kind": "closed", "words": "Fair"})
    assert free_on("2026-12-09") == free_on("2026-12-10") == [] and free_on("2026-12-11")
    browser.post(f"{address}/days", data={"day": "2026-12-12", "kind": "open", "hours": "9-10"})
    assert len(free_on("2026-12-12")) == 4
    browser.post(f"{address}/time-off", data={"starts": "2026-12-11T00:00", "ends": "2026-12-11T16:00", "words": "Dentist"})
    assert free_on("2026-12-11")[0] == at("2026-12-11 16:00")
    day, off = db.session.scalars(select(DayOverride.id)).first(), db.session.scalars(select(TimeOff.id)).first()
    browser.post(f"{address}/days/{day}/removal"), browser.post(f"{address}/time-off/{off}/removal")
    assert free_on("2026-12-11")[0] == at("2026-12-11 09:00")
    browser.post(f"{address}/pause")
    assert free_on("2026-12-11") == []
    browser.post(f"{address}/pause/end")
    assert free_on("2026-12-11")


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("days", {"day": "", "kind": "closed"}),
        ("days", {"day": "2026-12-09", "kind": "open", "hours": ""}),
        ("days", {"day": "2026-12-09", "until": "2026-12-01", "kind": "closed"}),
        ("days", {"day": "2026-12-09", "until": "2029-12-01", "kind": "closed"}),
        ("time-off", {"starts": "2026-12-11T10:00", "ends": "2026-12-11T10:00"}),
        ("time-off", {"starts": "soon", "ends": "later"}),
        ("time-off", {"starts": "0001-01-01T00:00", "ends": "9999-12-31T23:59"}),
        ("days", {"day": "9999-12-31", "kind": "closed"}),
        ("days", {"day": "2026-12-09", "until": "9999-12-31", "kind": "closed"}),
        ("", {"timezone": "Mars/Phobos", "weight": "1", "stale_hours": "24"}),
        ("", {"timezone": "UTC", "weight": "many", "stale_hours": "24"}),
        ("", {"timezone": "UTC", "weight": "1", "stale_hours": "24", "video_url": "javascript:alert(1)"}),
    ],
)
def test_wrong_settings_are_named_and_change_nothing(
    hosts: Hosts, client_of: Browser, grace: Person, path: str, data: dict[str, str]
) -> None:
    answer = client_of(grace).post(f"/desk/consultations/hosts/{hosts[0].id}/{path}".rstrip("/"), data=data)
    assert answer.status_code == 422 and "error-summary" in answer.text
    assert not db.session.scalars(select(DayOverride)).all() and not db.session.scalars(select(TimeOff)).all()


def test_settings_are_saved(hosts: Hosts, client_of: Browser, grace: Person) -> None:
    data = {
        "timezone": "Europe/Berlin",
        "weight": "2",
        "stale_hours": "12",
        "skills": "Therapists, , growth",
        "per_day": "",
        "holiday_country": "de",
    }
    assert client_of(grace).post(f"/desk/consultations/hosts/{hosts[0].id}", data=data).status_code == 303
    db.session.expire_all()
    assert (hosts[0].timezone, hosts[0].skills, hosts[0].per_day, hosts[0].holiday_country) == (
        "Europe/Berlin",
        ["growth", "therapists"],
        None,
        "DE",
    )


def test_an_agent_edits_only_their_own_hours(hosts: Hosts, client_of: Browser, grace: Person, linus: Person) -> None:
    address = f"/desk/consultations/hosts/{hosts[1].id}"
    assert client_of(grace).get(address).status_code == 200
    for path in ("", "/week", "/days", "/time-off", "/pause", "/pause/end", "/feed"):
        assert client_of(grace).post(address + path, data={}).status_code == 403, path
    assert client_of(linus).post(f"/desk/consultations/hosts/{hosts[0].id}/pause").status_code == 303


DESK = ["", "/1", "/1/move", "/1/files/1", "/new", "/quick", "/hosts", "/hosts/1", "/types", "/grid", "/report", "/waiting"]
WRITES = ["", "/1/outcome", "/1/notes", "/1/approval", "/1/cancellation", "/1/time", "/1/conflicts/1/settlement", "/hosts", "/hosts/1/week"]


@pytest.mark.parametrize("path", DESK)
def test_customers_and_strangers_see_nothing_of_the_desk(
    hosts: Hosts, client_of: Browser, client: FlaskClient, eve: Person, path: str
) -> None:
    booked()
    assert client_of(eve).get(f"/desk/consultations{path}").status_code == 403
    assert client.get(f"/desk/consultations{path}").status_code == 303


@pytest.mark.parametrize("path", WRITES)
def test_customers_and_strangers_change_nothing_in_the_desk(
    hosts: Hosts, client_of: Browser, client: FlaskClient, eve: Person, path: str
) -> None:
    booking = booked()
    assert client_of(eve).post(f"/desk/consultations{path}").status_code == 403
    assert client.post(f"/desk/consultations{path}").status_code == 401
    db.session.refresh(booking)
    assert booking.state == "booked" and booking.start == WEDNESDAY


@pytest.mark.parametrize("path", [path for path in DESK if path not in {"/1/files/1", "/quick"}])
def test_agents_see_every_page_of_the_desk(hosts: Hosts, client_of: Browser, grace: Person, path: str) -> None:
    booked()
    assert client_of(grace).get(f"/desk/consultations{path}").status_code == 200


@pytest.mark.parametrize("tab", ["upcoming", "requests", "open", "past", "conflicts"])
def test_tabs_hold_what_they_say(hosts: Hosts, client_of: Browser, grace: Person, tab: str) -> None:
    booked()
    page = client_of(grace).get(f"/desk/consultations?tab={tab}&mine=1").text
    assert ("Nora" in page) == (tab == "upcoming" and booked(WEDNESDAY + 900).hosts[0].person_id != 0 and "nora@example.com" in page)
    assert client_of(grace).get("/desk/consultations?tab=nothing").status_code == 404


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("2026-12-07 06:00", "over"),
        ("2026-12-07 08:30", "1 hour of notice"),
        ("2026-12-07 18:00", "outside"),
        ("2026-12-09 10:00", "in the way"),
        ("2026-12-09 10:07", "every 15 minutes"),
        ("2026-12-09 16:50", "ends before"),
        ("2027-02-01 10:00", "14 days ahead"),
        ("2026-12-10 10:00", "This time is offered"),
        ("2026-12-11 10:00", "set by hand"),
        ("2026-12-14 10:00", "away (Conference)"),
    ],
)
def test_every_rule_says_why_with_a_way_to_change_it(hosts: Hosts, client_of: Browser, grace: Person, start: str, words: str) -> None:
    host = hosts[0]
    booked(only=host.id)
    with unit_of_work():
        host.days.append(DayOverride(day=clock.now().date() + timedelta(days=4), kind="closed"))
        away = clock.now() + timedelta(days=7)
        host.time_off.append(TimeOff(starts_at=away - timedelta(hours=5), ends_at=away + timedelta(hours=5), words="Conference"))
    page = client_of(grace).get(f"/desk/consultations/grid?type=intro&host={host.id}&start={at(start)}&week={start[:10]}").text
    assert words in page


def test_a_host_without_the_skill_is_told_so(write_type: WriteType, hosts: Hosts, client_of: Browser, grace: Person) -> None:
    write_type("intro", hosts=["surgeons"])
    page = client_of(grace).get(f"/desk/consultations/grid?type=intro&host={hosts[0].id}&start={WEDNESDAY}").text
    assert "does not hold this type" in page


def test_outcomes_are_noted_after_the_consult_only(hosts: Hosts, client_of: Browser, grace: Person) -> None:
    booking, browser = booked(), client_of(grace)
    address = f"/desk/consultations/{booking.id}/outcome"
    assert browser.post(address, data={"came": "yes"}).status_code == 422
    clock.forward(timedelta(days=3))
    assert browser.post(address, data={"came": "perhaps"}).status_code == 422
    assert browser.post(address, data={"came": "yes", "result": "won"}).status_code == 303
    assert browser.post(address, data={"came": "no", "result": "won"}).status_code == 303
    outcome = db.session.scalars(select(Outcome)).one()
    assert (outcome.came, outcome.result, outcome.by_id) == (False, "", grace.id)


def test_answers_are_for_the_hosts_of_the_consult_and_for_admins(
    write_type: WriteType,
    hosts: Hosts,
    client: FlaskClient,
    client_of: Browser,
    grace: Person,
    linus: Person,
) -> None:
    write_type("intro", questions=[{"name": "aim", "ask": "Your aim?"}, PAPER])
    with unit_of_work():
        hosts[0].pause()
    book(client, q_aim="a private aim", q_paper=(io.BytesIO(b"%PDF-1.4 x"), "plan.pdf"))
    booking = only_booking()
    assert booking.hosts == [hosts[1]]
    page, other = (
        client_of(linus).get(f"/desk/consultations/{booking.id}").text,
        client_of(grace).get(f"/desk/consultations/{booking.id}").text,
    )
    assert "a private aim" in page and "plan.pdf" in page
    assert "a private aim" not in other and "plan.pdf" not in other
    file = client_of(linus).get(f"/desk/consultations/{booking.id}/files/1")
    assert file.data == b"%PDF-1.4 x" and "attachment" in file.headers["Content-Disposition"]
    assert client_of(grace).get(f"/desk/consultations/{booking.id}/files/1").status_code == 403
    assert client_of(linus).get(f"/desk/consultations/{booking.id}/files/99").status_code == 404


def test_an_agent_books_for_somebody_in_two_clicks(hosts: Hosts, client_of: Browser, grace: Person, ada: Person) -> None:
    browser = client_of(grace)
    page = browser.get(f"/desk/consultations/quick?person={ada.id}").text
    assert "Free intro" in page and 'name="start"' in page
    answer = browser.post(
        "/desk/consultations", data={"person": ada.id, "type": "intro", "start": str(at("2026-12-07 09:00")), "conversation": "7"}
    )
    assert answer.status_code == 303
    booking = only_booking()
    assert (booking.state, booking.person_id, booking.email, booking.source, booking.conversation_id) == (
        "booked",
        ada.id,
        ada.email,
        "desk",
        7,
    )
    drain()
    assert db.session.scalar(select(PostedLetter).where(PostedLetter.to == "ada@customer.example")) is not None


def test_somebody_whose_zone_nobody_knows_is_booked_by_the_firms_clock(
    hosts: Hosts, client_of: Browser, grace: Person, ada: Person
) -> None:
    browser, data = client_of(grace), {"person": ada.id, "type": "intro", "start": "2026-12-07T09:00"}
    assert "New York" in browser.get(f"/desk/consultations/quick?person={ada.id}").text
    assert browser.post("/desk/consultations", data=data).status_code == 303
    assert (only_booking().timezone, only_booking().promised) == ("America/New_York", "2026-12-07T09:00")


def test_booking_for_somebody_needs_a_name_and_a_way_to_reach_them(hosts: Hosts, client_of: Browser, grace: Person) -> None:
    data = {"type": "intro", "start": str(WEDNESDAY)}
    assert client_of(grace).post("/desk/consultations", data=data).status_code == 422
    assert client_of(grace).post("/desk/consultations", data={**data, "name": "Nora", "phone": "555"}).status_code == 303
    assert client_of(grace).post("/desk/consultations", data={**data, "type": "none", "name": "N", "phone": "5"}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "Bo", "email": "bo at example"}, "does not look like an e-mail address"),
        ({"name": "Bo"}, "How may we reach them"),
        ({"email": "bo@example.com"}, "Who is it for?"),
    ],
)
def test_what_cannot_be_booked_for_somebody_says_why_and_keeps_what_was_typed(
    hosts: Hosts, client_of: Browser, grace: Person, typed: dict[str, str], words: str
) -> None:
    refused = client_of(grace).post("/desk/consultations", data={"type": "intro", "start": str(WEDNESDAY), **typed})
    assert refused.status_code == 422 and words in refused.text
    assert all(f'value="{value}"' in refused.text for value in typed.values()) and only_booking() is None


def test_the_desk_moves_without_notice_but_never_onto_something(hosts: Hosts, client_of: Browser, grace: Person) -> None:
    booking = booked()
    booked(at("2026-12-07 08:00") + 3600), booked(at("2026-12-07 08:00") + 3600)
    browser, address = client_of(grace), f"/desk/consultations/{booking.id}/time"
    assert browser.post(address, data={"start": str(at("2026-12-07 09:00"))}).status_code == 409
    clock.forward(timedelta(minutes=70))
    assert browser.post(address, data={"start": str(at("2026-12-07 09:15"))}).status_code == 303
    db.session.refresh(booking)
    assert booking.promised == "2026-12-07T09:15"


def test_requests_are_approved_or_declined_with_a_word(hosts: Hosts, client_of: Browser, grace: Person) -> None:
    kind = find_type("intro")
    assert kind is not None
    with unit_of_work():
        bookings = [Booking.hold(kind, WEDNESDAY + 900 * n, "UTC", name="Nora", email="nora@example.com") for n in range(2)]
        for booking in bookings:
            booking.confirm(needs_approval=True)
    browser = client_of(grace)
    assert "Nora" in browser.get("/desk/consultations?tab=requests").text
    browser.post(f"/desk/consultations/{bookings[0].id}/approval")
    browser.post(f"/desk/consultations/{bookings[1].id}/cancellation", data={"reason": "Please call us."})
    drain()
    db.session.expire_all()
    assert [booking.state for booking in bookings] == ["booked", "cancelled"]
    assert any("Please call us." in letter.text for letter in db.session.scalars(select(PostedLetter)))


def test_shared_notes_reach_the_account_and_hold_no_markup(hosts: Hosts, client_of: Browser, grace: Person, ada: Person) -> None:
    booking = booked(person_id=ada.id)
    client_of(grace).post(f"/desk/consultations/{booking.id}/notes", data={"notes": "Read **chapter 2** <script>alert(1)</script>"})
    page = client_of(ada).get("/account/consultations").text
    assert "<strong>chapter 2</strong>" in page and "<script>alert" not in page


def test_the_report_counts_from_consult_to_payment(hosts: Hosts, client_of: Browser, grace: Person, ada: Person) -> None:
    for number, (came, email) in enumerate([(True, "a@example.com"), (True, "b@example.com"), (False, "c@example.com")]):
        booking = booked(WEDNESDAY + 900 * number, email=email)
        with unit_of_work():
            booking.record(came=came, result="won" if number == 0 else "", by=grace)
    with unit_of_work():
        booked(WEDNESDAY + 9000).call_off("host")
        add(Order(offer="x", title="X", currency="USD", email="a@example.com", state="paid", paid_at=clock.now() + timedelta(days=20)))
        add(Order(offer="x", title="X", currency="USD", email="b@example.com", state="paid", paid_at=clock.now() + timedelta(days=40)))
    clock.forward(timedelta(days=5))
    csv = client_of(grace).get("/desk/consultations/report?weeks=4&as=csv").text
    assert "Type,Free intro,4,1,2,1,1,1" in csv and "Week,2026-12-07,4,1,2,1,1,1" in csv
    assert "50 %" in client_of(grace).get("/desk/consultations/report?weeks=4").text


def test_an_admin_makes_a_host_of_somebody_who_works_here(
    app: Flask, client_of: Browser, grace: Person, linus: Person, eve: Person
) -> None:
    assert client_of(linus).post("/desk/consultations/hosts", data={"person": eve.id}).status_code == 422
    assert client_of(linus).post("/desk/consultations/hosts", data={"person": grace.id}).status_code == 303
    host = Host.of(grace)
    assert host is not None and len(host.windows) == 5
    assert client_of(grace).post("/desk/consultations/hosts", data={"person": linus.id}).status_code == 403


def test_the_report_counts_a_consult_for_whoever_holds_it_after_a_move(hosts: Hosts, write_type: WriteType) -> None:
    booking = booked()
    was = booking.hosts[0]
    other = next(host for host in hosts if host.id != was.id)
    with unit_of_work():
        was.pause()
    with unit_of_work():
        booking.move(WEDNESDAY + 3600)
    booked(WEDNESDAY + 86400 * 5)
    [case] = cases(to_datetime(WEDNESDAY - 3600), to_datetime(WEDNESDAY + 7200))
    assert case.hosts == (other.name,)


def test_the_list_asks_as_much_for_many_consults_as_for_one(hosts: Hosts, client_of: Browser, grace: Person) -> None:
    browser, counts = client_of(grace), []
    for starts in ([WEDNESDAY], [WEDNESDAY + 900 * number for number in range(1, 9)]):
        for start in starts:
            booked(start)
        db.session.expunge_all()
        counts.append(statements(browser, "/desk/consultations"))
    assert counts[0] == counts[1]
