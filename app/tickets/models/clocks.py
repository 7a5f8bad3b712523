"""The kept answers of a ticket's clocks. They are a cache of what the log says: made anew at every event, checked every night."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Team
from app.conversations.models import Conversation, Entry
from app.hours.clockwork import Calendar
from app.hours.models import calendar
from app.lib import clock
from app.lib.db import Instant, Model, add, db
from app.lib.facts import tell
from app.lib.outbox import cancel, later
from app.tickets import clockwork, policies
from app.tickets.clockwork import Clock, Happening
from app.tickets.events import PromiseBroken, PromiseNear
from app.tickets.policies import Policy

if TYPE_CHECKING:
    from app.tickets.models.ticket import Ticket

EVENTS = {"snoozed", "woke", "closed"}


class SlaClock(Model):
    """One promise of one ticket: which, under which policy, from when, due when, ended when."""

    __tablename__ = "sla_clocks"
    __table_args__ = (UniqueConstraint("ticket_id", "target", "cycle"), Index("ix_sla_clocks_policy_ended", "policy_id", "ended_at"))

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    target: Mapped[str] = mapped_column(String(12))
    cycle: Mapped[int]
    policy_id: Mapped[str] = mapped_column(String(80))
    seconds: Mapped[int]
    started_at: Mapped[Instant]
    due_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    marks: Mapped[list[SlaMark]] = relationship(cascade="all, delete-orphan", order_by="SlaMark.id")

    @property
    def met(self) -> bool | None:
        """Whether it was met in time; None while it runs."""
        return None if self.ended_at is None or self.due_at is None else self.ended_at <= self.due_at


class SlaMark(Model):
    """Something about a promise that is said exactly once: 50, 75, 90 (shares of its time), breach, met."""

    __tablename__ = "sla_marks"
    __table_args__ = (UniqueConstraint("clock_id", "kind"),)

    clock_id: Mapped[int] = mapped_column(ForeignKey("sla_clocks.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[Instant]


def recompute(ticket: Ticket) -> bool:
    """Read the log again and keep what it says: clocks, the next due time, what has to be told. True when anything differed."""
    kept = db.session.scalars(select(SlaClock).where(SlaClock.ticket_id == ticket.id)).all()
    return apply(ticket, log_of([ticket.conversation_id])[ticket.conversation_id], kept)


def recompute_all(tickets: Sequence[Ticket]) -> int:
    """The same for many with two reads; gives how many differed (drift: nobody had told them)."""
    logs = log_of([ticket.conversation_id for ticket in tickets])
    kept: dict[int, list[SlaClock]] = {ticket.id: [] for ticket in tickets}
    for row in db.session.scalars(select(SlaClock).where(SlaClock.ticket_id.in_(kept))):
        kept[row.ticket_id].append(row)
    return sum(apply(ticket, logs[ticket.conversation_id], kept[ticket.id]) for ticket in tickets)


def log_of(conversation_ids: Iterable[int]) -> dict[int, list[Happening]]:
    """What the clocks need of the entries of these conversations, in order."""
    logs: dict[int, list[Happening]] = {number: [] for number in conversation_ids}
    columns = (Entry.conversation_id, Entry.kind, Entry.voice, Entry.what, Entry.data, Entry.created_at)
    wanted = select(*columns).where(Entry.conversation_id.in_(logs)).order_by(Entry.conversation_id, Entry.seq)
    for row in db.session.execute(wanted):
        what = name_of(row)
        if what:
            logs[row.conversation_id].append(Happening(row.created_at, what))
    return logs


def name_of(row: Any) -> str:
    if row.kind in {"message", "file"}:
        return str(row.voice) if row.voice in {"customer", "agent"} else ""
    if row.what == "reopened":
        return "undone" if row.data.get("undone") else "reopened"
    return row.what if row.what in EVENTS else ""


def apply(ticket: Ticket, log: list[Happening], kept: Sequence[SlaClock]) -> bool:
    conversation, now = ticket.conversation, clock.now()
    policy = policies.choose(team_slug(conversation), ticket.tier)
    ticket.policy_id = policy.id
    by_key = {(row.target, row.cycle): row for row in kept}
    differed, next_marks, dues = False, [], []
    for one in clockwork.clocks(log, conversation.created_at):
        row = by_key.get((one.target, one.cycle))
        if row is not None and row.ended_at is not None and row.ended_at == one.ended_at:
            continue
        seconds = policy.seconds(conversation.priority, one.target)
        if seconds is None:
            continue
        hours = calendar(policy.calendar)
        row, changed = keep(ticket, row, one, policy, seconds, one.due(hours, seconds, now))
        differed |= changed
        next_marks += mark(ticket, row, one, hours, now)
        dues += [row.due_at] if row.due_at and row.ended_at is None else []
    set_due(conversation, min(dues, default=None))
    plan(ticket, min(next_marks, default=None))
    return differed


def team_slug(conversation: Conversation) -> str | None:
    team = db.session.get(Team, conversation.team_id) if conversation.team_id else None
    return team.slug if team else None


def keep(ticket: Ticket, row: SlaClock | None, one: Clock, policy: Policy, seconds: int, due_at: datetime | None) -> tuple[SlaClock, bool]:
    ended_due = due_at if due_at is not None or row is None else row.due_at
    values = {"policy_id": policy.id, "seconds": seconds, "started_at": one.started_at, "due_at": ended_due, "ended_at": one.ended_at}
    if one.ended_at is None:
        values["due_at"] = due_at
    if row is None:
        return add(SlaClock(ticket_id=ticket.id, target=one.target, cycle=one.cycle, **values)), True
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return row, bool(changed)


def mark(ticket: Ticket, row: SlaClock, one: Clock, hours: Calendar, now: datetime) -> list[datetime]:
    """Say once what has come true; gives the instants at which more will."""
    said = {found.kind for found in row.marks}
    if one.ended_at is not None:
        say(ticket, row, "met" if row.met is not False else "breach", one.ended_at, said)
        return []
    steps = clockwork.thresholds(one, hours, row.seconds, now)
    for kind, at in steps:
        if at <= now:
            say(ticket, row, kind, at, said)
    return [at for _, at in steps if at > now]


def say(ticket: Ticket, row: SlaClock, kind: str, at: datetime, said: set[str]) -> None:
    if kind in said:
        return
    row.marks.append(SlaMark(kind=kind, at=at))
    db.session.flush()
    if kind == "breach":
        tell(PromiseBroken(ticket_id=ticket.id, target=row.target))
    elif kind.isdigit():
        tell(PromiseNear(ticket_id=ticket.id, target=row.target, share=int(kind)))


def set_due(conversation: Conversation, due_at: datetime | None) -> None:
    if conversation.next_due_at != due_at:
        conversation.next_due_at = due_at


def plan(ticket: Ticket, at: datetime | None) -> None:
    """Look again when the next share is used up."""
    key = f"sla:{ticket.id}"
    if at is None:
        cancel(key)
    else:
        later("tickets.look", due_at=at, key=key, ticket_id=ticket.id)
