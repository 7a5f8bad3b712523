"""What tickets hear: everything that moves a clock; and what they do at its hour."""

from __future__ import annotations

from sqlalchemy import select

from app.conversations.events import (
    ConversationClosed,
    ConversationReopened,
    ConversationSnoozed,
    ConversationWoke,
    EntriesMoved,
    MessageSaid,
    PriorityChanged,
)
from app.conversations.models import Conversation
from app.hours.events import HoursChanged
from app.lib.db import db
from app.lib.facts import on
from app.lib.outbox import errand, later
from app.tickets import news
from app.tickets.events import PromiseBroken, TicketRated
from app.tickets.models import Rating, Ticket, mend, recompute
from app.tickets.rules import hearing

# Importing them lets the rules and the customers' bells hear.
HEARING = (hearing, news)
BATCH = 500
TARGETS = {"first": "the first reply", "next": "a reply", "resolution": "the solution"}


def look_at(conversation_id: int) -> None:
    conversation = db.session.get(Conversation, conversation_id)
    ticket = Ticket.of(conversation) if conversation else None
    if ticket is not None:
        recompute(ticket)
    elif conversation is not None:
        conversation.next_due_at = None


@on(MessageSaid, when=lambda _fact: Ticket.exists_for())
def said(fact: MessageSaid) -> None:
    look_at(fact.conversation_id)


@on(ConversationClosed)
def closed(fact: ConversationClosed) -> None:
    look_at(fact.conversation_id)


@on(ConversationReopened)
def reopened(fact: ConversationReopened) -> None:
    look_at(fact.conversation_id)


@on(ConversationSnoozed)
def snoozed(fact: ConversationSnoozed) -> None:
    look_at(fact.conversation_id)


@on(ConversationWoke)
def woke(fact: ConversationWoke) -> None:
    look_at(fact.conversation_id)


@on(PriorityChanged)
def prioritised(fact: PriorityChanged) -> None:
    look_at(fact.conversation_id)


@on(EntriesMoved)
def moved(fact: EntriesMoved) -> None:
    """A promise goes along with who was promised it, and comes back with them."""
    there = select(Ticket).where(Ticket.conversation_id.in_((fact.from_id, fact.to_id)))
    for ticket in db.session.scalars(there.order_by(Ticket.id)).all() if fact.kind == "merge" else ():
        ticket.follow()
    look_at(fact.from_id)
    look_at(fact.to_id)


@on(HoursChanged)
def hours_changed(_fact: HoursChanged) -> None:
    later("tickets.look_at_all", key="tickets.look_at_all")


@on(PromiseBroken)
def escalate(fact: PromiseBroken) -> None:
    """A broken promise goes up a level by itself, once per target."""
    ticket = db.session.get(Ticket, fact.ticket_id)
    if ticket is not None and ticket.conversation.state != "closed":
        ticket.escalate(None, f"{TARGETS[fact.target].capitalize()} is late.")


@on(TicketRated)
def follow_up(fact: TicketRated) -> None:
    """Below three stars somebody looks at it again."""
    rating = db.session.get(Rating, fact.rating_id)
    ticket = db.session.get(Ticket, fact.ticket_id)
    if rating is not None and ticket is not None and rating.is_poor:
        ticket.explain(f"Rated {rating.stars} of 5: talk to them.")
        ticket.conversation.tag("follow-up")


@errand("tickets.look")
def look(ticket_id: int) -> None:
    """A share of the time for some promise is used up, or it is broken."""
    ticket = db.session.get(Ticket, ticket_id)
    if ticket is not None:
        recompute(ticket)


@errand("tickets.look_at_all")
def look_at_all(after: int = 0) -> None:
    """Every living ticket in batches; each night, and whenever the hours changed."""
    last, _ = mend(after, BATCH)
    if last is not None:
        later("tickets.look_at_all", after=last)
