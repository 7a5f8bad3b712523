"""Visitors and people: what a browser wrote before is joined to whoever proves who they are, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.events import IdentitiesLinked
from app.accounts.models import VISITOR_COOKIE, Link, Person, Visitor
from app.accounts.signing import join_visitor
from app.lib import tokens
from app.lib.db import add, db, unit_of_work
from tests.cast import PASSWORD


@pytest.fixture
def visitor(app: Flask, client: FlaskClient) -> Iterator[Person]:
    """Somebody unproven who has written in `client`'s browser."""
    token = tokens.secret()
    with unit_of_work():
        person = add(Person(name="Somebody"))
        add(Visitor(token_digest=tokens.digest(token), person=person))
    client.set_cookie(VISITOR_COOKIE, token)
    yield person


def sign_in(client: FlaskClient, email: str) -> None:
    assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303


def links() -> list[Link]:
    db.session.expire_all()
    return list(db.session.scalars(select(Link).order_by(Link.id)))


def test_signing_in_joins_the_visitor_of_this_browser(client: FlaskClient, visitor: Person, ada: Person) -> None:
    sign_in(client, "ada@customer.example")
    assert [(one.person_id, one.visitor_id, one.proof) for one in links()] == [(ada.id, visitor.id, "password")]


def test_the_next_person_at_this_browser_does_not_get_what_is_adas(client: FlaskClient, visitor: Person, ada: Person, eve: Person) -> None:
    sign_in(client, "ada@customer.example")
    client.post("/sign-out")
    assert client.get_cookie(VISITOR_COOKIE) is None
    sign_in(client, "eve@elsewhere.example")
    assert eve.aliases() == [eve.id] and len(links()) == 1


def test_even_with_the_old_cookie_the_visitor_stays_adas(app: Flask, visitor: Person, ada: Person, eve: Person) -> None:
    with unit_of_work():
        assert Link.make(ada, visitor, "password") is not None
        assert Link.make(eve, visitor, "password") is None
    assert eve.aliases() == [eve.id]


def test_the_database_itself_keeps_a_visitor_with_one_person(app: Flask, visitor: Person, ada: Person, eve: Person) -> None:
    with unit_of_work():
        add(Link(person_id=ada.id, visitor_id=visitor.id, proof="code"))
    with pytest.raises(IntegrityError), unit_of_work():
        add(Link(person_id=eve.id, visitor_id=visitor.id, proof="code"))


def test_a_visitor_who_said_to_be_another_is_not_joined(client: FlaskClient, visitor: Person, ada: Person, eve: Person) -> None:
    with unit_of_work():
        visitor.claimed_email = "ada@customer.example"
    sign_in(client, "eve@elsewhere.example")
    assert links() == []


def test_two_proven_people_are_never_joined(app: Flask, ada: Person, eve: Person) -> None:
    assert Link.make(ada, eve, "code") is None and Link.make(ada, ada, "code") is None


def test_an_unproven_person_gets_nobody(app: Flask, visitor: Person) -> None:
    assert Link.make(add(Person(claimed_email="ada@customer.example")), visitor, "code") is None


def test_an_undone_link_can_be_made_anew_with_another(app: Flask, visitor: Person, ada: Person, eve: Person, linus: Person) -> None:
    with unit_of_work():
        first = Link.make(ada, visitor, "code")
        assert first is not None
        first.undo(linus)
        db.session.flush()
        assert Link.make(eve, visitor, "code") is not None
    assert ada.aliases() == [ada.id] and eve.aliases() == [eve.id, visitor.id]


def test_a_join_is_told(app: Flask, visitor: Person, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr("app.accounts.models.tell", told.append)
    link = Link.make(ada, visitor, "code")
    assert link is not None and told == [IdentitiesLinked(link_id=link.id, person_id=ada.id, visitor_id=visitor.id)]


def test_no_cookie_before_the_first_message(client: FlaskClient, ada: Person) -> None:
    client.get("/sign-in")
    assert client.get_cookie(VISITOR_COOKIE) is None
    with client.application.test_request_context():
        assert join_visitor(ada, "password") is None
