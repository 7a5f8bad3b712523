"""What rules hear. Each fact becomes one event with a cause of its own, so that a fact told twice does nothing twice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select

from app.conversations.events import (
    ConversationClosed,
    ConversationOpened,
    ConversationReopened,
    ConversationTransferred,
    MessageSaid,
    PriorityChanged,
)
from app.conversations.models import Conversation, Entry
from app.lib import clock
from app.lib.db import db
from app.lib.facts import on
from app.lib.outbox import errand
from app.tickets.events import PromiseBroken, PromiseNear, TicketOpened, TicketRated
from app.tickets.models.ticket import Ticket
from app.tickets.rules.asking import Case, case_of
from app.tickets.rules.rows import Rule, RuleRun
from app.tickets.rules.running import fire

EVENT_OF = {"customer": "wrote", "agent": "answered"}
BATCH = 500


def first_words(conversation_id: int) -> str:
    said = select(Entry.body).where(Entry.conversation_id == conversation_id, Entry.kind == "message", Entry.voice == "customer")
    return db.session.scalar(said.order_by(Entry.seq).limit(1)) or ""


@on(ConversationOpened, when=lambda _fact: Rule.any_awake("began"))
def began(fact: ConversationOpened) -> None:
    fire("began", case_of(fact.conversation_id, first_words(fact.conversation_id)), "once")


@on(TicketOpened, when=lambda _fact: Rule.any_awake("opened"))
def opened(fact: TicketOpened) -> None:
    fire("opened", case_of(fact.conversation_id, first_words(fact.conversation_id)), "once")


@on(MessageSaid, when=lambda fact: fact.voice in EVENT_OF and Rule.any_awake(EVENT_OF[fact.voice]))
def said(fact: MessageSaid) -> None:
    event = EVENT_OF.get(fact.voice)
    entry = db.session.get(Entry, fact.entry_id)
    if event is not None and entry is not None:
        conversation = db.session.get_one(Conversation, fact.conversation_id)
        fire(event, Case.of(conversation, entry.body, entry.created_at), str(fact.seq))


@on(PriorityChanged, when=lambda _fact: Rule.any_awake("priority"))
def priority(fact: PriorityChanged) -> None:
    conversation = db.session.get(Conversation, fact.conversation_id)
    if conversation is not None and conversation.priority == fact.priority:
        fire("priority", Case.of(conversation), f"{fact.was}-{fact.priority}-{conversation.last_seq}")


@on(ConversationTransferred, when=lambda _fact: Rule.any_awake("transferred"))
def transferred(fact: ConversationTransferred) -> None:
    conversation = db.session.get(Conversation, fact.conversation_id)
    if conversation is not None:
        fire("transferred", Case.of(conversation), f"{fact.team_id}-{fact.assignee_id}-{conversation.last_seq}")


@on(ConversationClosed, when=lambda _fact: Rule.any_awake("closed"))
def closed(fact: ConversationClosed) -> None:
    fire("closed", case_of(fact.conversation_id), str(fact.closure_id))


@on(ConversationReopened, when=lambda _fact: Rule.any_awake("reopened"))
def reopened(fact: ConversationReopened) -> None:
    conversation = db.session.get(Conversation, fact.conversation_id)
    if conversation is not None and not fact.undone:
        fire("reopened", Case.of(conversation), str(conversation.reopened_count))


def case_of_ticket(ticket_id: int, **facts: object) -> Case | None:
    ticket = db.session.get(Ticket, ticket_id)
    return case_of(ticket.conversation_id, first_words(ticket.conversation_id), **facts) if ticket is not None else None


@on(PromiseNear, when=lambda _fact: Rule.any_awake("near"))
def near(fact: PromiseNear) -> None:
    case = case_of_ticket(fact.ticket_id, target=fact.target, share=fact.share)
    fire("near", case, f"{fact.target}-{fact.share}-{case.conversation.last_seq if case else 0}")


@on(PromiseBroken, when=lambda _fact: Rule.any_awake("broken"))
def broken(fact: PromiseBroken) -> None:
    case = case_of_ticket(fact.ticket_id, target=fact.target)
    fire("broken", case, f"{fact.target}-{case.conversation.last_seq if case else 0}")


@on(TicketRated, when=lambda _fact: Rule.any_awake("rated"))
def rated(fact: TicketRated) -> None:
    fire("rated", case_of_ticket(fact.ticket_id, stars=fact.stars), f"{fact.rating_id}-{fact.stars}")


@errand("rules.quiet")
def quiet() -> None:
    """Every quarter of an hour: conversations in which nothing has happened for as long as some rule waits."""
    for rule in db.session.scalars(Rule.awake("quiet")).all():
        still = clock.now() - timedelta(hours=rule.hours or 24)
        acted = exists().where(
            RuleRun.rule_id == rule.id, RuleRun.conversation_id == Conversation.id, RuleRun.created_at > Conversation.last_at
        )
        waiting = select(Conversation).where(Conversation.last_at < still, Conversation.state != "closed", ~acted)
        for conversation in db.session.scalars(waiting.order_by(Conversation.last_at.desc()).limit(BATCH)).all():
            # The moment from which it counts is when it fell silent for long enough, which may lie before the rule.
            fire("quiet", Case.of(conversation, first_words(conversation.id)), f"{rule.id}-{conversation.last_seq}")
