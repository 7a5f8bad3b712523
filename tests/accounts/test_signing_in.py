"""Signing in with a password: who gets in, what a stranger learns, where one lands."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import passwords
from app.accounts.events import AgentSignedIn
from app.accounts.models import Person
from app.accounts.sessions import SignIn
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.page import safe_next
from tests.cast import PASSWORD

ClientOf = Callable[[Person], FlaskClient]


def sign_in(browser: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> object:
    return browser.post("/sign-in", data={"email": email, "password": password, **more})


def me(browser: FlaskClient) -> int:
    return browser.get("/account").status_code


def test_ada_signs_in_and_out(client: FlaskClient, ada: Person) -> None:
    assert me(client) == 303
    answer = client.post("/sign-in", data={"email": " ADA@customer.example ", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert me(client) == 200
    client.post("/sign-out")
    assert me(client) == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@customer.example", "not the password at all"),
        ("nobody@customer.example", PASSWORD),
        ("linus@northlight.example", PASSWORD),
        ("new@northlight.example", ""),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(
    client: FlaskClient, ada: Person, linus: Person, grace: Person, email: str, password: str
) -> None:
    with unit_of_work():
        linus.active = False
    password = password or "x" * 20
    answer = client.post("/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 422
    assert "That address and password do not belong together." in answer.get_data(as_text=True)
    assert me(client) == 303


@pytest.mark.parametrize("email", ["ada@customer.example", "nobody@customer.example", "bare@customer.example"])
def test_a_hash_is_checked_whoever_is_asked_for(client: FlaskClient, ada: Person, monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    with unit_of_work():
        Person.open_account("bare@customer.example")
    checked: list[str | None] = []
    verify = passwords.fits
    monkeypatch.setattr("app.accounts.routes.sessions.fits", lambda p, stored: checked.append(stored) or verify(p, stored))
    sign_in(client, email, "wrong, but long enough")
    assert len(checked) == 1


def test_a_missing_hash_costs_what_a_present_one_costs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Counting:
        def verify(self, stored: str, _password: str) -> bool:
            asked.append(stored)
            return True

    monkeypatch.setattr(passwords, "hasher", Counting)
    monkeypatch.setattr(passwords, "decoy", lambda: "a decoy")
    assert not passwords.fits("anything", None)
    assert passwords.fits("anything", "a hash")
    assert asked == ["a decoy", "a hash"]


def test_what_was_typed_comes_back_but_never_the_password(client: FlaskClient) -> None:
    body = client.post("/sign-in", data={"email": "who@x.example", "password": "a secret password", "next": "/account/sessions"}).get_data(
        as_text=True
    )
    assert 'value="who@x.example"' in body and "a secret password" not in body and 'value="/account/sessions"' in body


def test_one_address_may_not_knock_for_ever(client: FlaskClient) -> None:
    codes = [sign_in(client, f"p{n}@x.example", "wrong, wrong, wrong").status_code for n in range(12)]  # type: ignore[attr-defined]
    assert codes == [422] * 10 + [429] * 2


def test_one_mailbox_is_not_hammered_from_many_addresses(client: FlaskClient) -> None:
    def knock(n: int) -> int:
        data = {"email": "Ada@customer.example" if n % 2 else "ada@customer.example ", "password": "wrong, wrong"}
        return client.post("/sign-in", data=data, environ_base={"REMOTE_ADDR": f"10.0.0.{n}"}).status_code

    assert [knock(n) for n in range(12)] == [422] * 10 + [429] * 2


def test_the_session_is_a_new_one_after_signing_in(app: Flask, client: FlaskClient, ada: Person) -> None:
    with client.session_transaction() as session:
        session["planted"], session["csrf_token"] = "by Eve", "known to Eve"
    sign_in(client, "ada@customer.example")
    with client.session_transaction() as session:
        assert "planted" not in session and session.get("csrf_token") != "known to Eve"
        first = session["_user_id"]
    client.post("/sign-out")
    sign_in(client, "ada@customer.example")
    with client.session_transaction() as session:
        assert session["_user_id"] != first


def test_a_token_of_before_signing_out_opens_nothing(app: Flask, client: FlaskClient, ada: Person) -> None:
    sign_in(client, "ada@customer.example")
    with client.session_transaction() as session:
        kept = dict(session)
    client.post("/sign-out")
    thief = app.test_client()
    with thief.session_transaction() as session:
        session.update(kept)
    assert me(thief) == 303


def test_the_database_holds_no_bearer_token(client: FlaskClient, ada: Person) -> None:
    sign_in(client, "ada@customer.example")
    with client.session_transaction() as session:
        token = session["_user_id"]
    row = db.session.scalars(select(SignIn)).one()
    assert token not in {row.token_digest, str(row.id)} and len(token) >= 43


def test_a_session_ends_after_a_month_of_silence_and_lives_while_it_is_used(client_of: ClientOf, ada: Person) -> None:
    browser = client_of(ada)
    for _ in range(3):
        clock.forward(timedelta(days=20))
        assert me(browser) == 200
    clock.forward(timedelta(days=31))
    assert me(browser) == 303


def test_a_closed_account_is_out_at_once(client_of: ClientOf, ada: Person) -> None:
    browser = client_of(ada)
    with unit_of_work():
        ada.active = False
    assert me(browser) == 303


def test_agents_are_announced_and_customers_are_not(
    client: FlaskClient, ada: Person, grace: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr("app.accounts.signing.tell", told.append)
    sign_in(client, "ada@customer.example")
    client.post("/sign-out")
    sign_in(client, "grace@northlight.example")
    assert told == [AgentSignedIn(person_id=grace.id)]


def test_a_stranger_is_brought_back_to_where_they_wanted_to_go(client: FlaskClient, ada: Person) -> None:
    answer = client.get("/account/sessions?x=1")
    assert answer.headers["Location"] == "/sign-in?next=/account/sessions?x%3D1"
    answer = client.post("/sign-in", data={"email": "ada@customer.example", "password": PASSWORD, "next": "/account/sessions?x=1"})
    assert answer.headers["Location"] == "/account/sessions?x=1"


def elsewhere() -> list[str]:
    """240 ways to write "another site", many of them seen in the wild."""
    hosts = (
        "evil.example",
        "evil.example/account",
        "localhost@evil.example",
        "evil.example?localhost",
        "evil.example#localhost",
        "localhost.evil.example",
    )
    plain = "http:// https:// // /// //// \\\\ /\\ \\/ /\\/ /\\\\ http:/ https: HTTPS:// hTTp:\\\\ ftp:// javascript://"
    blanks = ("\t//", "/\t/", "/\n/", "\r\n//", " //", "//\x00", "/\x0b/", "\u2028//", "/\u200b/\\", "//\u3002")
    tricks = "javascript:alert(1)// data:text/html, %2f%2f /%5c //%00/ http://[::1]: //localhost:80@ /\\www. //user:pass@"
    more = "//0x7f.1@ vbscript: blob:https:// view-source:https:// //www。"
    starts = (*plain.split(" "), *blanks, *tricks.split(" "), *more.split(" "))
    return ["".join(pair) for pair in itertools.product(starts, hosts)]


def test_there_are_240_of_them() -> None:
    assert len(set(elsewhere())) == 240


def test_nobody_is_ever_sent_to_another_site(client_of: ClientOf, ada: Person) -> None:
    browser, wrong = client_of(ada), []
    for target in elsewhere():
        answer = browser.get(f"/sign-in?next={quote(target, safe='')}")
        location = answer.headers.get("Location", "")
        if answer.status_code != 303 or not stays(location):
            wrong.append((target, answer.status_code, location))
    assert wrong == []


def stays(location: str) -> bool:
    """A path of ours, whatever a browser makes of backslashes and blanks."""
    bare = location.strip("\t\n\r \x00\x0b").replace("\\", "/").replace("\t", "").replace("\n", "")
    return bare.startswith("/") and not bare.startswith("//")


@pytest.mark.parametrize("target", ["/account", "/help/a?b=c#d", "/%2f%2fevil.example", "/a/../b"])
def test_paths_of_ours_are_kept(target: str) -> None:
    assert safe_next(target, "/") == target


@pytest.mark.parametrize("target", [None, "", "account", "//a", "/\\a", "/a\nb", "https://a"])
def test_everything_else_falls_back(target: str | None) -> None:
    assert safe_next(target, "/home") == "/home"
