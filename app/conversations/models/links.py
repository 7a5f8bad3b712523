"""Signed links: one browser, one conversation, without an account."""

from __future__ import annotations

from flask import session

from app.accounts.models import Person, current_person
from app.conversations.models.conversation import Conversation
from app.lib.db import db

LINKS = "conversation_links"
MOST = 20


def remember_link(conversation: Conversation, person: Person) -> None:
    """This browser came by a signed link: while its session lasts it may read and answer this one conversation as this person."""
    links = dict(session.get(LINKS, {})) | {str(conversation.id): person.id}
    session[LINKS] = dict(list(links.items())[-MOST:])


def linked_person(conversation_id: int) -> Person | None:
    """As whom this browser may read the conversation by a signed link it followed; None when it has none, or no longer."""
    person_id = session.get(LINKS, {}).get(str(conversation_id))
    person = db.session.get(Person, person_id) if person_id else None
    own = Conversation.of(person).where(Conversation.id == conversation_id) if person is not None and person.active else None
    return person if own is not None and db.session.scalar(own) is not None else None


def led_on(conversation: Conversation, person: Person) -> Conversation | None:
    """Where this one goes on, when `person` is on its customer's side there too; a signed link to the one opens the other as well."""
    there = Conversation.own(person, conversation.living().id)
    if there is not None and there is not conversation and linked_person(conversation.id) is person:
        remember_link(there, person)
    return there


def may_read(conversation_id: int) -> Conversation | None:
    """The conversation when the asking browser may read it: its customer, people who work here, or the bearer of a signed link."""
    found = db.session.scalar(Conversation.seen_by(current_person()).where(Conversation.id == conversation_id))
    if found is None and linked_person(conversation_id) is not None:
        return db.session.get(Conversation, conversation_id)
    return found
