"""What the desk does later: send held replies; and what it stops when the customer writes first."""

from __future__ import annotations

from sqlalchemy import bindparam, exists, select

from app.accounts.events import PersonDeactivated
from app.accounts.models import Person
from app.conversations.events import MessageSaid
from app.inbox import news
from app.inbox.live import thread_stream
from app.inbox.models import HeldReply
from app.lib import live
from app.lib.db import db
from app.lib.facts import on
from app.lib.outbox import errand

# Importing it lets the news be heard.
NEWS = news

# As a condition on what a fact tells of.
PLANNED = exists().where(HeldReply.conversation_id == bindparam("conversation_id"), HeldReply.state == "waiting")


@errand("inbox.send_held")
def send_held(held_id: int) -> None:
    """The ten seconds, or the chosen time, are over."""
    held = db.session.get(HeldReply, held_id)
    if held is not None and held.state == "waiting":
        held.send()
        live.remove(thread_stream(held.conversation_id), f"held-{held.id}")


@on(MessageSaid, when=lambda fact: fact.voice == "customer" and PLANNED)
def stop_what_was_planned(fact: MessageSaid) -> None:
    """A reply planned for later answers what was known then: when the customer writes first, it becomes a draft again."""
    if fact.voice != "customer":
        return
    planned = select(HeldReply).where(HeldReply.conversation_id == fact.conversation_id, HeldReply.state == "waiting")
    for held in db.session.scalars(planned.where(HeldReply.chosen_time)):
        if held.seen_seq < fact.seq and held.take_back("the customer wrote first"):
            live.remove(thread_stream(held.conversation_id), f"held-{held.id}")


@on(PersonDeactivated)
def stop_what_they_planned(fact: PersonDeactivated) -> None:
    """Nothing goes out any more in the name of somebody who can no longer come in."""
    waiting = select(HeldReply).where(HeldReply.person_id == fact.person_id, HeldReply.state == "waiting")
    for held in [] if db.session.get_one(Person, fact.person_id).active else db.session.scalars(waiting).all():
        if held.take_back("their account was closed"):
            live.remove(thread_stream(held.conversation_id), f"held-{held.id}")
