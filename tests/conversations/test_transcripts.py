"""What leaves the house after a closing: to the CRM, to the customer, on paper. Notes and private addresses never do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations import sinks
from app.conversations.models import UNDO_WITHIN, Conversation, Entry, Transcript
from app.inbox.person_notes import PersonNote
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import Errand, drain
from app.settings import Settings
from tests.standin import Quiet, serving

CANARY = "canary-note-7f3a"


class Receiver:
    """A CRM on this machine: remembers what was posted, answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        receiver = self

        class Handler(Quiet):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.end_headers()

        self.handler = Handler


@pytest.fixture
def crm(app: Flask) -> Iterator[Receiver]:
    receiver, before = Receiver(), app.config["SETTINGS"]
    kept = {name: getattr(before, name) for name in before.__dataclass_fields__}
    with serving(receiver.handler) as url:
        app.config["SETTINGS"] = Settings(**{**kept, "crm_webhook_url": f"{url}/hook", "crm_webhook_secret": "a secret of the receiver"})
        yield receiver
        app.config["SETTINGS"] = before


@pytest.fixture
def answered(talk: Conversation, ada: Person, grace: Person) -> Conversation:
    with unit_of_work():
        grace.name = ""
        talk.say(grace, "490 dollars a month.")
        talk.note(grace, f"{CANARY}: offer her ten percent")
        PersonNote.write(ada, grace, f"{CANARY} on the person")
        talk.transfer(grace, agent=grace, brief=f"{CANARY} brief")
        talk.send_copy(ada)
    return talk


def print_path(crm: Receiver) -> str:
    url: str = json.loads(crm.got[0][1])["data"]["print_url"]
    return url.removeprefix("http://localhost")


def close_and_wait(talk: Conversation, by: Person) -> None:
    with unit_of_work():
        talk.close(by)
    drain()
    clock.forward(UNDO_WITHIN + timedelta(seconds=2))
    drain()


def test_a_closing_is_delivered_once_signed_and_without_anything_internal(answered: Conversation, grace: Person, crm: Receiver) -> None:
    close_and_wait(answered, grace)
    [(headers, body)] = crm.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mark = base64.b64encode(hmac.new(b"a secret of the receiver", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mark}" and headers["webhook-id"] == "closure-1"
    sent = json.loads(body)
    assert sent["type"] == "conversation.closed" and "490 dollars" in sent["data"]["text"]
    assert CANARY.encode() not in body and b"grace" not in body.lower()
    assert [row.what for row in db.session.scalars(answered.since(0, inside=True)) if row.what == "delivered"] == ["delivered"]


def test_the_print_link_of_a_crm_opens_the_transcript_and_nothing_else(
    answered: Conversation, grace: Person, crm: Receiver, client: FlaskClient
) -> None:
    close_and_wait(answered, grace)
    path = print_path(crm)
    page = client.get(path)
    assert page.status_code == 200 and "490 dollars" in page.text and CANARY not in page.text
    assert client.get(path[:-3] + "abc").status_code == 404
    with unit_of_work():
        other = Conversation.open(grace, "chat")
    assert client.get(path.replace(answered.reference, other.reference)).status_code == 404


def test_the_print_link_of_a_crm_follows_a_merge(
    answered: Conversation, ada: Person, grace: Person, crm: Receiver, client: FlaskClient
) -> None:
    close_and_wait(answered, grace)
    path = print_path(crm)
    with unit_of_work():
        answered.merge_into(Conversation.open(ada, "email", subject="Prices"), grace)
    assert "490 dollars" in client.get(path).text


def test_the_print_link_of_a_crm_shows_nothing_that_was_not_delivered(
    answered: Conversation, ada: Person, grace: Person, crm: Receiver, client: FlaskClient
) -> None:
    close_and_wait(answered, grace)
    path = print_path(crm)
    with unit_of_work():
        answered.say(ada, "Said when it was opened again.")
    with unit_of_work():
        other = Conversation.open(ada, "email", subject="Prices")
        other.say(ada, "Said in another thread.")
        answered.merge_into(other, grace)
    page = client.get(path).text
    assert "490 dollars" in page and "opened again" not in page and "another thread" not in page


def test_the_print_link_of_a_crm_holds_back_what_the_delivery_held_back(
    answered: Conversation, ada: Person, grace: Person, crm: Receiver, client: FlaskClient, app: Flask
) -> None:
    with unit_of_work():
        answered.tag("Health", grace)
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, crm_leave_out="name")
    close_and_wait(answered, grace)
    page = client.get(print_path(crm)).text
    app.config["SETTINGS"] = before
    assert "490 dollars" not in page and "[left out]" in page and "Lovelace" not in page


