"""The outbox in the desk: what left, what did not, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import letters as account_letters
from app.accounts.models import Person
from app.lib import clock, leases, outbox
from app.lib.db import db, unit_of_work
from app.lib.mail import Letter, PostedLetter, post
from app.lib.outbox import Errand
from app.lib.sms import text
from app.notifications.machinery import machinery
from app.notifications.models import Suppressed
from tests.mailservers import Mailbox

ClientOf = Callable[[Person], FlaskClient]
HTML = "<p style='color:red'>Hello</p><script>alert(1)</script>"


def write(subject: str = "Your booking", to: str = "ada@customer.example", **more: Any) -> int:
    with unit_of_work():
        number = post(Letter(to=to, subject=subject, text="Plain words", html=HTML, **more)).id
    outbox.drain()
    return number


def wheel(name: str) -> str:
    return next(one.kind for one in machinery() if one.name == name)


def test_agents_see_letters_find_them_and_send_them_again(client_of: ClientOf, grace: Person) -> None:
    number, browser = write(), client_of(grace)
    write("Another", "eve@elsewhere.example")
    page = browser.get("/desk/outbox?q=ada&state=kept").get_data(as_text=True)
    assert "Your booking" in page and "Another" not in page
    page = browser.get(f"/desk/outbox/letters/{number}").get_data(as_text=True)
    assert "Plain words" in page and "<iframe" in page and "<script>alert(1)" not in page
    browser.post(f"/desk/outbox/letters/{number}/sending")
    db.session.expire_all()
    assert db.session.get_one(PostedLetter, number).state == "waiting"


def test_a_letter_that_waits_its_turn_says_why_and_until_when(
    app: Flask, client_of: ClientOf, grace: Person, smtp_server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], smtp_url=smtp_server.url, mail_per_hour=1))
    write("First"), write("A receipt", asked_for=True)
    page = client_of(grace).get(f"/desk/outbox/letters/{write('Second')}").get_data(as_text=True)
    assert [letter["Subject"] for letter in smtp_server.letters] == ["First", "A receipt"]
    assert (
        "This address had 1 automatic letter in the last hour, as many as FRONTDESK_MAIL_PER_HOUR allows" in page
        and "0 tries, next" in page
    )


def test_the_html_of_a_letter_is_shown_where_it_can_do_nothing(client_of: ClientOf, grace: Person) -> None:
    answer = client_of(grace).get(f"/desk/outbox/letters/{write()}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "script-src" not in policy and "allow-" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN" and "frame-ancestors 'self'" in policy


def test_keys_to_accounts_are_read_by_admins_only(client_of: ClientOf, grace: Person, linus: Person, ada: Person) -> None:
    with unit_of_work():
        account_letters.send_link("ada@customer.example")
    row = db.session.scalars(select(PostedLetter)).one()
    graces, linuss = client_of(grace), client_of(linus)
    for path in ("/desk/outbox", f"/desk/outbox/letters/{row.id}"):
        page = graces.get(path).get_data(as_text=True)
        assert "/sign-in/link/" not in page and "Your link" not in page
    assert graces.get(f"/desk/outbox/letters/{row.id}/html").status_code == 404
    assert graces.post(f"/desk/outbox/letters/{row.id}/sending").status_code == 403
    assert "/sign-in/link/" in linuss.get(f"/desk/outbox/letters/{row.id}").get_data(as_text=True)


def test_admins_try_dead_errands_again_or_call_them_off(client_of: ClientOf, linus: Person) -> None:
    with unit_of_work():
        row = outbox.later("notifications.sweep", due_at=clock.now() + timedelta(days=1))
        row.state, row.last_error, row.attempts = "dead", "RuntimeError: no", 8
    browser = client_of(linus)
    assert "RuntimeError: no" in browser.get("/desk/outbox/errands?state=dead").get_data(as_text=True)
    assert wheel("Errands") == "bad"
    browser.post(f"/desk/outbox/errands/{row.id}/retry", data={"state": "dead"})
    db.session.expire_all()
    assert (row.state, row.attempts) == ("waiting", 0)
    browser.post(f"/desk/outbox/errands/{row.id}/cancellation")
    db.session.expire_all()
    assert row.state == "cancelled"


def test_a_running_errand_is_left_alone(client_of: ClientOf, linus: Person) -> None:
    with unit_of_work():
        row = outbox.later("notifications.sweep")
        row.state, row.lease_until = "running", clock.now() + timedelta(minutes=1)
    for deed in ("retry", "cancellation"):
        client_of(linus).post(f"/desk/outbox/errands/{row.id}/{deed}")
    db.session.expire_all()
    assert row.state == "running"


def test_short_messages_and_stopped_addresses_are_listed(client_of: ClientOf, grace: Person) -> None:
    with unit_of_work():
        text("+12025550100", "Tomorrow at ten")
        row = Suppressed.note("gone@old.example", "bounce", "550 gone")
    browser = client_of(grace)
    assert "Tomorrow at ten" in browser.get("/desk/outbox/messages").get_data(as_text=True)
    assert "550 gone" in browser.get("/desk/outbox/addresses").get_data(as_text=True)
    browser.post(f"/desk/outbox/addresses/{row.id}/lifting")
    assert Suppressed.holds("gone@old.example") == ""


def test_the_machinery_says_what_turns(app: Flask) -> None:
    assert (wheel("Ticker"), wheel("Redis"), wheel("Errands"), wheel("Mail server")) == ("bad", "ring", "good", "ring")
    with unit_of_work():
        leases.hold("ticker", "me", timedelta(seconds=10))
        outbox.later("notifications.sweep", due_at=clock.now() - timedelta(minutes=5))
    assert (wheel("Ticker"), wheel("Errands")) == ("good", "warn")


def test_redis_that_is_away_is_said_and_not_waited_for(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, redis_url="redis://127.0.0.1:9", smtp_url="smtp://mail.example")
    assert (wheel("Redis"), wheel("Mail server")) == ("warn", "good")
    app.config["SETTINGS"] = before


def test_long_lists_come_in_pages(client_of: ClientOf, grace: Person) -> None:
    with unit_of_work():
        for n in range(53):
            post(Letter(to="ada@customer.example", subject=f"Letter number {n}.", text="x"))
    browser = client_of(grace)
    first = browser.get("/desk/outbox").get_data(as_text=True)
    assert first.count("list__row") == 50 and "Letter number 52." in first and "Older letters" in first
    oldest = db.session.scalars(select(PostedLetter.id).order_by(PostedLetter.id)).all()[3]
    assert browser.get(f"/desk/outbox?before={oldest}").get_data(as_text=True).count("list__row") == 3


@pytest.mark.parametrize("who", ["ada", "eve"])
def test_customers_see_nothing_of_it(client_of: ClientOf, request: pytest.FixtureRequest, who: str) -> None:
    number, browser = write(), client_of(request.getfixturevalue(who))
    for path in ("", "/messages", "/errands", "/addresses", f"/letters/{number}", f"/letters/{number}/html"):
        assert browser.get(f"/desk/outbox{path}").status_code == 403
    assert browser.post(f"/desk/outbox/letters/{number}/sending").status_code == 403


def test_errands_are_for_admins(client_of: ClientOf, grace: Person) -> None:
    with unit_of_work():
        number = outbox.later("notifications.sweep").id
    browser = client_of(grace)
    assert browser.get("/desk/outbox/errands").status_code == 403
    assert browser.post(f"/desk/outbox/errands/{number}/retry").status_code == 403
    assert db.session.get_one(Errand, number).state == "waiting"
