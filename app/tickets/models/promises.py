"""When an answer may be expected: what the policy promises, and what the last four weeks were like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.conversations.models import Conversation
from app.hours.models import Calendar, NoOpenHours, calendar
from app.lib import clock
from app.lib.db import db
from app.tickets import policies
from app.tickets.models.clocks import SlaClock
from app.tickets.models.ticket import Ticket

LOOK_BACK = timedelta(days=28)
ENOUGH = 8
MOST = 400
SHARE = 0.8


@dataclass(frozen=True)
class Expectation:
    """`promised_at`: aware, None when nothing is promised. `likely_at`: by when four of five were answered lately, None for too few."""

    promised_at: datetime | None
    likely_at: datetime | None = None
    cases: int = 0
    policy: str = ""


def expected(team: str | None, tier: str | None, priority: str) -> Expectation:
    """What somebody may expect who writes to this team now."""
    policy, now = policies.choose(team, tier), clock.now()
    seconds, hours = policy.seconds(priority, "first"), calendar(policy.calendar)
    waits = waited(policy.id, priority, hours)
    try:
        promised = hours.add(now, seconds) if seconds else None
        likely = hours.add(now, max(60, waits[int(len(waits) * SHARE)])) if len(waits) >= ENOUGH else None
    except NoOpenHours:
        return Expectation(None)
    return Expectation(promised, likely, len(waits), policy.title)


def waited(policy_id: str, priority: str, hours: Calendar) -> list[int]:
    """The open seconds that first replies took in the last four weeks under this policy and priority, shortest first."""
    lately = select(SlaClock.started_at, SlaClock.ended_at).where(SlaClock.target == "first", SlaClock.policy_id == policy_id)
    lately = lately.where(SlaClock.ended_at.is_not(None), SlaClock.started_at > clock.now() - LOOK_BACK)
    lately = lately.join(Ticket, Ticket.id == SlaClock.ticket_id).join(Ticket.conversation).where(Conversation.priority == priority)
    rows = db.session.execute(lately.order_by(SlaClock.id.desc()).limit(MOST)).all()
    return sorted(hours.between(row.started_at, row.ended_at) for row in rows if row.ended_at)
