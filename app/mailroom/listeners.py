"""What the mailroom hears: a ticket was opened, somebody here answered."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.models import Link
from app.conversations.events import EntriesMoved, MessageSaid
from app.conversations.models import Conversation, Participant
from app.lib.db import db
from app.lib.facts import on
from app.mailroom import fetching
from app.mailroom.models import Correspondent, Incoming
from app.mailroom.outgoing import acknowledge, already_acknowledged, send_reply
from app.tickets.events import TicketOpened
from app.tickets.models import Ticket

CHANNELS = ("email", "form", "portal")
WAYS = ("form", "email", "portal")
FETCH = fetching.fetch


@on(TicketOpened)
def opened(fact: TicketOpened) -> None:
    """Remember under which address its customer is reached; whoever wrote by a way of their own is told that it arrived."""
    ticket = db.session.get(Ticket, fact.ticket_id)
    if ticket is None:
        return
    person = ticket.conversation.person
    if person is not None and person.reachable_email:
        Correspondent.note(ticket.conversation, person, person.reachable_email)
    if fact.way in WAYS and may_answer(ticket) and not already_acknowledged(ticket):
        acknowledge(ticket)


def may_answer(ticket: Ticket) -> bool:
    """A ticket that came by mail is acknowledged only when its first mail was a person's."""
    mails = select(Incoming.answerable).where(Incoming.conversation_id == ticket.conversation_id).order_by(Incoming.id)
    return ticket.conversation.channel != "email" or bool(db.session.scalar(mails.limit(1)))


@on(EntriesMoved, when=lambda fact: fact.kind == "merge")
def merged(fact: EntriesMoved) -> None:
    """Whoever came along reads and answers by mail where it goes on; when the merge is undone, only where they were."""
    source, target = db.session.get_one(Conversation, fact.from_id), db.session.get_one(Conversation, fact.to_id)
    if not fact.undone:
        here = set(db.session.scalars(target.participants().with_only_columns(Participant.person_id).order_by(None)))
        for one in db.session.scalars(Correspondent.of(source)).all():
            whose = Link.human(one.person)
            if whose.id in here:
                Correspondent.note(target, whose, one.email)
        return
    for one in db.session.scalars(Correspondent.of(target)).all():
        part = target.part_of(one.person)
        if part is not None and part.left_at is not None:
            db.session.delete(one)


@on(MessageSaid, when=lambda fact: fact.voice == "agent")
def said(fact: MessageSaid) -> None:
    """A person here answered in a thread that lives by mail: it leaves as a letter."""
    conversation = db.session.get(Conversation, fact.conversation_id)
    if fact.voice != "agent" or conversation is None or conversation.channel not in CHANNELS:
        return
    entry = conversation.entry(fact.entry_id)
    if entry is not None and entry.deleted_at is None:
        send_reply(conversation, entry)
