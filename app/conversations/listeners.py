"""What conversations do later: wake what was snoozed, and send out what was closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from app.accounts.events import IdentitiesParted, PersonDeactivated
from app.accounts.models import Person
from app.conversations import sinks
from app.conversations.events import ConversationClosed
from app.conversations.models import UNDO_WITHIN, Closure, Conversation, Entry, Participant, Snooze, Transcript
from app.lib import clock, tokens
from app.lib.db import db, let_go
from app.lib.facts import on
from app.lib.outbox import errand, later
from app.lib.page import absolute

PRINT = "conversation.print"


@errand("conversations.wake")
def wake(snooze_id: int) -> None:
    """The time of a snooze has come."""
    snooze = db.session.get(Snooze, snooze_id)
    if snooze is not None and snooze.woke_at is None:
        db.session.get_one(Conversation, snooze.conversation_id).wake("time")


@on(IdentitiesParted)
def parted(fact: IdentitiesParted) -> None:
    """Whoever read or wrote in a visitor's conversations as that visitor has a place in them: it goes with the link."""
    visitors = select(Participant.conversation_id).where(Participant.person_id == fact.visitor_id)
    theirs = select(Participant).join(Conversation, Conversation.id == Participant.conversation_id)
    theirs = theirs.where(
        Participant.person_id == fact.person_id, Participant.role == "customer", Participant.conversation_id.in_(visitors)
    )
    for part in db.session.scalars(theirs.where(Conversation.person_id.is_distinct_from(fact.person_id))):
        part.left_at = part.left_at or clock.now()


@on(PersonDeactivated)
def hand_back(fact: PersonDeactivated) -> None:
    """What somebody had to do who can no longer come in is for others now. What was closed is, should it open again."""
    person = db.session.get_one(Person, fact.person_id)
    theirs = select(Conversation).where(Conversation.assignee_id == person.id, Conversation.state != "closed").order_by(Conversation.id)
    for conversation in [] if person.active else db.session.scalars(theirs).all():
        conversation.lock()
        if conversation.assignee_id == person.id:
            conversation.release()


@on(ConversationClosed)
def send_out(fact: ConversationClosed) -> None:
    """Plan what follows from a closing: not before it can no longer be undone."""
    closure = db.session.get(Closure, fact.closure_id)
    if closure is None:
        return
    due = max(closure.created_at + UNDO_WITHIN + timedelta(seconds=1), clock.now())
    for sink in sinks.ready():
        later("conversations.deliver", due_at=due, key=f"deliver:{closure.id}:{sink.name}", closure_id=closure.id, sink=sink.name)
    for part in db.session.scalars(wanting_copies(closure.conversation_id)):
        later("conversations.copy", due_at=due, key=f"copy:{closure.id}:{part.id}", closure_id=closure.id, part_id=part.id)


def wanting_copies(conversation_id: int) -> Select[Participant]:
    return select(Participant).where(Participant.conversation_id == conversation_id, Participant.wants_copy, Participant.left_at.is_(None))


@errand("conversations.deliver")
def deliver(closure_id: int, sink: str) -> None:
    """Hand the transcript of a closed conversation to one sink, and note in the thread that it went."""
    conversation, plug = closed(closure_id), sinks.by_name(sink)
    if conversation is None or plug is None or has_gone(closure_id, "delivered", sink=sink):
        return
    transcript = Transcript.of(conversation)
    left_out, url = sinks.left_out(transcript), print_url(conversation)
    let_go()
    plug.deliver(transcript, url, f"closure-{closure_id}", left_out)
    conversation.happen("delivered", sink=sink)


def closed(closure_id: int) -> Conversation | None:
    """The conversation of a closure that still stands; None when it was undone or reopened meanwhile."""
    closure = db.session.get(Closure, closure_id)
    return db.session.get(Conversation, closure.conversation_id) if closure is not None and closure.ended_at is None else None


def has_gone(closure_id: int, what: str, **data: Any) -> bool:
    """Whether this closing's transcript went there already: a closing whose reopening was undone is told twice."""
    closure = db.session.get_one(Closure, closure_id)
    went = select(Entry.data).where(Entry.conversation_id == closure.conversation_id, Entry.seq > closure.seq, Entry.what == what)
    return any(data.items() <= found.items() for found in db.session.scalars(went))


def print_url(conversation: Conversation) -> str:
    """The page of what is delivered now, and of nothing that comes later."""
    key = tokens.sign(PRINT, {"c": conversation.id, "upto": conversation.last_seq})
    return absolute("conversations.show_print", reference=conversation.reference, key=key)


@errand("conversations.copy")
def send_copy(closure_id: int, part_id: int) -> None:
    """The transcript by mail, to somebody who asked for it."""
    conversation, part = closed(closure_id), db.session.get(Participant, part_id)
    if conversation is not None and part is not None and part.wants_copy and not has_gone(closure_id, "copy", to=part.person_id):
        conversation.mail_copy(part.person)
