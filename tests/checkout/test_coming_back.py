"""Leaving and coming back: letters only to those who asked, never against a reason, one click to end them, a link that works anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.checkout import followups
from app.checkout.models import FollowUp, Order
from app.consults.models import Booking
from app.conversations.models import Conversation
from app.lib import clock, outbox
from app.lib.db import add, db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.sms import ShortMessage
from app.notifications.models import Consent, OptOut, Suppressed
from tests.checkout.buying import Buyer

LINK = re.compile(r"https?://[^/\s]+(/checkout/resume/\S+)")


def letters() -> list[PostedLetter]:
    return list(db.session.scalars(select(PostedLetter).order_by(PostedLetter.id)))


def reasons() -> list[str]:
    return list(db.session.scalars(select(FollowUp.why_not).order_by(FollowUp.id)))


def left(buyer: Buyer, **more: str) -> Order:
    buyer.you(**{"follow_up": "y", **more})
    return buyer.order


def wait(**span: float) -> None:
    clock.forward(timedelta(**span))
    outbox.drain()


def test_who_did_not_ask_gets_no_letter(buyer: Buyer) -> None:
    buyer.you()
    wait(hours=30)
    assert letters() == []


def test_who_asked_gets_one_after_an_hour_and_one_after_a_day(buyer: Buyer) -> None:
    left(buyer)
    wait(minutes=59)
    assert letters() == []
    wait(minutes=2)
    assert [letter.to for letter in letters()] == ["new@client.example"]
    wait(hours=24)
    assert len(letters()) == 2
    wait(days=20)
    assert len(letters()) == 2


def test_each_step_starts_the_hour_again(buyer: Buyer) -> None:
    left(buyer)
    wait(minutes=50)
    buyer.plan("card")
    wait(minutes=50)
    assert letters() == []


def test_the_letters_never_name_what_was_looked_at(buyer: Buyer) -> None:
    order = left(buyer, profession="therapist")
    wait(hours=25)
    for letter in letters():
        written = f"{letter.subject} {letter.text} {letter.html}".lower()
        assert not [word for word in (order.title.lower(), "programme", "therap", "2,400", "website") if word in written]


def test_the_letters_end_with_one_click(buyer: Buyer, client: FlaskClient) -> None:
    left(buyer)
    wait(hours=2)
    letter = letters()[0]
    address = letter.headers["List-Unsubscribe"].strip("<>")
    where = "/" + address.split("://", 1)[1].partition("/")[2]
    assert client.get(where).status_code == 200
    assert not OptOut.holds("new@client.example", "checkout.left")
    answer = client.post(where, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "Location" in answer.headers, "Set-Cookie" in answer.headers) == (200, False, False)
    assert OptOut.holds("new@client.example", "checkout.left")
    wait(hours=24)
    assert reasons() == ["", "unsubscribed"]


def test_the_yes_is_kept_with_its_words_and_ends_when_it_is_unticked(buyer: Buyer) -> None:
    left(buyer)
    yes = Consent.standing(followups.WANTED, "new@client.example")
    assert yes is not None and yes.words == followups.WORDS
    buyer.you()
    assert not Consent.stands(followups.WANTED, "new@client.example")
    wait(hours=2)
    assert letters() == []


def test_an_address_that_letters_come_back_from_is_left_alone(buyer: Buyer) -> None:
    left(buyer)
    with unit_of_work():
        Suppressed.note("new@client.example", "bounce")
    wait(hours=2)
    assert reasons() == ["bounced"]


def test_who_has_booked_a_consult_since_is_left_alone(buyer: Buyer) -> None:
    left(buyer)
    with unit_of_work():
        when = clock.now() + timedelta(days=2)
        times = {"starts_at": when, "ends_at": when + timedelta(minutes=15), "booked_at": clock.now()}
        booking = add(
            Booking(uid="one@frontdesk", type_slug="intro", title="First call", state="booked", email="New@client.example", **times)
        )
    wait(hours=2)
    assert reasons() == ["booked"]
    with unit_of_work():
        db.session.get_one(Booking, booking.id).state = "cancelled"
    wait(hours=24)
    assert reasons() == ["booked", ""]


@pytest.mark.parametrize("field", ["email", "claimed_email"])
def test_who_is_talking_with_us_is_left_alone_until_that_is_closed(buyer: Buyer, field: str) -> None:
    left(buyer)
    with unit_of_work():
        person = add(Person(**{field: "new@client.example"}))
        talk = Conversation.open(person, "chat")
        talk.say(person, "One question before I go on.")
    wait(hours=2)
    assert reasons() == ["talking with us"]
    with unit_of_work():
        db.session.get_one(Conversation, talk.id).close(None)
    wait(hours=24)
    assert reasons() == ["talking with us", ""]


def test_over_https_one_click_is_announced(buyer: Buyer, app: Flask) -> None:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, base_url="https://localhost")
    left(buyer)
    wait(hours=2)
    app.config["SETTINGS"] = before
    assert letters()[0].headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_who_paid_is_left_alone(buyer: Buyer) -> None:
    buyer.to_the_bank("card", follow_up="y")
    buyer.card()
    outbox.drain()
    sent = len(letters())
    wait(hours=30)
    assert len(letters()) == sent


def test_who_paid_in_another_browser_is_left_alone(buyer: Buyer, app: Flask) -> None:
    left(buyer)
    Buyer(app.test_client()).buys()
    wait(hours=2)
    assert reasons() == ["paid"]


def test_a_newer_checkout_takes_the_place_of_an_older_one(buyer: Buyer, app: Flask) -> None:
    left(buyer)
    left(Buyer(app.test_client()))
    wait(hours=2)
    assert sorted(reasons()) == ["", "superseded"]


@pytest.mark.parametrize("state", ["draft", "paid"])
def test_a_deposit_is_no_newer_checkout_and_no_purchase(buyer: Buyer, state: str) -> None:
    left(buyer)
    with unit_of_work():
        add(Order(offer="", title="Deposit: Free intro", currency="USD", back="/book", email="new@client.example", state=state))
    wait(hours=2)
    assert reasons() == [""] and len(letters()) == 1


def test_after_a_standstill_nobody_gets_old_letters(buyer: Buyer) -> None:
    left(buyer)
    wait(hours=80)
    assert set(reasons()) == {"too late"}


def test_one_sequence_in_thirty_days(buyer: Buyer, app: Flask) -> None:
    left(buyer)
    wait(hours=25)
    again = Buyer(app.test_client())
    left(again)
    wait(hours=2)
    assert reasons()[-1] == "had some"


def test_people_who_work_here_are_not_written_to(buyer: Buyer, grace: Person) -> None:
    left(buyer, email="grace@northlight.example")
    wait(hours=2)
    assert reasons() == ["works here"]


def test_the_floors_above_may_know_more_reasons(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(followups._stops, "booked", lambda order: order.email == "new@client.example")
    left(buyer)
    wait(hours=2)
    assert reasons() == ["booked"]


def test_a_reason_counts_when_it_is_sent_not_when_it_was_planned(buyer: Buyer) -> None:
    order = left(buyer)
    with unit_of_work():
        Order.locked(order.id).follow_up = False
    wait(hours=2)
    assert reasons() == ["not wanted"]


def link_in(letter: PostedLetter) -> str:
    found = LINK.search(letter.text)
    assert found
    return found[1]


def test_the_link_opens_the_checkout_on_another_device_after_the_address_was_given(buyer: Buyer, app: Flask) -> None:
    left(buyer, name="Nora Private")
    wait(hours=2)
    other = Buyer(app.test_client())
    page = other.go(link_in(letters()[0]))
    assert page.status_code == 200 and "Nora" not in page.text and "Programme" not in page.text
    answer = other.send(link_in(letters()[0]), email="NEW@client.example")
    assert answer.headers["Location"] == "/checkout/programme/plan"
    other.follow(answer)
    other.plan("card")
    other.agree()
    other.card()
    outbox.drain()
    assert (other.order.id, other.order.state) == (buyer.order.id, "paid")


@pytest.mark.parametrize("email", ["eve@elsewhere.example", "", "x", "new@client.example\x1f"])
def test_a_forwarded_link_shows_nothing_without_the_address(buyer: Buyer, app: Flask, email: str) -> None:
    left(buyer, name="Nora Private")
    wait(hours=2)
    other = Buyer(app.test_client())
    other.go(link_in(letters()[0]))
    answer = other.send(link_in(letters()[0]), email=email)
    assert answer.status_code == 422
    assert "Nora" not in answer.text
    assert other.go("/checkout/programme/plan").headers["Location"] == "/checkout/programme"


def test_the_browser_it_was_begun_in_goes_straight_on(buyer: Buyer) -> None:
    left(buyer)
    wait(hours=2)
    assert buyer.go(link_in(letters()[0])).headers["Location"] == "/checkout/programme/plan"


def test_a_link_grows_old(buyer: Buyer, client: FlaskClient) -> None:
    order = left(buyer)
    wait(hours=2)
    link = link_in(letters()[0])
    with clock.at(datetime.now(UTC)):
        assert client.get(link).status_code == 200
    assert order.token not in link
    assert client.get("/checkout/resume/forged").status_code == 404


def test_a_link_to_something_finished_opens_nothing(buyer: Buyer, app: Flask) -> None:
    left(buyer)
    wait(hours=2)
    link = link_in(letters()[0])
    buyer.plan("card")
    buyer.agree()
    buyer.card()
    other = Buyer(app.test_client())
    assert "finished" in other.go(link).text


def test_mail_me_this_checkout_is_one_letter_for_whoever_asks(buyer: Buyer) -> None:
    buyer.go("/checkout/programme/link")
    buyer.follow(buyer.send("/checkout/programme/link", email="later@client.example"))
    outbox.drain()
    assert [letter.to for letter in letters()] == ["later@client.example"]
    assert link_in(letters()[0])
    wait(hours=30)
    assert len(letters()) == 1
    assert 'value="later@client.example"' in buyer.start().text


@pytest.fixture
def texting(app: Flask) -> Iterator[None]:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, follow_up_sms=True)
    yield
    app.config["SETTINGS"] = before


def at_eastern(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, 0, tzinfo=followups.EASTERN)


def test_no_text_message_unless_it_is_switched_on_and_agreed_to(buyer: Buyer) -> None:
    left(buyer, phone="(202) 555-0143", follow_up="text")
    wait(hours=2)
    assert db.session.scalars(select(ShortMessage)).all() == []


@pytest.mark.parametrize("change", [{"follow_up": "y"}, {"follow_up": ""}, {"follow_up": "text", "phone": "(202) 555-0199"}])
def test_a_text_message_that_is_not_wished_any_more_is_not_sent(buyer: Buyer, texting: None, change: dict[str, str]) -> None:
    with clock.at(at_eastern(13)):
        left(buyer, phone="(202) 555-0143", follow_up="text")
        buyer.you(**{"phone": "(202) 555-0143", **change})
    assert not Consent.stands(followups.TEXTS, "+12025550143")
    assert Consent.stands(followups.TEXTS, "+12025550199") == (change["follow_up"] == "text")
    with clock.at(at_eastern(15)):
        outbox.drain()
        assert "+12025550143" not in db.session.scalars(select(ShortMessage.to)).all()


def test_an_agreed_text_message_waits_for_a_lawful_hour(buyer: Buyer, texting: None) -> None:
    with clock.at(at_eastern(18)):
        left(buyer, phone="(202) 555-0143", follow_up="text")
        assert Consent.stands(followups.TEXTS, "+12025550143")
    with clock.at(at_eastern(20) + timedelta(minutes=1)):
        outbox.drain()
        assert db.session.scalars(select(ShortMessage)).all() == []
    with clock.at(at_eastern(11) + timedelta(days=1)):
        outbox.drain()
        assert [row.to for row in db.session.scalars(select(ShortMessage))] == ["+12025550143"]
