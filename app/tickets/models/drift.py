"""The nightly look at every living ticket. Rows are read as plain values, and only what differs from its log is loaded and made anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from app.accounts.models import Team
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import db
from app.lib.outbox import waiting_for
from app.tickets import policies
from app.tickets.clockwork import Happening
from app.tickets.models.clocks import Key, Promise, SlaClock, SlaMark, promises, recompute_all, timer
from app.tickets.models.logs import log_of
from app.tickets.models.ticket import Ticket
from app.tickets.policies import Policy


@dataclass
class Standing:
    """What is kept of one ticket: of clocks that run (policy, seconds, start, due) and what was said of them; of others when they ended."""

    running: dict[Key, tuple[str, int, datetime, datetime | None]] = field(default_factory=dict)
    said: dict[Key, set[str]] = field(default_factory=dict)
    ended: dict[Key, datetime | None] = field(default_factory=dict)

    def holds(self, promise: Promise, policy: Policy, now: datetime) -> bool:
        one = promise.clock
        if one.ended_at is not None or self.running.get(promise.key) != (policy.id, promise.seconds, one.started_at, promise.due_at):
            return False
        return self.said.get(promise.key, set()).issuperset(kind for kind, at in promise.steps if at <= now)


def mend(after: int, limit: int) -> tuple[int | None, int]:
    """Look at the next `limit` living tickets after this id; gives the last one's id (None: there are no more), and how many differed."""
    rows = db.session.execute(living(after, limit)).all()
    astray = list(drifted(rows))
    if astray:
        recompute_all(db.session.scalars(select(Ticket).where(Ticket.id.in_(astray)).order_by(Ticket.id)).all())
    return (rows[-1].id if len(rows) == limit else None), len(astray)


def living(after: int, limit: int) -> Any:
    theirs = (Conversation.team_id, Conversation.priority, Conversation.created_at, Conversation.next_due_at)
    columns = (Ticket.id, Ticket.conversation_id, Ticket.began_in_id, Ticket.tier, Ticket.policy_id, *theirs)
    return Ticket.living(after, limit).with_only_columns(*columns)


def drifted(rows: Iterable[Row[Any]]) -> Iterator[int]:
    """The ids of those of which something kept is not what their log, their policy and the hour say."""
    rows, now = list(rows), clock.now()
    rules, logs = policies.policies(), log_of([row.conversation_id for row in rows])
    slugs = {number: slug for number, slug in db.session.execute(select(Team.id, Team.slug))}
    kept, timers = standing([row.id for row in rows]), waiting_for(timer(row.id) for row in rows)
    for row in rows:
        policy = policies.choose(slugs.get(row.team_id), row.tier, rules)
        # What a merge has brought is judged by where it began: there are few, and they are made anew.
        if (
            row.began_in_id is not None
            or row.policy_id != policy.id
            or not stands(row, policy, logs[row.conversation_id], kept[row.id], timers.get(timer(row.id)), now)
        ):
            yield row.id


def stands(row: Row[Any], policy: Policy, log: list[Happening], kept: Standing, timer_at: datetime | None, now: datetime) -> bool:
    dues, nexts, asked = [], [], set(kept.running)
    for promise in promises(log, row.created_at, row.priority, policy, kept.ended, now):
        if not kept.holds(promise, policy, now):
            return False
        dues += [promise.due_at] if promise.due_at else []
        nexts += [at for _, at in promise.steps if at > now]
        asked.discard(promise.key)
    return bool(not asked and row.next_due_at == min(dues, default=None) and timer_at == min(nexts, default=None))


def standing(ticket_ids: Iterable[int]) -> dict[int, Standing]:
    found = {number: Standing() for number in ticket_ids}
    theirs = SlaClock.ticket_id.in_(found)
    columns = (SlaClock.ticket_id, SlaClock.target, SlaClock.cycle, SlaClock.ended_at)
    kept = (SlaClock.policy_id, SlaClock.seconds, SlaClock.started_at, SlaClock.due_at)
    for number, target, cycle, ended_at, policy, seconds, started_at, due_at in db.session.execute(select(*columns, *kept).where(theirs)):
        if ended_at is not None:
            found[number].ended[target, cycle] = ended_at
        else:
            found[number].running[target, cycle] = (policy, seconds, started_at, due_at)
    marks = select(SlaClock.ticket_id, SlaClock.target, SlaClock.cycle, SlaMark.kind).join(SlaClock.marks)
    for number, target, cycle, kind in db.session.execute(marks.where(theirs, SlaClock.ended_at.is_(None))):
        found[number].said.setdefault((target, cycle), set()).add(kind)
    return found
