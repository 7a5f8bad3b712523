"""Reception: who is here now, how long it takes, when we open, and when to be called back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from statistics import median

from flask import current_app
from sqlalchemy import func, select

from app.business.models import Site
from app.chat import first_responder
from app.chat.models import CALL_MINUTES, LANES, CallBack
from app.conversations.models import Availability, Conversation, known_as, queued
from app.hours.models import Calendar, NoOpenHours, main_calendar
from app.lib import clock
from app.lib.db import db

LOOK_BACK = timedelta(days=28)
ENOUGH = 5
CALLS_AHEAD = timedelta(days=3)
CALL = timedelta(minutes=CALL_MINUTES)


@dataclass(frozen=True, kw_only=True)
class Reception:
    """What a visitor may expect at this moment. Instants are aware UTC, `typical` is in minutes."""

    here: tuple[str, ...]
    bot: str
    is_open: bool
    opens_at: datetime | None
    reply_by: datetime | None
    typical: int | None
    waiting: int

    @property
    def is_live(self) -> bool:
        """Whether somebody, person or bot, answers now."""
        return bool(self.here or self.bot)

    @property
    def names(self) -> str:
        """`Grace`, `Grace and Linus`, `Grace, Linus and 2 more`."""
        first, more = list(self.here[:2]), len(self.here) - 2
        if more > 0:
            return f"{', '.join(first)} and {more} more"
        return " and ".join(first)


def reception(page: str = "") -> Reception:
    """How things stand now, for somebody on this page: a bot may be silent there."""
    now, hours, bot = clock.now(), main_calendar(), first_responder.current(page)
    here = tuple(known_as(row.person) for row in db.session.scalars(Availability.online()).unique())
    return Reception(
        here=here,
        bot=bot.name if bot else "",
        is_open=hours.is_open(now),
        opens_at=None if hours.is_open(now) else hours.next_opening(now),
        reply_by=reply_by(hours, now),
        typical=typical(),
        waiting=db.session.scalar(select(func.count()).select_from(queued().order_by(None).subquery())) or 0,
    )


def reply_by(hours: Calendar, now: datetime) -> datetime | None:
    """The instant by which our promise says a person has answered, reckoned in open time; None when we never open."""
    try:
        return hours.add(now, Site.current().promises.reply_hours * 3600)
    except NoOpenHours:
        return None


def typical() -> int | None:
    """The median minutes until a person answered, over the chats of the last four weeks that began in open hours; None for too few."""
    kept = current_app.extensions.setdefault("chat.typical", {})
    minute = clock.now().replace(second=0, microsecond=0)
    if kept.get("minute") != minute:
        kept.clear()
        kept.update(minute=minute, value=measured(minute))
    value: int | None = kept["value"]
    return value


def measured(now: datetime) -> int | None:
    rows = select(Conversation.created_at, Conversation.first_reply_at).where(Conversation.channel == "chat")
    rows = rows.where(Conversation.first_reply_at.is_not(None), Conversation.created_at > now - LOOK_BACK)
    hours = main_calendar()
    found = db.session.execute(rows.order_by(Conversation.id.desc()).limit(500)).all()
    waits = [(replied - began).total_seconds() for began, replied in found if replied and hours.is_open(began)]
    return max(1, round(median(waits) / 60)) if len(waits) >= ENOUGH else None


def call_slots(most: int = 200) -> list[datetime]:
    """The next free quarters of an hour in which we can ring, in open hours, at least half an hour from now."""
    start = clock.now() + timedelta(minutes=30)
    taken = CallBack.taken(start)
    free = (slot for slot in quarters(start) if any((slot, lane) not in taken for lane in range(LANES)))
    return list(islice(free, most))


def by_day(slots: list[datetime]) -> list[list[datetime]]:
    """These times, a list for each day of the firm's."""
    zone = main_calendar().zone
    return [list(day) for _, day in groupby(slots, key=lambda slot: slot.astimezone(zone).date())]


def quarters(start: datetime) -> Iterator[datetime]:
    for period in main_calendar().openings(start):
        if period.start > start + CALLS_AHEAD:
            return
        slot = max(period.start, start)
        slot += -(slot - period.start) % CALL
        while slot + CALL <= min(period.end, start + CALLS_AHEAD):
            yield slot
            slot += CALL
