"""Series: several sessions at the same wall time, with a look at each before anything is booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.consults.bookings import Booking
from app.consults.hosts import Host
from app.consults.offer import offer
from app.consults.seats import lock
from app.consults.taking import Taken
from app.consults.types import ConsultType
from app.consults.walltime import epoch, exists, local
from app.lib import clock
from app.lib.db import Instant, Model, Slug, add, claim, db

WEEKS = (1, 2, 4)
NEAR = 3


class Series(Model):
    """Sessions that were booked together; `confirmed_at`: since when the visitor has the one letter about all of them."""

    __tablename__ = "booking_series"

    type_slug: Mapped[Slug]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    every_weeks: Mapped[int] = mapped_column(default=1)
    confirmed_at: Mapped[Instant | None]

    @classmethod
    def confirm(cls, series_id: int) -> bool:
        """True for the first who wants to write that letter."""
        unsaid = update(cls).where(cls.id == series_id, cls.confirmed_at.is_(None))
        return claim(unsaid.values(confirmed_at=clock.now()))


@dataclass(frozen=True)
class Session:
    """One session of a planned series: its start when it can be had, else the wall time that cannot and free starts near it."""

    wall: datetime
    start: int | None
    near: tuple[int, ...] = ()


def preview(kind: ConsultType, first: int, count: int, weeks: int, zone: ZoneInfo) -> list[Session]:
    """Each session of a series at the visitor's own wall time; past the booking window there is nothing near either."""
    wall = local(first, zone).replace(tzinfo=None)
    return [looked_at(kind, wall + timedelta(weeks=weeks * number), zone) for number in range(min(count, kind.series))]


def looked_at(kind: ConsultType, wall: datetime, zone: ZoneInfo) -> Session:
    free = offer(kind)
    start = epoch(wall.replace(tzinfo=zone))
    if exists(wall, zone) and start in free.hosts and start in free.between(start, start + 1):
        return Session(wall, start)
    around = free.between(start - 2 * 86400, start + 2 * 86400)
    return Session(wall, None, tuple(sorted(sorted(around, key=lambda other: abs(other - start))[:NEAR])))


def book(kind: ConsultType, starts: list[int], zone: str, weeks: int, **more: Any) -> list[Booking]:
    """Hold every session, or none. Raises Taken for the first that cannot be had."""
    lock([host.id for host in Host.holding(kind)])
    series = add(Series(type_slug=kind.slug, every_weeks=weeks))
    bookings = [Booking.hold(kind, start, zone, series_id=series.id, **more) for start in sorted(set(starts))]
    if not bookings:
        raise Taken(0, [])
    return bookings


def sessions_of(booking: Booking) -> list[Booking]:
    """All sessions that were booked together with this one, in order; it alone when it is no series."""
    if booking.series_id is None:
        return [booking]
    return list(db.session.scalars(select(Booking).where(Booking.series_id == booking.series_id).order_by(Booking.starts_at)))
