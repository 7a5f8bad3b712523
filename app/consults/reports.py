"""From consult to close: booked, held, missed, won, and paid within thirty days, by week, type and host."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import aliased

from app.accounts.models import plain
from app.checkout.models import Order
from app.consults.bookings import Booking
from app.consults.changes import Outcome
from app.consults.hosts import Host
from app.consults.seats import Seat
from app.lib.db import db

WITHIN = timedelta(days=30)
PAID = ("paid", "partly_paid", "processing")


@dataclass(frozen=True)
class Case:
    """One consult as the report counts it."""

    week: date
    kind: str
    hosts: tuple[str, ...]
    cancelled: bool
    came: bool | None
    won: bool
    paid: bool


@dataclass(frozen=True)
class Tally:
    """The figures of one week, type or host."""

    name: str
    booked: int
    cancelled: int
    held: int
    missed: int
    won: int
    paid: int

    @property
    def closing(self) -> float | None:
        """The share of held consults that were paid within thirty days."""
        return self.paid / self.held if self.held else None


def cases(since: datetime, until: datetime) -> list[Case]:
    """Every consult that was to begin in [since, until)."""
    columns = (Booking.id, Booking.starts_at, Booking.title, Booking.state, Booking.email, Booking.person_id)
    found = select(*columns, Outcome.came, Outcome.result)
    which = and_(Booking.state.in_(("booked", "cancelled")), Booking.starts_at >= since, Booking.starts_at < until)
    rows = db.session.execute(found.outerjoin(Outcome, Outcome.booking_id == Booking.id).where(which)).all()
    names, paid = host_names(which), payments(since, until + WITHIN)
    return [
        Case(
            week=monday(row.starts_at),
            kind=row.title,
            hosts=names.get(row.id, ()),
            cancelled=row.state == "cancelled",
            came=row.came,
            won=row.result == "won",
            paid=any(row.starts_at <= moment < row.starts_at + WITHIN for moment in paid_by(paid, row.person_id, row.email)),
        )
        for row in rows
    ]


def monday(moment: datetime) -> date:
    return moment.date() - timedelta(days=moment.weekday())


def host_names(which: ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    """Who holds each of those bookings, or held it when it ended; not those from whom it was moved away."""
    names = {host.id: host.name for host in db.session.scalars(select(Host)).unique()}
    later = aliased(Seat)
    # A move frees the seats there were and takes others; the newest start is that of the booking itself.
    moved_on = exists().where(later.booking_id == Seat.booking_id, later.freed_at.is_(None), Seat.freed_at.is_not(None))
    seats = select(Seat.booking_id, Seat.host_id).join(Booking, Booking.id == Seat.booking_id).where(which, ~moved_on)
    found: dict[int, tuple[str, ...]] = {}
    for booking_id, host_id in db.session.execute(seats.where(Seat.starts_at == Booking.starts_at).distinct().order_by(Seat.host_id)):
        found[booking_id] = (*found.get(booking_id, ()), names[host_id])
    return found


Payments = dict[tuple[str, object], list[datetime]]


def payments(since: datetime, until: datetime) -> Payments:
    """When each person, and each address, first paid an order."""
    found: Payments = {}
    rows = select(Order.person_id, Order.email, Order.paid_at).where(Order.is_sale(), Order.state.in_(PAID))
    for person_id, email, paid_at in db.session.execute(rows.where(Order.paid_at >= since, Order.paid_at < until)):
        for key in (("person", person_id), ("email", plain(email))):
            if key[1] and paid_at:
                found.setdefault(key, []).append(paid_at)
    return found


def paid_by(found: Payments, person_id: int | None, email: str) -> list[datetime]:
    return found.get(("person", person_id), []) + found.get(("email", plain(email)), [])


def tallies(of: Iterable[Case], names: Callable[[Case], Iterable[str]]) -> list[Tally]:
    """The figures by whatever `names` a case counts under."""
    grouped: dict[str, list[Case]] = {}
    for case in of:
        for name in names(case):
            grouped.setdefault(name, []).append(case)
    return [tally(name, grouped[name]) for name in sorted(grouped)]


def tally(name: str, of: list[Case]) -> Tally:
    return Tally(
        name=name,
        booked=len(of),
        cancelled=sum(case.cancelled for case in of),
        held=sum(case.came is True for case in of),
        missed=sum(case.came is False for case in of),
        won=sum(case.won for case in of),
        paid=sum(case.paid and case.came is True for case in of),
    )
