"""Why is this due: each promise of a ticket with how long it ran, stood still and was closed, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from app.conversations.models import Conversation
from app.hours.models import Calendar, calendar
from app.lib import clock, dates
from app.lib.db import db
from app.tickets import clockwork, fields, policies
from app.tickets.models import Effort, Escalation, Ticket
from app.tickets.models.clocks import team_slug
from app.tickets.models.logs import log_of

NAMES = {"first": "First reply", "next": "Next reply", "resolution": "Solved"}


@dataclass(frozen=True)
class Row:
    """One promise: its state in words (`met`, `late`, `running`, `paused`), and the sentence that explains it."""

    name: str
    state: str
    due_at: datetime | None
    words: str


@dataclass(frozen=True)
class Panel:
    """What stands beside the thread of a ticket."""

    ticket: Ticket
    policy: policies.Policy
    rows: list[Row]
    escalations: list[Escalation]
    efforts: list[Effort]
    linked: list[Ticket]
    children: list[Ticket]
    parent: Ticket | None
    own_fields: list[fields.Field]
    other_fields: dict[str, object]


def panel(conversation: Conversation) -> Panel | None:
    ticket, *others = [*db.session.scalars(Ticket.all_in(conversation))] or [None]
    if ticket is None:
        return None
    policy = policy_of(ticket)
    return Panel(
        ticket=ticket,
        policy=policy,
        rows=rows(ticket, policy) + [came_along(one, other) for other in others if other for one in rows(other, policy_of(other))],
        escalations=list(db.session.scalars(ticket.escalations())),
        efforts=list(db.session.scalars(select(Effort).where(Effort.ticket_id == ticket.id).order_by(Effort.id))),
        linked=ticket.linked(),
        children=ticket.children(),
        parent=db.session.get(Ticket, ticket.parent_id) if ticket.parent_id else None,
        own_fields=fields.fields_of(ticket),
        other_fields=fields.others_of(ticket),
    )


def policy_of(ticket: Ticket) -> policies.Policy:
    return policies.find(ticket.policy_id) or policies.choose(team_slug(ticket.beginning), ticket.tier)


def came_along(one: Row, ticket: Ticket) -> Row:
    """A promise that a merge has brought, named by where it was given."""
    return replace(one, name=f"{one.name} ({ticket.beginning.reference})")


def rows(ticket: Ticket, policy: policies.Policy) -> list[Row]:
    """Every promise of the ticket, read from the log as it stands now."""
    conversation, now, hours = ticket.beginning, clock.now(), calendar(policy.calendar)
    log = log_of([conversation.id])[conversation.id]
    found = []
    for one in clockwork.clocks(log, conversation.created_at):
        seconds = policy.seconds(conversation.priority, one.target)
        if seconds is not None:
            found.append(row(one, seconds, hours, now))
    return found


def row(one: clockwork.Clock, seconds: int, hours: Calendar, now: datetime) -> Row:
    due = hours.add(one.started_at, seconds, one.breaks(one.ended_at or now))
    until = one.ended_at or now
    if one.ended_at is not None:
        state = "met" if one.ended_at <= due else "late"
    else:
        state = "paused" if one.paused else "late" if due < now else "running"
    return Row(NAMES[one.target], state, None if one.paused else due, explain(one, seconds, hours, until))


def explain(one: clockwork.Clock, seconds: int, hours: Calendar, until: datetime) -> str:
    """`4 h of open time from 2 Mar, 12:00: ran 2 h 10 min, paused 19 h (waiting for the customer), closed 14 h.`"""
    ran = one.spent(hours, until)
    paused = sum((min(end or until, until) - start).total_seconds() for start, end, _ in one.pauses if start < until)
    idle = (until - one.started_at).total_seconds() - ran - paused
    why = ", ".join(dict.fromkeys(WAITS.get(reason, reason) for _, _, reason in one.pauses))
    parts = [f"ran {span(ran)}"]
    parts += [f"paused {span(paused)} ({why})"] if paused >= 1 else []
    parts += [f"closed hours {span(idle)}"] if idle >= 60 else []
    start = one.started_at.astimezone(hours.zone)
    return f"{span(seconds)} of open time from {dates.day(start, 'short')}, {dates.time(start)}: {', '.join(parts)}."


WAITS = {"waiting": "waiting for the customer", "snoozed": "put aside", "closed": "closed"}


def span(seconds: float) -> str:
    """Seconds in words: `45 s`, `12 min`, `2 h 10 min`."""
    whole = timedelta(seconds=int(seconds))
    hours, rest = divmod(int(whole.total_seconds()), 3600)
    minutes = rest // 60
    if not hours:
        return f"{minutes} min" if minutes else f"{rest} s"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
