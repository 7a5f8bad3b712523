"""The first session of a programme that was bought: it stands on the receipt as a calendar file, follows a move, goes with the consult."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from app.accounts.models import Person
from app.consults.models import Booking
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain
from tests.checkout.buying import Buyer
from tests.consults.conftest import Hosts, WriteType, at
from tests.consults.test_booking_pages import TEN, WEDNESDAY, book, token_in

OFFER, TYPE = "own-practice", "working-session"


@pytest.fixture
def customer(app: Flask, hosts: Hosts, write_type: WriteType) -> Iterator[Buyer]:
    """Somebody who bought a programme that begins with a consult."""
    write_type(TYPE, title="First session", change_until="1 hour")
    buyer = Buyer(app.test_client(), OFFER)
    assert buyer.buys(email="nora@client.example", profession="physician").state == "paid"
    yield buyer


def book_first(client: FlaskClient) -> Booking:
    csrf = token_in(client.get(f"/book/{TYPE}").text)
    held = client.post(f"/book/{TYPE}/holds", data={"start": str(TEN), "csrf_token": csrf, "tz": "America/New_York"}).location
    csrf = token_in(client.get(str(held)).text)
    told = {"name": "Nora New", "email": "nora@client.example", "phone": "(202) 555-0177", "place": "phone", "csrf_token": csrf}
    assert client.post(str(held), data=told, content_type="multipart/form-data").status_code == 303
    drain()
    db.session.expire_all()
    return db.session.scalars(db.select(Booking).order_by(Booking.id.desc())).first()  # type: ignore[return-value]


def files(buyer: Buyer) -> list[Calendar]:
    number = buyer.order.number
    page = buyer.client.get(f"/receipts/{number}").text
    links = [part.partition('"')[0] for part in page.split('href="')[1:] if ".ics" in part.partition('"')[0]]
    return [Calendar.from_ical(buyer.client.get(link).data) for link in links]


def starts(buyer: Buyer) -> list[int]:
    return [int(event.decoded("DTSTART").timestamp()) for file in files(buyer) for event in file.walk("VEVENT")]


def test_the_receipt_offers_the_first_session_and_then_its_calendar_file(customer: Buyer) -> None:
    page = customer.client.get(f"/receipts/{customer.order.number}").text
    assert "Choose a time for your first session" in page and f'href="/book/{TYPE}?order={customer.order.number}"' in page
    booking = book_first(customer.client)
    assert starts(customer) == [TEN]
    [file] = files(customer)
    [event] = file.walk("VEVENT")
    assert (str(event["UID"]), str(event["SUMMARY"])) == (booking.uid, "First session")


def test_it_follows_a_move_and_goes_when_the_consult_is_called_off(customer: Buyer) -> None:
    booking = book_first(customer.client)
    with unit_of_work():
        booking.move(WEDNESDAY)
    drain()
    assert starts(customer) == [WEDNESDAY]
    with unit_of_work():
        booking.call_off("visitor")
    drain()
    assert starts(customer) == []


def test_a_stranger_who_types_the_same_address_puts_nothing_on_the_receipt(customer: Buyer, client: FlaskClient) -> None:
    book_first(client)
    assert starts(customer) == []


def test_a_stranger_gets_no_calendar_file(
    customer: Buyer, client: FlaskClient, eve: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    book_first(customer.client)
    path = f"/receipts/{customer.order.number}/appointments/{customer.order.appointments[0].id}.ics"
    assert customer.client.get(path).status_code == 200
    assert {client.get(path).status_code, client_of(eve).get(path).status_code} == {404}


def test_another_consult_of_the_same_person_stays_off_the_receipt(customer: Buyer) -> None:
    book(customer.client, at("2026-12-08 10:00"))
    drain()
    assert starts(customer) == []
