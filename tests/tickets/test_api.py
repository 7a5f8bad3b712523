"""Tickets by other programs: a key makes them and asks how they stand; whoever has none gets nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Person, Team
from app.conversations.models import Conversation
from app.lib.db import add, db, unit_of_work
from app.lib.outbox import drain
from app.tickets.models import ApiKey, Ticket

ASKED: dict[str, Any] = {
    "email": "nora@client.example",
    "name": "Nora New",
    "subject": "Down",
    "words": "The site is down.",
    "kind": "technical",
}


@pytest.fixture
def key(linus: Person) -> dict[str, str]:
    """The headers of a program that may do everything."""
    with unit_of_work():
        return {"Authorization": f"Bearer {ApiKey.make('Monitoring', ['write', 'read'], linus)[1]}"}


def count() -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count(Ticket.id))) or 0


def test_a_program_makes_a_ticket_and_asks_how_it_stands(client: FlaskClient, key: dict[str, str], grace: Person) -> None:
    with unit_of_work():
        add(Team(name="Technical", slug="technical"))
    more = {"priority": "high", "team": "technical", "fields": {"host": "web-1", "checks": 3, "paid": True}}
    answer = client.post("/api/tickets", json={**ASKED, **more}, headers=key)
    assert answer.status_code == 201
    told = answer.get_json()
    assert (told["state"], told["kind"], told["priority"], told["team"]) == ("open", "technical", "high", "technical")
    assert told["fields"] == {"host": "web-1", "checks": "3", "paid": "True"} and told["reply_promised_by"]
    with unit_of_work():
        row = db.session.scalars(select(Conversation)).one()
        row.note(grace, "CANARY: an internal note")
        row.say(grace, "We look at it.")
    again = client.get(answer.headers["Location"].partition("/api")[1] + answer.headers["Location"].partition("/api")[2], headers=key)
    said = [(one["from"], one["words"]) for one in again.get_json()["messages"]]
    assert said == [("customer", "The site is down."), ("agent", "We look at it.")]
    assert "CANARY" not in again.text


def test_the_address_proves_nothing(client: FlaskClient, key: dict[str, str], ada: Person) -> None:
    client.post("/api/tickets", json={**ASKED, "email": ada.email}, headers=key)
    person = db.session.scalars(select(Conversation)).one().person
    assert person is not None
    assert person.id != ada.id and (person.email, person.claimed_email) == (None, ada.email)


def test_the_same_key_of_a_request_makes_one_ticket(client: FlaskClient, key: dict[str, str]) -> None:
    answers = [client.post("/api/tickets", json=ASKED, headers={**key, "Idempotency-Key": "alarm-7"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.get_json()["number"] for answer in answers}) == 1
    assert client.post("/api/tickets", json=ASKED, headers={**key, "Idempotency-Key": "alarm-8"}).status_code == 201
    assert count() == 2


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer fdk_guessed", "Basic eDp5", "Bearer x"])
def test_without_a_key_nothing_is_made_or_shown(client: FlaskClient, key: dict[str, str], header: str) -> None:
    number = client.post("/api/tickets", json=ASKED, headers=key).get_json()["number"]
    headers = {"Authorization": header} if header else {}
    assert client.post("/api/tickets", json=ASKED, headers=headers).status_code == 401
    answer = client.get(f"/api/tickets/{number}", headers=headers)
    assert answer.status_code == 401 and "site is down" not in answer.text
    assert count() == 1


def test_a_signed_in_agent_is_no_program(client_of: Callable[[Person], FlaskClient], grace: Person) -> None:
    assert client_of(grace).post("/api/tickets", json=ASKED).status_code == 401


def test_a_key_does_only_what_it_may(client: FlaskClient, linus: Person) -> None:
    with unit_of_work():
        writes, reads = (ApiKey.make("x", [scope], linus)[1] for scope in ("write", "read"))
    made = client.post("/api/tickets", json=ASKED, headers={"Authorization": f"Bearer {writes}"})
    assert made.status_code == 201
    assert client.post("/api/tickets", json=ASKED, headers={"Authorization": f"Bearer {reads}"}).status_code == 403
    number = made.get_json()["number"]
    assert client.get(f"/api/tickets/{number}", headers={"Authorization": f"Bearer {writes}"}).status_code == 403
    assert client.get(f"/api/tickets/{number}", headers={"Authorization": f"Bearer {reads}"}).status_code == 200


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"email": "nora@"}, "email"),
        ({"email": ["a"]}, "email"),
        ({"words": " "}, "words"),
        ({"words": "x" * 60_000}, "words"),
        ({"kind": "rocket"}, "kind"),
        ({"priority": "top"}, "priority"),
        ({"team": "nobody"}, "team"),
        ({"fields": ["a"]}, "fields"),
        ({"fields": {"a": {"b": 1}}}, "fields.a"),
        ({"fields": {str(number): 1 for number in range(41)}}, "fields"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(client: FlaskClient, key: dict[str, str], changed: dict[str, Any], named: str) -> None:
    answer = client.post("/api/tickets", json={**ASKED, **changed}, headers=key)
    assert answer.status_code == 422
    assert answer.get_json()["error"].startswith(named)
    assert count() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null"])
def test_what_is_no_json_object_is_refused(client: FlaskClient, key: dict[str, str], body: bytes) -> None:
    answer = client.post("/api/tickets", data=body, headers={**key, "Content-Type": "application/json"})
    assert answer.status_code == 422 and count() == 0


@pytest.mark.parametrize("number", ["FD-999999", "nothing", "FD-1000%00"])
def test_an_unknown_number_is_not_found(client: FlaskClient, key: dict[str, str], number: str) -> None:
    assert client.get(f"/api/tickets/{number}", headers=key).status_code == 404


def test_an_admin_makes_a_key_sees_it_once_and_revokes_it(
    client: FlaskClient, linus: Person, grace: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    desk = client_of(linus)
    page = desk.post("/desk/keys", data={"name": "Monitoring", "scope": ["write"]})
    words = page.text.partition("fdk_")[2].partition("<")[0]
    headers = {"Authorization": f"Bearer fdk_{words}"}
    assert page.headers["Cache-Control"] == "no-store"
    assert words and words not in desk.get("/desk/keys").text
    assert client.post("/api/tickets", json=ASKED, headers=headers).status_code == 201
    row = db.session.scalars(select(ApiKey)).one()
    assert row.used_at and words not in row.digest
    desk.post(f"/desk/keys/{row.id}/revocation")
    assert client.post("/api/tickets", json=ASKED, headers=headers).status_code == 401
    assert desk.post("/desk/keys", data={"name": " ", "scope": ["write"]}).status_code == 303
    agent = client_of(grace)
    assert {agent.get("/desk/keys").status_code, agent.post("/desk/keys").status_code} == {403}
    assert client.get("/desk/keys").status_code == 303
    drain()
    assert db.session.scalar(select(func.count(ApiKey.id))) == 1
