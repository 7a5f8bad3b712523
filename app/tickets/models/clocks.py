"""The kept answers of a ticket's clocks. They are a cache of what the log says: made anew at every event, checked every night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from app.accounts.models import Team
from app.conversations.models import Conversation
from app.hours.models import calendar
from app.lib import clock
from app.lib.db import Instant, Model, db
from app.lib.facts import tell
from app.lib.outbox import reschedule
from app.tickets import clockwork, policies
from app.tickets.clockwork import Clock, Happening
from app.tickets.events import PromiseBroken, PromiseNear
from app.tickets.models.logs import log_of
from app.tickets.policies import Policy

if TYPE_CHECKING:
    from app.tickets.models.ticket import Ticket

Key = tuple[str, int]


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
    return recompute_all([ticket]) == 1


def recompute_all(tickets: Sequence[Ticket]) -> int:
    """The same for many with a handful of reads; gives how many differed (drift: nobody had told them)."""
    tickets = together(tickets)
    rules, logs = policies.policies(), log_of([ticket.beginning.id for ticket in tickets])
    kept = kept_of([ticket.id for ticket in tickets])
    differed, looks = 0, {}
    dues: dict[Conversation, list[datetime]] = {}
    with db.session.no_autoflush:
        for ticket in tickets:
            policy = policies.choose(team_slug(ticket.beginning), ticket.tier, rules)
            changed, looks[ticket.id], due_at = apply(ticket, policy, logs[ticket.beginning.id], kept[ticket.id])
            dues.setdefault(ticket.conversation, []).extend([due_at] if due_at else [])
            differed += changed
    for conversation, some in dues.items():
        set_due(conversation, min(some, default=None))
    plan(looks)
    return differed


def together(tickets: Sequence[Ticket]) -> list[Ticket]:
    """These, and whatever stands in the same conversations: the next due time is that of all of them."""
    places, known = {ticket.conversation_id for ticket in tickets}, {ticket.id for ticket in tickets}
    cls = type(tickets[0]) if tickets else None
    others = db.session.scalars(select(cls).where(cls.conversation_id.in_(places), cls.id.not_in(known))) if cls else ()
    return [*tickets, *others]


@dataclass
class Kept:
    """What is kept of one ticket's clocks: rows of those that run, and of the others only when they ended."""

    running: dict[Key, SlaClock] = field(default_factory=dict)
    ended: dict[Key, datetime | None] = field(default_factory=dict)

    def row(self, ticket: Ticket, key: Key) -> SlaClock | None:
        if key not in self.ended:
            return self.running.get(key)
        theirs = (SlaClock.ticket_id == ticket.id, SlaClock.target == key[0], SlaClock.cycle == key[1])
        return db.session.scalar(select(SlaClock).where(*theirs))


def kept_of(ticket_ids: Iterable[int]) -> dict[int, Kept]:
    kept = {number: Kept() for number in ticket_ids}
    theirs = SlaClock.ticket_id.in_(kept)
    for row in db.session.scalars(select(SlaClock).where(theirs, SlaClock.ended_at.is_(None)).options(selectinload(SlaClock.marks))):
        kept[row.ticket_id].running[row.target, row.cycle] = row
    ended = select(SlaClock.ticket_id, SlaClock.target, SlaClock.cycle, SlaClock.ended_at)
    for number, target, cycle, ended_at in db.session.execute(ended.where(theirs, SlaClock.ended_at.is_not(None))):
        kept[number].ended[target, cycle] = ended_at
    return kept


def apply(ticket: Ticket, policy: Policy, log: list[Happening], kept: Kept) -> tuple[bool, datetime | None, datetime | None]:
    """Whether anything differed from what was kept, when the next share of some promise is used up, and when the next is due."""
    conversation, now = ticket.beginning, clock.now()
    ticket.policy_id = policy.id
    differed, next_marks, dues = False, [], []
    for one in promises(log, conversation.created_at, conversation.priority, policy, kept.ended, now):
        row, changed = keep(ticket, kept.row(ticket, one.key), one, policy)
        differed |= changed
        next_marks += mark(ticket, row, one, now)
        dues += [row.due_at] if row.due_at and row.ended_at is None else []
        kept.running.pop(one.key, None)
    for row in kept.running.values():
        # What asked for it went elsewhere: it is neither kept nor late.
        db.session.delete(row)
        differed = True
    return differed, min(next_marks, default=None), min(dues, default=None)


@dataclass(frozen=True)
class Promise:
    """One clock of a log under a policy: how many open seconds it has, and when each share of them is used up."""

    clock: Clock
    seconds: int
    steps: list[tuple[str, datetime]]

    @property
    def key(self) -> Key:
        return self.clock.target, self.clock.cycle

    @property
    def due_at(self) -> datetime | None:
        return self.steps[-1][1] if self.steps else None


def promises(
    log: Sequence[Happening], opened_at: datetime, priority: str, policy: Policy, ended: Mapping[Key, datetime | None], now: datetime
) -> Iterator[Promise]:
    """What a log promises under this policy, without those that are kept as `ended` at the same instant: nothing can change there."""
    for one in clockwork.clocks(log, opened_at):
        seconds = policy.seconds(priority, one.target)
        if seconds is None or (one.ended_at is not None and ended.get((one.target, one.cycle)) == one.ended_at):
            continue
        yield Promise(one, seconds, clockwork.thresholds(one, calendar(policy.calendar), seconds, now))


def team_slug(conversation: Conversation) -> str | None:
    team = db.session.get(Team, conversation.team_id) if conversation.team_id else None
    return team.slug if team else None


def keep(ticket: Ticket, row: SlaClock | None, promise: Promise, policy: Policy) -> tuple[SlaClock, bool]:
    one, due_at = promise.clock, promise.due_at
    if one.ended_at is not None and due_at is None and row is not None:
        due_at = row.due_at
    values = {"policy_id": policy.id, "seconds": promise.seconds, "started_at": one.started_at, "due_at": due_at, "ended_at": one.ended_at}
    if row is None:
        row = SlaClock(ticket_id=ticket.id, target=one.target, cycle=one.cycle, marks=[], **values)
        db.session.add(row)
        return row, True
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return row, bool(changed)


def mark(ticket: Ticket, row: SlaClock, promise: Promise, now: datetime) -> list[datetime]:
    """Say once what has come true; gives the instants at which more will."""
    said, ended_at = {found.kind for found in row.marks}, promise.clock.ended_at
    if ended_at is not None:
        say(ticket, row, "met" if row.met is not False else "breach", ended_at, said)
        return []
    for kind, at in promise.steps:
        if at <= now:
            say(ticket, row, kind, at, said)
    return [at for _, at in promise.steps if at > now]


def say(ticket: Ticket, row: SlaClock, kind: str, at: datetime, said: set[str]) -> None:
    if kind in said:
        return
    row.marks.append(SlaMark(kind=kind, at=at))
    if kind == "breach":
        tell(PromiseBroken(ticket_id=ticket.id, target=row.target))
    elif kind.isdecimal():
        tell(PromiseNear(ticket_id=ticket.id, target=row.target, share=int(kind)))


def set_due(conversation: Conversation, due_at: datetime | None) -> None:
    if conversation.next_due_at != due_at:
        conversation.next_due_at = due_at


def plan(looks: dict[int, datetime | None]) -> None:
    """Look again at each ticket when its next share is used up; None: there is nothing to wait for."""
    reschedule("tickets.look", {timer(number): (at, {"ticket_id": number}) for number, at in looks.items()})


def timer(ticket_id: int) -> str:
    """The key of the errand that looks at this ticket again."""
    return f"sla:{ticket_id}"
