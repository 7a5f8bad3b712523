"""Notes on a person: beside every conversation of theirs, for people who work here, gone when their author wants."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Link, Person
from app.conversations.models import Conversation
from app.inbox.person_notes import LONGEST, PersonNote
from app.lib.db import add, db, unit_of_work

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture
def asked(ada: Person) -> Conversation:
    return talk_of(ada)


def talk_of(person: Person) -> Conversation:
    with unit_of_work():
        conversation = Conversation.open(person, "chat")
        conversation.say(person, "Hello")
    return conversation


def notes(conversation: Conversation) -> str:
    return f"/desk/conversations/{conversation.id}/person/notes"


def shown(browser: FlaskClient, conversation: Conversation) -> str:
    return browser.get(f"/desk/conversations/{conversation.id}").text


def test_a_note_stands_beside_every_conversation_of_the_person_with_its_author_and_nobody_elses(
    asked: Conversation, ada: Person, eve: Person, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    page = client_of(grace).post(notes(asked), data={"words": "Prefers mornings.\r\nNever by phone."}, follow_redirects=True)
    assert "Prefers mornings.\nNever by phone." in page.text
    later = shown(client_of(linus), talk_of(ada))
    assert "Prefers mornings." in later and "Grace Hopper," in later
    assert "Prefers mornings." not in shown(client_of(linus), talk_of(eve))


def test_only_its_author_takes_a_note_away(asked: Conversation, ada: Person, grace: Person, linus: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        note = PersonNote.write(ada, grace, "Prefers mornings.")
    removal = f"{notes(asked)}/{note.id}/removal"
    assert removal not in shown(client_of(linus), asked) and client_of(linus).post(removal).status_code == 403
    assert removal in shown(client_of(grace), asked)
    assert "Prefers mornings." not in client_of(grace).post(removal, follow_redirects=True).text
    assert client_of(grace).post(removal).status_code == 404


def test_a_note_on_somebody_else_is_not_reached_through_this_conversation(
    asked: Conversation, eve: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        note = PersonNote.write(eve, grace, "Another one.")
    assert client_of(grace).post(f"{notes(asked)}/{note.id}/removal").status_code == 404


def test_notes_on_a_visitor_follow_the_person_they_prove_to_be_and_stay_the_visitors_when_that_is_undone(
    asked: Conversation, ada: Person, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        visitor = add(Person())
        PersonNote.write(visitor, grace, "Wrote from the tram.")
        PersonNote.write(ada, grace, "Prefers mornings.")
    browsing = talk_of(visitor)
    assert "Prefers mornings." not in shown(client_of(grace), browsing)
    with unit_of_work():
        link = Link.make(ada, visitor, "code")
    for conversation in (asked, browsing):
        page = shown(client_of(grace), conversation)
        assert "Prefers mornings." in page and "Wrote from the tram." in page
    with unit_of_work():
        assert link is not None
        link.undo(linus)
    assert "Wrote from the tram." not in shown(client_of(grace), asked) and "Prefers mornings." not in shown(client_of(grace), browsing)


@pytest.mark.parametrize(("words", "why"), [("  ", "Write a few words first."), ("x" * (LONGEST + 1), "longer than 2,000")])
def test_nothing_and_too_much_are_not_kept(asked: Conversation, grace: Person, client_of: ClientOf, words: str, why: str) -> None:
    assert why in client_of(grace).post(notes(asked), data={"words": words}, follow_redirects=True).text
    assert db.session.scalars(select(PersonNote)).all() == []


def test_what_is_noted_is_never_markup(asked: Conversation, grace: Person, client_of: ClientOf) -> None:
    page = client_of(grace).post(notes(asked), data={"words": "<img src=x onerror=alert(1)>"}, follow_redirects=True).text
    assert "<img src=x" not in page and "&lt;img" in page


def test_a_conversation_without_a_person_takes_no_note(app: Flask, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        nobodys = Conversation.open(None, "email")
    assert client_of(grace).post(notes(nobodys), data={"words": "Who is it?"}).status_code == 404
