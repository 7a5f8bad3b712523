"""Conflicts: a host's calendar and a standing consult say different things about the same time."""

from __future__ import annotations

from sqlalchemy import delete, select

from app.consults.bookings import Booking
from app.consults.calendars import BusyTime, CalendarCopy, CalendarLink, Changes, Conflict
from app.consults.events import ConflictFound
from app.consults.seats import Seat
from app.lib import clock
from app.lib.db import add, db
from app.lib.facts import tell


def look_for_conflicts(link: CalendarLink, changes: Changes) -> None:
    """Raise what is new, forget what is over. A conflict that somebody settled stays settled while it lasts."""
    ahead = standing(link)
    found = {(booking.id, "over") for booking in ahead if overlaid(link, booking)} | tampered(link, ahead, changes)
    known = {(one.booking_id, one.kind): one for one in db.session.scalars(select(Conflict).where(Conflict.link_id == link.id))}
    for booking_id, kind in sorted(found - set(known)):
        raise_conflict(link, booking_id, kind)
    for key, one in known.items():
        if key not in found and (one.kind == "over" or changes.whole or one.booking_id not in {booking.id for booking in ahead}):
            db.session.execute(delete(Conflict).where(Conflict.id == one.id))


def raise_conflict(link: CalendarLink, booking_id: int, kind: str) -> None:
    conflict = add(Conflict(booking_id=booking_id, link_id=link.id, kind=kind))
    tell(ConflictFound(conflict_id=conflict.id))


def standing(link: CalendarLink) -> list[Booking]:
    mine = select(Seat.booking_id).where(Seat.host_id == link.host_id, Seat.freed_at.is_(None))
    ahead = select(Booking).where(Booking.id.in_(mine), Booking.made_here(), Booking.state == "booked", Booking.ends_at > clock.now())
    return list(db.session.scalars(ahead).unique())


def overlaid(link: CalendarLink, booking: Booking) -> bool:
    """Another event lies over the consult itself; its buffers are ours to give away."""
    over = select(BusyTime.id).where(
        BusyTime.link_id == link.id, BusyTime.starts_at < booking.ends_at, BusyTime.ends_at > booking.starts_at
    )
    return db.session.scalar(over.limit(1)) is not None


def tampered(link: CalendarLink, ahead: list[Booking], changes: Changes) -> set[tuple[int, str]]:
    """What somebody did to our own events in their calendar: deleted, or moved to another start."""
    copies = select(CalendarCopy).where(CalendarCopy.link_id == link.id, ~CalendarCopy.gone)
    written = {copy.booking_id: copy for copy in db.session.scalars(copies)}
    found = set()
    for booking in ahead:
        copy, start = written.get(booking.id), changes.own.get(booking.uid)
        if copy is not None and is_missing(copy, changes):
            found.add((booking.id, "missing"))
        elif copy is not None and copy.sequence == booking.sequence and start is not None and start != booking.starts_at:
            found.add((booking.id, "moved"))
    return found


def is_missing(copy: CalendarCopy, changes: Changes) -> bool:
    return copy.href in changes.gone or (changes.whole and copy.href not in changes.objects)
