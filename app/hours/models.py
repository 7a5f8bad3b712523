"""Special days that admins enter in the desk, and the calendar that they and the committed file make together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from flask import current_app, g
from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.hours.calendars import committed, names
from app.hours.clockwork import Calendar, NoOpenHours, Period
from app.hours.events import HoursChanged
from app.hours.feeds import closed_days, fetched
from app.hours.words import read_hours, say_hours, write_hours
from app.lib import clock, content
from app.lib.db import Model, Slug, after_commit, db, let_go, only
from app.lib.facts import tell
from app.lib.outbox import Errand, errand, later

DESK = ""


class SpecialDay(Model):
    """One date on which a calendar differs. `hours` is empty when closed; `source` is the feed it came from, empty for the desk."""

    __tablename__ = "special_days"
    __table_args__ = (UniqueConstraint("calendar", "day", "source"),)

    calendar: Mapped[Slug]
    day: Mapped[date]
    hours: Mapped[str] = mapped_column(String(120), default="")
    label: Mapped[str] = mapped_column(String(120), default="")
    source: Mapped[str] = mapped_column(String(400), default=DESK)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    @property
    def words(self) -> str:
        return say_hours(read_hours(self.hours))

    @classmethod
    def of(cls, calendar: str) -> Select[SpecialDay]:
        return select(cls).where(cls.calendar == calendar).order_by(cls.day, cls.id)

    @classmethod
    def ahead(cls, calendar: str) -> Select[SpecialDay]:
        """What admins entered, from yesterday on: today may have begun elsewhere."""
        return cls.of(calendar).where(cls.source == DESK, cls.day >= clock.now().date() - timedelta(days=1))

    @classmethod
    def enter(cls, calendar: str, day: date, hours: str, label: str, by_id: int | None) -> SpecialDay:
        """These are the hours of this date now, whatever the week says. Raises words.Unreadable."""
        kept = write_hours(read_hours(hours))
        row = only(cls.of(calendar).where(cls.day == day, cls.source == DESK), cls(calendar=calendar, day=day, source=DESK))
        row.hours, row.label, row.by_id = kept, label, by_id
        changed(calendar)
        return row

    def remove(self) -> None:
        db.session.delete(self)
        db.session.flush()
        changed(self.calendar)


def changed(calendar: str) -> None:
    g.pop("calendars", None)
    after_commit(current_app.extensions["hours"].clear)
    tell(HoursChanged(calendar=calendar))


def calendar(name: str = "main") -> Calendar:
    """The calendar of that name: its file in content/hours/, special days of the desk and of its feeds. Read once per request or errand."""
    known: dict[str, Calendar] = g.setdefault("calendars", {})
    if name not in known:
        known[name] = with_rows(committed(name).calendar, db.session.scalars(SpecialDay.of(name)))
    return known[name]


def with_rows(base: Calendar, rows: Iterable[SpecialDay]) -> Calendar:
    special, closed, labels = dict(base.special), dict(base.closed), dict(base.labels)
    for row in rows:
        if row.source == DESK:
            special[row.day], labels[row.day] = read_hours(row.hours), row.label
        else:
            closed[row.day] = row.label
    return replace(base, special=special, closed=closed, labels=labels, _days={})


def main_calendar() -> Calendar:
    """The one that content/site.toml names as the firm's."""
    return calendar(main_name())


def main_name() -> str:
    hours = content.table("site.toml").get("hours")
    return str(hours.get("calendar", "main")) if isinstance(hours, dict) else "main"


def feeds_of(name: str) -> list[tuple[str, str]]:
    """The addresses that a calendar follows, each with what is wrong with it now; nothing when it could be read."""
    followed = {feed_key(name, feed): feed for feed in committed(name).feeds}
    tried = select(Errand.key, Errand.state, Errand.last_error).where(Errand.key.in_(followed), Errand.attempts > 0)
    newest = {str(key): (state, error) for key, state, error in db.session.execute(tried.order_by(Errand.id))}
    states = {feed: newest.get(key, ("", None)) for key, feed in followed.items()}
    return [(feed, "" if state == "done" else (error or "").partition(": ")[2]) for feed, (state, error) in states.items()]


def feed_key(name: str, feed: str) -> str:
    return f"hours.feed:{name}:{feed}"[:200]


@errand("hours.feeds")
def follow_feeds() -> None:
    """Fetch every feed in an errand of its own, so that one that is away holds up nobody; forget those no longer followed."""
    followed = [(name, feed) for name in names() for feed in committed(name).feeds]
    for name, feed in followed:
        later("hours.feed", key=feed_key(name, feed), calendar=name, feed=feed)
    known = db.session.execute(select(SpecialDay.calendar, SpecialDay.source).where(SpecialDay.source != DESK).distinct())
    for name, feed in {(row[0], row[1]) for row in known} - set(followed):
        db.session.execute(delete(SpecialDay).where(SpecialDay.calendar == name, SpecialDay.source == feed))


@errand("hours.feed")
def follow(calendar: str, feed: str) -> None:
    """Replace what we know of one feed by what it says today."""
    let_go()
    days = dict(closed_days(fetched(feed), clock.now().date()))
    before = {row.day: row.label for row in db.session.scalars(SpecialDay.of(calendar).where(SpecialDay.source == feed))}
    if days == before:
        return
    db.session.execute(delete(SpecialDay).where(SpecialDay.calendar == calendar, SpecialDay.source == feed))
    db.session.add_all(SpecialDay(calendar=calendar, day=day, label=label, source=feed) for day, label in days.items())
    changed(calendar)


__all__ = ["Calendar", "NoOpenHours", "Period", "SpecialDay", "calendar", "main_calendar", "main_name"]
