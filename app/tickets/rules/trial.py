"""A dry run: what a rule would have done in the last thirty days. Nothing is changed and nothing is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from app.conversations.models import Closure, Conversation, Entry
from app.lib import clock
from app.lib.db import db
from app.tickets.models.clocks import SlaClock, SlaMark
from app.tickets.models.ratings import Rating
from app.tickets.models.ticket import Ticket
from app.tickets.rules import doing
from app.tickets.rules.asking import Case, holds
from app.tickets.rules.hearing import first_words
from app.tickets.rules.rows import Rule

SPAN = timedelta(days=30)
MOST, SHOWN = 2000, 100


@dataclass(frozen=True)
class Try:
    """One time that the rule would have acted: on what, when, and the deeds that would change something today."""

    conversation: Conversation
    at: datetime
    deeds: list[str]


@dataclass(frozen=True)
class Trial:
    """How often its event came, how often its conditions held (`tries` shows the newest of these), and whether that was all."""

    events: int
    hits: int
    tries: list[Try]
    whole: bool


def trial(rule: Rule) -> Trial:
    """Conversations are judged as they stand today, the words and the hour as they were then."""
    since, events, hits = clock.now() - SPAN, 0, 0
    tries: list[Try] = []
    for case in PAST[rule.event](since, rule):
        events += 1
        if holds(rule.conditions, case):
            hits += 1
            if len(tries) < SHOWN:
                tries.append(tried(rule, case))
    return Trial(events, hits, tries, events < MOST)


def tried(rule: Rule, case: Case) -> Try:
    deeds = [doing.in_words(deed) for deed in rule.deeds if doing.would_do(deed, case.conversation)]
    return Try(case.conversation, case.at, deeds)


def conversations(since: datetime, _rule: Rule) -> Iterator[Case]:
    for row in db.session.scalars(select(Conversation).where(Conversation.created_at > since).order_by(Conversation.id.desc()).limit(MOST)):
        yield Case.of(row, first_words(row.id), row.created_at)


def tickets(since: datetime, _rule: Rule) -> Iterator[Case]:
    for row in db.session.scalars(select(Ticket).where(Ticket.created_at > since).order_by(Ticket.id.desc()).limit(MOST)):
        yield Case.of(row.conversation, first_words(row.conversation_id), row.created_at)


def entries(what: str) -> Callable[[datetime, Rule], Iterator[Case]]:
    """Past entries of a kind: messages of a voice, or events of a name."""

    def past(since: datetime, _rule: Rule) -> Iterator[Case]:
        found: Select[Entry] = select(Entry).where(Entry.created_at > since)
        found = (
            found.where(Entry.kind == "message", Entry.voice == what) if what in {"customer", "agent"} else found.where(Entry.what == what)
        )
        for row in db.session.scalars(found.order_by(Entry.id.desc()).limit(MOST)):
            yield Case.of(db.session.get_one(Conversation, row.conversation_id), row.body, row.created_at)

    return past


def closures(since: datetime, _rule: Rule) -> Iterator[Case]:
    for row in db.session.scalars(select(Closure).where(Closure.created_at > since).order_by(Closure.id.desc()).limit(MOST)):
        yield Case.of(db.session.get_one(Conversation, row.conversation_id), "", row.created_at)


def marks(near: bool) -> Callable[[datetime, Rule], Iterator[Case]]:
    def past(since: datetime, _rule: Rule) -> Iterator[Case]:
        kinds = ("50", "75", "90") if near else ("breach",)
        found = (
            select(SlaMark, SlaClock, Ticket).join(SlaClock, SlaClock.id == SlaMark.clock_id).join(Ticket, Ticket.id == SlaClock.ticket_id)
        )
        found = found.where(SlaMark.at > since, SlaMark.kind.in_(kinds)).order_by(SlaMark.id.desc()).limit(MOST)
        for mark, promise, ticket in db.session.execute(found):
            facts = {"target": promise.target, **({"share": mark.kind} if near else {})}
            yield Case.of(ticket.conversation, first_words(ticket.conversation_id), mark.at, **facts)

    return past


def ratings(since: datetime, _rule: Rule) -> Iterator[Case]:
    found = select(Rating, Ticket).join(Ticket, Ticket.id == Rating.ticket_id).where(Rating.created_at > since)
    for rating, ticket in db.session.execute(found.order_by(Rating.id.desc()).limit(MOST)):
        yield Case.of(ticket.conversation, first_words(ticket.conversation_id), rating.created_at, stars=rating.stars)


def silences(since: datetime, rule: Rule) -> Iterator[Case]:
    still = clock.now() - timedelta(hours=rule.hours or 24)
    found = select(Conversation).where(Conversation.last_at > since, Conversation.last_at < still, Conversation.state != "closed")
    for row in db.session.scalars(found.order_by(Conversation.last_at.desc()).limit(MOST)):
        yield Case.of(row, first_words(row.id), row.last_at + timedelta(hours=rule.hours or 24))


PAST: dict[str, Callable[[datetime, Rule], Iterator[Case]]] = {
    "began": conversations,
    "opened": tickets,
    "wrote": entries("customer"),
    "answered": entries("agent"),
    "priority": entries("priority"),
    "transferred": entries("transferred"),
    "closed": closures,
    "reopened": entries("reopened"),
    "near": marks(near=True),
    "broken": marks(near=False),
    "rated": ratings,
    "quiet": silences,
}
