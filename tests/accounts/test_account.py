"""One's own account: seen and changed by its owner, by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.browsers import in_words
from app.accounts.models import Person
from app.accounts.sessions import SignIn
from app.lib import clock
from app.lib.db import db
from tests.accounts.letters import letters_to
from tests.cast import PASSWORD

ClientOf = Callable[[Person], FlaskClient]
PROFILE = {"name": "Ada King", "phone": "202 555 0100", "timezone": "Europe/London", "profession": "", "about": "Countess"}


@pytest.mark.parametrize(
    "path", ["/account", "/account/profile", "/account/security", "/account/security/second-step", "/account/sessions"]
)
def test_its_pages_are_for_whoever_has_signed_in(client: FlaskClient, client_of: ClientOf, ada: Person, path: str) -> None:
    assert client_of(ada).get(path).status_code == 200
    assert client.get(path).headers["Location"].startswith("/sign-in?next=/account")


def test_ada_says_who_she_is(client_of: ClientOf, ada: Person) -> None:
    assert client_of(ada).post("/account/profile", data=PROFILE).status_code == 303
    db.session.refresh(ada)
    assert (ada.name, ada.phone, ada.timezone, ada.about) == ("Ada King", "+12025550100", "Europe/London", "")


def test_agents_have_a_line_about_them(client_of: ClientOf, grace: Person) -> None:
    client_of(grace).post("/account/profile", data=PROFILE)
    db.session.refresh(grace)
    assert grace.about == "Countess"


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"phone": "call me"}, {"phone": "1"}, {"timezone": "Mars/Olympus"}, {"name": "x" * 201}, {"profession": "spy"}]
)
def test_what_makes_no_sense_changes_nothing(client_of: ClientOf, ada: Person, wrong: dict[str, str]) -> None:
    answer = client_of(ada).post("/account/profile", data={**PROFILE, **wrong})
    db.session.refresh(ada)
    assert answer.status_code == 422 and ada.name == "Ada Lovelace"


def test_nobody_makes_themselves_an_agent(client_of: ClientOf, eve: Person) -> None:
    client_of(eve).post("/account/profile", data={**PROFILE, "role": "admin", "active": "1", "email": "linus@northlight.example"})
    db.session.refresh(eve)
    assert (eve.role, eve.email) == ("customer", "eve@elsewhere.example")


def test_a_new_password_needs_the_old_one(client_of: ClientOf, ada: Person) -> None:
    browser, elsewhere = client_of(ada), client_of(ada)
    fresh = {"password": "a whole new password"}
    assert browser.post("/account/security/password", data={**fresh, "current": "wrong"}).status_code == 422
    assert browser.post("/account/security/password", data={"password": "Ada Lovelace", "current": PASSWORD}).status_code == 422
    assert browser.post("/account/security/password", data={**fresh, "current": PASSWORD}).status_code == 303
    assert browser.get("/account").status_code == 200 and elsewhere.get("/account").status_code == 303
    assert "Your password was changed" in letters_to("ada@customer.example")[0].text


def test_somebody_without_a_password_sets_one(client_of: ClientOf, ada: Person) -> None:
    ada.password_hash = None
    db.session.commit()
    assert client_of(ada).post("/account/security/password", data={"password": "a whole new password"}).status_code == 303


def test_sessions_are_listed_and_ended_by_their_owner(client_of: ClientOf, ada: Person, eve: Person) -> None:
    here, there, eves = client_of(ada), client_of(ada), client_of(eve)
    page = here.get("/account/sessions").get_data(as_text=True)
    assert page.count('class="list__row"') == 2 and "This one" in page
    mine = db.session.scalars(select(SignIn).where(SignIn.person_id == ada.id).order_by(SignIn.id)).all()
    assert eves.post(f"/account/sessions/{mine[1].id}/end").status_code == 404
    assert there.get("/account").status_code == 200
    here.post(f"/account/sessions/{mine[1].id}/end")
    assert there.get("/account").status_code == 303 and here.get("/account").status_code == 200
    here.post(f"/account/sessions/{mine[0].id}/end")
    assert here.get("/account").status_code == 303


def test_a_session_that_has_ended_by_itself_is_no_longer_listed(client_of: ClientOf, ada: Person) -> None:
    client_of(ada)
    clock.forward(timedelta(days=30, minutes=1))
    page = client_of(ada).get("/account/sessions").text
    assert page.count('class="list__row"') == 1 and "Sign out all others" not in page


def test_all_other_sessions_end_at_once(client_of: ClientOf, ada: Person, eve: Person) -> None:
    here, there, eves = client_of(ada), client_of(ada), client_of(eve)
    here.post("/account/sessions/others/end")
    assert [one.get("/account").status_code for one in (here, there, eves)] == [200, 303, 200]


def test_a_visit_is_noted_every_ten_minutes(client_of: ClientOf, ada: Person) -> None:
    browser, moments, renewed = client_of(ada), [], []
    for minutes in (0, 9, 2, 1):
        clock.forward(timedelta(minutes=minutes))
        answer = browser.get("/account")
        db.session.expire_all()
        moments.append(db.session.scalars(select(SignIn.last_seen_at)).one())
        renewed.append("fd_session" in answer.headers.get("Set-Cookie", ""))
    assert moments[0] == moments[1] < moments[2] == moments[3]
    assert renewed[1:] == [False, True, False], "the cookie lives as long as the session"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Mobile Safari/604", "Safari on an iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox on Linux"),
        ("<script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_browsers_are_named_as_people_know_them(line: str, words: str) -> None:
    assert in_words(line) == words


def test_home_says_sign_in_to_strangers_and_your_account_to_ada(app: Flask, client: FlaskClient, client_of: ClientOf, ada: Person) -> None:
    assert "Your account</a>" in client_of(ada).get("/account").get_data(as_text=True)