def test_a_tag_that_came_after_the_delivery_closes_the_print_link_too(
    answered: Conversation, ada: Person, grace: Person, crm: Receiver, client: FlaskClient
) -> None:
    close_and_wait(answered, grace)
    with unit_of_work():
        other = Conversation.open(ada, "email", subject="Prices")
        answered.merge_into(other, grace)
        other.tag("Health", grace)
    assert "490 dollars" not in client.get(print_path(crm)).text


def test_a_receiver_that_is_down_gets_it_later_under_the_same_key(answered: Conversation, grace: Person, crm: Receiver) -> None:
    crm.status = 503
    close_and_wait(answered, grace)
    crm.status = 200
    clock.forward(timedelta(minutes=1))
    drain()
    keys = [headers["webhook-id"] for headers, _ in crm.got]
    assert len(keys) >= 2 and set(keys) == {"closure-1"}
    assert db.session.scalars(select(Errand).where(Errand.handler == "conversations.deliver", Errand.state == "waiting")).all() == []


def test_an_undone_closing_sends_nothing(answered: Conversation, grace: Person, crm: Receiver) -> None:
    with unit_of_work():
        answered.close(grace)
    drain()
    with unit_of_work():
        answered.undo_close(grace)
    clock.forward(UNDO_WITHIN * 2)
    drain()
    assert crm.got == [] and db.session.scalar(select(PostedLetter)) is None


def test_words_of_a_sensitive_conversation_stay_here(answered: Conversation, grace: Person, crm: Receiver) -> None:
    with unit_of_work():
        answered.tag("Health", grace)
    close_and_wait(answered, grace)
    assert b"490 dollars" not in crm.got[0][1] and b"[left out]" in crm.got[0][1]


def test_named_fields_are_left_out(answered: Conversation) -> None:
    sent = json.dumps(Transcript.of(answered).as_json(frozenset({"email", "name", "page"})))
    assert "ada@" not in sent and "Lovelace" not in sent


def test_the_customer_gets_a_copy_and_sees_no_note_in_it(answered: Conversation, grace: Person) -> None:
    close_and_wait(answered, grace)
    letter = db.session.scalars(select(PostedLetter)).one()
    assert letter.to == "ada@customer.example" and answered.reference in letter.subject
    assert "490 dollars" in letter.text and "490 dollars" in letter.html
    assert CANARY not in letter.text + letter.html and "grace@" not in letter.text + letter.html
    assert letter.headers["Auto-Submitted"] == "auto-generated"


def test_a_typed_address_gets_a_copy_only_after_a_person_answered_and_no_more_than_three_a_day(visitor: Person, grace: Person) -> None:
    for number in range(5):
        with unit_of_work():
            row = Conversation.open(visitor, "chat")
            row.say(visitor, "buy my watches")
            row.claim_address(visitor, "victim@elsewhere.example")
            row.send_copy(visitor)
            if number:
                row.say(grace, "No, thank you.")
        close_and_wait(row, grace)
    assert len(db.session.scalars(select(PostedLetter)).all()) == 3


def test_what_was_taken_back_is_in_no_transcript(talk: Conversation, ada: Person) -> None:
    with unit_of_work():
        entry = talk.say(ada, "my password is hunter2")
        talk.delete(ada, entry)
    assert "hunter2" not in Transcript.of(talk).as_text()
    assert db.session.scalars(select(Entry).where(Entry.body.contains("hunter2"))).all() == []


def test_strangers_print_nothing(
    talk: Conversation, ada: Person, eve: Person, grace: Person, client: FlaskClient, client_of: Callable[[Person], FlaskClient]
) -> None:
    path = f"/conversations/{talk.reference}/print"
    assert client.get(path).status_code == client_of(eve).get(path).status_code == 404
    assert client_of(ada).get(path).status_code == client_of(grace).get(path).status_code == 200


def test_a_wrong_secret_in_base64_is_taken_as_it_stands() -> None:
    assert sinks.key_bytes("whsec_AAAA") == b"\0\0\0" and sinks.key_bytes("whsec_!!") == b"whsec_!!"
