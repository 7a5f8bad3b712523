"""Consent, bounces, and the ways to say stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import letters as account_letters
from app.accounts.models import Person
from app.lib import clock, mail, outbox, tokens
from app.lib.db import db, unit_of_work
from app.lib.mail import Letter, PostedLetter, post
from app.notifications.addresses import unsubscribe_headers, unsubscribe_link
from app.notifications.channels import Topic, declare
from app.notifications.consents import network
from app.notifications.events import AddressSuppressed, ConsentGiven, ConsentWithdrawn, OptedOut
from app.notifications.models import Consent, OptOut, Suppressed, may_write

ClientOf = Callable[[Person], FlaskClient]
ADA = "ada@customer.example"
declare(Topic("t.news", "News of the firm"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    found: list[object] = []
    monkeypatch.setattr("app.notifications.addresses.tell", found.append)
    monkeypatch.setattr("app.notifications.consents.tell", found.append)
    return found


def path() -> str:
    return urlsplit(unsubscribe_link(ADA, "t.news")).path


def test_a_consent_says_who_what_when_and_where(app: Flask, ada: Person, told: list[object]) -> None:
    with app.test_request_context(method="POST", environ_base={"REMOTE_ADDR": "203.0.113.77"}):
        row = Consent.give("sms", "+1202", "Text me.", "/checkout", ada)
        assert (row.network, row.words, row.place, row.person_id) == ("203.0.113.0/24", "Text me.", "/checkout", ada.id)
        assert Consent.give("sms", "+1202", "Text me.", "/again", ada) is row
        assert Consent.give("sms", "+1202", "Text me more.", "/again", ada) is not row
    assert Consent.stands("sms", "+1202") and not Consent.stands("sms", None) and not Consent.stands("marketing", "+1202")
    Consent.withdraw("sms", "+1202", "by letter")
    assert not Consent.stands("sms", "+1202") and row.withdrawn_how == "by letter"
    assert [type(one) for one in told] == [ConsentGiven, ConsentGiven, ConsentWithdrawn, ConsentWithdrawn]


@pytest.mark.parametrize(("address", "kept"), [("2001:db8:1:2::9", "2001:db8:1::/48"), ("nonsense", ""), ("", "")])
def test_no_household_is_named_by_its_network(app: Flask, address: str, kept: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert network() == kept
    assert network() == ""


def test_a_hard_bounce_is_for_good_and_told_once(app: Flask, told: list[object]) -> None:
    for _ in range(2):
        Suppressed.note("Ada@customer.example", "bounce", "550 no such user")
    clock.forward(timedelta(days=999))
    assert Suppressed.holds(ADA) == "bounce: 550 no such user" and not may_write(ADA, "t.news")
    assert told == [AddressSuppressed(address=ADA, reason="bounce")]


def test_the_third_soft_bounce_rests_three_days(app: Flask) -> None:
    for _ in range(2):
        Suppressed.note(ADA, "bounce", "mailbox full", hard=False)
        assert may_write(ADA, "t.news")
    Suppressed.note(ADA, "bounce", "mailbox full", hard=False)
    assert not may_write(ADA, "t.news")
    clock.forward(timedelta(days=3, minutes=1))
    assert may_write(ADA, "t.news")


def test_a_letter_to_a_bounced_address_stays_here_unless_they_asked_for_it(app: Flask, ada: Person) -> None:
    with unit_of_work():
        Suppressed.note(ADA, "bounce", "550")
        post(Letter(to=ADA, subject="News", text="x"))
        account_letters.send_link(ADA)
    outbox.drain()
    states = db.session.execute(select(PostedLetter.subject, PostedLetter.state, PostedLetter.last_error).order_by(PostedLetter.id)).all()
    assert [tuple(row) for row in states] == [("News", "stopped", "bounce: 550"), ("Your link to Northlight", "kept", None)]


def test_an_address_that_the_mail_server_refuses_is_not_tried_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, smtp_url="smtp://127.0.0.1:9")

    def refuse(_url: str, message: object) -> None:
        raise mail.smtplib.SMTPRecipientsRefused({ADA: (550, b"5.1.1 no such user")})

    monkeypatch.setattr(mail, "deliver", refuse)
    with unit_of_work():
        post(Letter(to=ADA, subject="News", text="x"))
    outbox.drain()
    app.config["SETTINGS"] = before
    letter = db.session.scalars(select(PostedLetter)).one()
    assert (letter.state, letter.last_error) == ("failed", "550 5.1.1 no such user")
    assert Suppressed.holds(ADA).startswith("bounce: 550")


def test_greylisting_is_waited_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, smtp_url="smtp://127.0.0.1:9")

    def later(_url: str, message: object) -> None:
        raise mail.smtplib.SMTPRecipientsRefused({ADA: (451, b"try later")})

    monkeypatch.setattr(mail, "deliver", later)
    with unit_of_work():
        post(Letter(to=ADA, subject="News", text="x"))
    outbox.drain()
    app.config["SETTINGS"] = before
    db.session.expire_all()
    assert db.session.scalars(select(PostedLetter)).one().state == "waiting" and not Suppressed.holds(ADA)


def test_opening_the_page_stops_nothing_and_the_button_does(client: FlaskClient, told: list[object]) -> None:
    link = path()
    page = client.get(link).get_data(as_text=True)
    assert "Stop these letters?" in page and "a…@customer.example" in page and ADA not in page
    assert may_write(ADA, "t.news")
    assert "Stopped" in client.post(link).get_data(as_text=True)
    assert not may_write(ADA, "t.news") and may_write(ADA, "t.other")
    client.post(f"{link}/undoing")
    assert may_write(ADA, "t.news") and told == [OptedOut(address=ADA, topic="t.news")]


def test_one_click_works_from_anywhere_without_a_cookie(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    headers = {"Origin": "https://mail.example", "Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = app.test_client().post(path(), data="List-Unsubscribe=One-Click", headers=headers)
        assert answer.status_code == 200
    assert not may_write(ADA, "t.news")


def test_stop_everything(app: Flask) -> None:
    OptOut.note(ADA, "*")
    assert not may_write(ADA, "t.news") and not may_write(ADA, "anything")


@pytest.mark.parametrize("token", ["x", "a.b.c", ""])
def test_forged_links_stop_nobody(client: FlaskClient, token: str) -> None:
    assert client.post(f"/unsubscribe/{token}").status_code in {404, 405}


def test_a_token_of_another_purpose_stops_nobody(app: Flask, client: FlaskClient) -> None:
    assert client.post(f"/unsubscribe/{tokens.sign('other', {'a': ADA, 't': 't.news'})}").status_code == 404
    assert may_write(ADA, "t.news")


def test_headers_for_mail_programs(app: Flask) -> None:
    assert set(unsubscribe_headers(ADA, "t.news")) == {"List-Unsubscribe"}
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, base_url="https://desk.example")
    headers = unsubscribe_headers(ADA, "t.news")
    app.config["SETTINGS"] = before
    assert headers["List-Unsubscribe"].startswith("<https://desk.example/unsubscribe/") and headers["List-Unsubscribe"].endswith(">")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_switching_letters_on_again_in_the_account_ends_the_stop(client_of: ClientOf, ada: Person) -> None:
    OptOut.note(ADA, "t.news")
    db.session.commit()
    page = client_of(ada).get("/account/notifications").get_data(as_text=True)
    assert 'value="t.news:mail"' in page
    client_of(ada).post("/account/notifications", data={"want": ["t.news:mail"]})
    assert may_write(ADA, "t.news")
