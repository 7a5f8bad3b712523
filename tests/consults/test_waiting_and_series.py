"""The waiting list asks one after the other; a series shows every session before it books any; the account shows one's own."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.checkout.models import Order
from app.consults.models import Booking, Series, WaitingPlace, find_type
from app.consults.offering import offer_freed
from app.consults.walltime import to_datetime
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from tests.consults.conftest import Hosts, WriteType, at
from tests.consults.test_booking_pages import NORA, letters

Browser = Callable[[Person], FlaskClient]
TEN, WEDNESDAY = at("2026-12-07 10:00"), at("2026-12-09 10:00")


def booked(start: int = WEDNESDAY, **more: object) -> Booking:
    kind = find_type("intro")
    assert kind is not None
    with unit_of_work():
        booking = Booking.hold(kind, start, "America/New_York", **{"name": "Nora", "email": "nora@example.com", **more})
        booking.confirm()
    return booking


def waits(client: FlaskClient, name: str, **more: str) -> str:
    data = {
        "name": name,
        "email": f"{name}@example.com",
        "from_day": "2026-12-07",
        "until_day": "2026-12-20",
        "part": "any",
        "tz": "America/New_York",
    }
    answer = client.post("/book/intro/waiting", data={**data, **more})
    assert answer.status_code == 303, answer.text
    clock.forward(timedelta(seconds=1))
    return str(answer.location)


def offers() -> list[str]:
    drain()
    found = db.session.scalars(select(PostedLetter).where(PostedLetter.subject.startswith("A time came free")).order_by(PostedLetter.id))
    return [letter.to.partition("@")[0] for letter in found]


def cancel(booking: Booking) -> None:
    with unit_of_work():
        booking.call_off("host")


def test_a_freed_time_is_offered_to_the_first_whom_it_suits_and_held(hosts: Hosts, client: FlaskClient) -> None:
    for name, more in (("una", {"part": "evening"}), ("vera", {"from_day": "2026-12-15"}), ("wim", {}), ("xenia", {})):
        waits(client, name, **more)
    cancel(booked())
    assert offers() == ["wim"]
    letter = letters("wim@example.com")[0]
    link = re.search(r"http://localhost(/book/hold/\S+)", letter.text)
    assert link
    page = client.get(link[1]).text
    assert 'value="wim"' in page and "Kept for you" not in page and "kept for you until" in page
    assert client.post(link[1], data={**NORA, "name": "wim", "email": "wim@example.com"}).status_code == 303
    drain()
    states = {place.name: place.state for place in db.session.scalars(select(WaitingPlace))}
    assert states == {"una": "waiting", "vera": "waiting", "wim": "taken", "xenia": "waiting"}


def test_whoever_does_not_answer_goes_behind_and_the_next_is_asked_each_once(hosts: Hosts, client: FlaskClient) -> None:
    waits(client, "una"), waits(client, "vera")
    cancel(booked())
    assert offers() == ["una"]
    for expected in (["una", "vera"], ["una", "vera"], ["una", "vera"]):
        clock.forward(timedelta(minutes=16))
        assert offers() == expected
    cancel(booked(WEDNESDAY + 900))
    assert offers() == ["una", "vera", "una"]


def test_two_times_that_come_free_at_once_are_offered_to_two(
    hosts: Hosts, client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits(client, "una"), waits(client, "vera")
    starts = [to_datetime(start) for start in (WEDNESDAY, WEDNESDAY + 3600)]
    db.session.rollback()
    ready, plain = threading.Barrier(2), WaitingPlace.next_for

    def slowly(type_slug: str, start: datetime) -> WaitingPlace | None:
        place = plain(type_slug, start)
        time.sleep(0.3)
        return place

    def freed(start: datetime) -> bool:
        with app.app_context(), unit_of_work():
            ready.wait(10)
            return offer_freed("intro", start) is not None

    monkeypatch.setattr(WaitingPlace, "next_for", slowly)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(freed, starts)) == [True, True]
    assert sorted(offers()) == ["una", "vera"]


def test_people_leave_the_list_by_their_link(hosts: Hosts, client: FlaskClient) -> None:
    address = waits(client, "una")
    assert "You are on the list" in client.get(address).text
    client.post(f"{address}/removal")
    assert "You are off the list" in client.get(address).text
    cancel(booked())
    assert offers() == []
    assert client.get("/book/waiting/nonsense").status_code == 404


END_OF_TIME = [{"from_day": "9999-12-31", "until_day": "9999-12-31"}, {"from_day": "0001-01-01", "until_day": "0001-01-02"}]
WRONG = [{"email": "x"}, {"name": ""}, {"until_day": "2026-12-01"}, {"from_day": "soon"}, {"part": "night"}, *END_OF_TIME]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_form_puts_nobody_on_the_list(hosts: Hosts, client: FlaskClient, wrong: dict[str, str]) -> None:
    data = {"name": "una", "email": "u@example.com", "from_day": "2026-12-07", "until_day": "2026-12-20", "part": "any"}
    assert client.post("/book/intro/waiting", data={**data, **wrong}).status_code == 422
    assert db.session.scalar(select(WaitingPlace.id)) is None


def sessions_in(page: str) -> list[int]:
    return [int(value) for value in re.findall(r'name="session" value="(\d+)" checked', page)]


def test_a_series_shows_each_session_and_what_is_near_the_taken_ones(write_type: WriteType, hosts: Hosts, client: FlaskClient) -> None:
    write_type("intro", series=6, ahead="60 days")
    booked(at("2026-12-16 10:00")), booked(at("2026-12-16 10:00"))
    picked = client.post("/book/intro/holds", data={"start": str(WEDNESDAY), "tz": "America/New_York", "count": "4", "weeks": "1"})
    page = client.get(picked.location).text
    assert sessions_in(page) == [WEDNESDAY, at("2026-12-23 10:00"), at("2026-12-30 10:00")]
    assert "3 of 4 are free" in page and f'value="{at("2026-12-16 09:45")}"' in page


def test_a_series_is_held_together_and_booked_with_one_letter(write_type: WriteType, hosts: Hosts, client: FlaskClient) -> None:
    write_type("intro", series=6, ahead="60 days")
    starts = [str(WEDNESDAY + 7 * 86400 * n) for n in range(3)]
    held = client.post("/book/intro/series", data={"session": starts, "weeks": "1", "tz": "America/New_York"})
    assert held.status_code == 303
    done = client.post(held.location, data=NORA)
    assert done.status_code == 303 and "All 3 sessions" in client.get(done.location).text
    bookings = db.session.scalars(select(Booking).order_by(Booking.starts_at)).all()
    assert [booking.state for booking in bookings] == ["booked"] * 3 and {booking.email for booking in bookings} == {"Nora@example.com"}
    assert len(letters("Nora@example.com")) == 1 and letters("Nora@example.com")[0].text.count("2026, 10:00 am") == 3


def held_series(client: FlaskClient) -> str:
    starts = [str(WEDNESDAY + 7 * 86400 * n) for n in range(3)]
    held = client.post("/book/intro/series", data={"session": starts, "weeks": "1", "tz": "America/New_York"})
    assert held.status_code == 303
    return str(held.location)


def sessions() -> list[Booking]:
    db.session.expire_all()
    return list(db.session.scalars(select(Booking).where(Booking.series_id.is_not(None)).order_by(Booking.starts_at)))


def test_ten_more_minutes_are_for_every_session(write_type: WriteType, hosts: Hosts, client: FlaskClient) -> None:
    write_type("intro", series=6, ahead="60 days")
    link = held_series(client)
    clock.forward(timedelta(minutes=8))
    client.post(link.partition("?")[0] + "/extension")
    clock.forward(timedelta(minutes=5))
    drain()
    assert [session.state for session in sessions()] == ["held"] * 3


def test_another_time_replaces_the_session_that_was_taken(write_type: WriteType, hosts: Hosts, client: FlaskClient) -> None:
    write_type("intro", series=6, ahead="60 days")
    link = held_series(client)
    clock.forward(timedelta(minutes=11))
    drain()
    third = WEDNESDAY + 14 * 86400
    booked(third), booked(third)
    refused = client.post(link, data=NORA)
    lost, instead = (re.search(rf'name="{name}" value="(\d+)"', refused.text) for name in ("lost", "instead"))
    assert refused.status_code == 409 and lost and instead
    assert client.post(link, data={**NORA, "lost": lost[1], "instead": instead[1]}).status_code == 303
    assert [session.start for session in sessions()] == sorted([WEDNESDAY, WEDNESDAY + 7 * 86400, int(instead[1])])


def test_a_series_that_needs_approval_is_one_request_and_confirmed_without_the_session_that_was_declined(
    write_type: WriteType, hosts: Hosts, client: FlaskClient, linus: Person
) -> None:
    write_type("intro", series=6, ahead="60 days", no_shows={"after": 1, "then": "approval"})
    with unit_of_work():
        booked(TEN, email="Nora@example.com").record(came=False, result="", by=linus)
    drain()
    before = len(letters("Nora@example.com"))
    client.post(held_series(client), data=NORA)
    assert [letter.subject[:14] for letter in letters("Nora@example.com")[before:]] == ["We got your re"]
    cancel(sessions()[0])
    for session in sessions()[1:]:
        with unit_of_work():
            session.approve()
        drain()
    subjects = [letter.subject for letter in letters("Nora@example.com")[before:]]
    assert len([subject for subject in subjects if subject.startswith("You are booked")]) == 1


@pytest.mark.parametrize("last", ["approved", "declined"])
def test_the_letter_of_a_series_waits_for_the_last_answer_and_names_only_what_stands(
    write_type: WriteType, hosts: Hosts, client: FlaskClient, linus: Person, client_of: Browser, last: str
) -> None:
    write_type("intro", series=6, ahead="60 days", no_shows={"after": 1, "then": "approval"})
    with unit_of_work():
        booked(TEN, email="Nora@example.com").record(came=False, result="", by=linus)
    client.post(held_series(client), data=NORA)
    before = len(letters("Nora@example.com"))
    browser, (first, second, third) = client_of(linus), [session.id for session in sessions()]
    answer = browser.post(f"/desk/consultations/{second}/approval", follow_redirects=True).text
    browser.post(f"/desk/consultations/{first}/cancellation")
    drain()
    assert "every session of the series has its answer" in answer
    assert not any(letter.subject.startswith("You are booked") for letter in letters("Nora@example.com")[before:])
    browser.post(f"/desk/consultations/{third}/{'approval' if last == 'approved' else 'cancellation'}")
    drain()
    (letter,) = [letter for letter in letters("Nora@example.com")[before:] if letter.subject.startswith("You are booked")]
    assert letter.subject == "You are booked: Wednesday, 16 December, 10:00 am"
    assert "9 December" not in letter.text + letter.html
    for words in (letter.text, letter.html):
        assert ("23 December" in words) == (last == "approved") and "16 December" in words


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_series_is_confirmed_by_one_letter_in_whatever_order_its_sessions_are_approved(
    write_type: WriteType, hosts: Hosts, client: FlaskClient, linus: Person, order: tuple[int, ...]
) -> None:
    write_type("intro", series=6, ahead="60 days", no_shows={"after": 1, "then": "approval"})
    with unit_of_work():
        booked(TEN, email="Nora@example.com").record(came=False, result="", by=linus)
    before = len(letters("Nora@example.com"))
    client.post(held_series(client), data=NORA)
    for number in order:
        with unit_of_work():
            sessions()[number].approve()
        drain()
    cancel(sessions()[order[0]])
    subjects = [letter.subject for letter in letters("Nora@example.com")[before:]]
    assert len([subject for subject in subjects if subject.startswith("You are booked")]) == 1
    assert [session.state for session in sessions()].count("booked") == 2


def test_a_series_with_a_taken_session_holds_none(write_type: WriteType, hosts: Hosts, client: FlaskClient) -> None:
    write_type("intro", series=6, ahead="60 days")
    booked(), booked()
    answer = client.post("/book/intro/series", data={"session": [str(TEN), str(WEDNESDAY)], "weeks": "1", "tz": "America/New_York"})
    assert answer.status_code == 409
    assert len(db.session.scalars(select(Booking)).all()) == 2 and db.session.scalar(select(Series.id)) is None


@pytest.mark.parametrize("data", [{}, {"session": ["x"]}, {"session": ["-1"]}, {"session": ["99999999999999999999"]}])
def test_a_series_of_nothing_is_refused(write_type: WriteType, hosts: Hosts, client: FlaskClient, data: dict[str, list[str]]) -> None:
    write_type("intro", series=6)
    assert client.post("/book/intro/series", data=data).status_code == 409


def test_the_account_shows_ones_own_consults_and_nobody_elses(hosts: Hosts, client_of: Browser, ada: Person, eve: Person) -> None:
    mine = booked(person_id=ada.id, email="ada@customer.example")
    assert "Wednesday, 9 December" in client_of(ada).get("/account/consultations").text
    assert "Wednesday, 9 December" in client_of(ada).get("/account").text
    assert "Wednesday, 9 December" not in client_of(eve).get("/account/consultations").text
    cancel(mine)
    assert "Cancelled" in client_of(ada).get("/account/consultations").text


def test_strangers_have_no_account(hosts: Hosts, client: FlaskClient) -> None:
    assert client.get("/account/consultations").status_code == 303


def test_the_dashboard_proposes_what_suits_profession_and_stage(
    write_type: WriteType, hosts: Hosts, client_of: Browser, ada: Person, grace: Person
) -> None:
    write_type("therapy", title="First call", professions=["therapist"], order=1)
    write_type("review", title="Long review", minutes=45, order=50)
    write_type("session", title="Session", series=5, order=60)
    with unit_of_work():
        ada.profession = "therapist"
    assert "Talk to us, free" in client_of(ada).get("/account").text and "/book/therapy" in client_of(ada).get("/account").text
    met = booked(TEN, person_id=ada.id)
    clock.forward(timedelta(days=1))
    assert "/book/review" in client_of(ada).get("/account").text
    with unit_of_work():
        met.record(came=True, result="won", by=grace)
        add(Order(offer="x", title="X", currency="USD", email="ada@customer.example", person_id=ada.id, state="paid", paid_at=clock.now()))
    assert "/book/session" in client_of(ada).get("/account").text


def test_the_feed_shows_times_without_names_and_dies_with_its_address(
    hosts: Hosts, client: FlaskClient, client_of: Browser, grace: Person
) -> None:
    booked(only=hosts[0].id)
    page = client_of(grace).get(f"/desk/consultations/hosts/{hosts[0].id}").text
    found = re.search(r'value="http://localhost(/calendar/[^"]+\.ics)"', page)
    assert found
    feed = client.get(found[1])
    assert feed.status_code == 200 and "DTSTART:20261209T150000Z" in feed.text and "Nora" not in feed.text and "ATTENDEE" not in feed.text
    assert client.get(found[1], headers={"If-None-Match": feed.headers["ETag"]}).status_code == 304
    client_of(grace).post(f"/desk/consultations/hosts/{hosts[0].id}/feed")
    assert client.get(found[1]).status_code == 404
    assert client.get("/calendar/nonsense.ics").status_code == 404
