"""Two ways with outside calendars: what they say becomes busy time and conflicts, what is booked here is written there. In jobs only."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import select, update

from app.consults.bookings import Booking
from app.consults.calendars import CalendarCopy, CalendarLink, Snapshot, calendar_of
from app.consults.conflicts import look_for_conflicts
from app.consults.invitation import for_host
from app.consults.seats import Seat
from app.lib import clock
from app.lib.db import db, let_go, only
from app.lib.outbox import errand, later

FOLLOWED = timedelta(days=30)


@errand("calendars.sync_due")
def sync_due() -> None:
    """Ask every linked calendar that was not asked for a while."""
    for link in CalendarLink.due():
        ask_soon(link)


def ask_soon(link: CalendarLink) -> None:
    later("calendars.sync", key=f"calendars:sync:{link.id}", link_id=link.id)


@errand("calendars.sync")
def sync(link_id: int) -> None:
    """Read one calendar. A calendar that cannot be read says why on its host's page; it is asked again at its next turn."""
    link = db.session.get(CalendarLink, link_id)
    if link is None:
        return
    plug, snapshot, began = calendar_of(link.kind), link.snapshot(uids_of(link)), time.monotonic()
    let_go()
    try:
        changes, problem = plug.read(snapshot), ""
    except (OSError, ValueError) as error:
        changes, problem = None, str(error)[:1000] or type(error).__name__
    link = db.session.get(CalendarLink, link_id, populate_existing=True)
    if link is None:
        return
    link.last_try_at, link.last_error, link.took_ms = clock.now(), problem, int((time.monotonic() - began) * 1000)
    if changes is not None:
        link.took(changes)
        look_for_conflicts(link, changes)
    if not problem and not link.choices:
        link.last_ok_at = clock.now()


def uids_of(link: CalendarLink) -> frozenset[str]:
    """The uids of this host's bookings, old ones included: their events may still lie in the calendar."""
    mine = select(Seat.booking_id).where(Seat.host_id == link.host_id)
    recent = Booking.ends_at > clock.now() - FOLLOWED
    return frozenset(db.session.scalars(select(Booking.uid).where(Booking.id.in_(mine), recent)))


def follow(booking: Booking) -> None:
    """Let every calendar that shows this consult, or should, be brought in line. A provider writes its own there."""
    if booking.is_outside:
        return
    hosts = select(Seat.host_id).where(Seat.booking_id == booking.id)
    for link_id in db.session.scalars(select(CalendarLink.id).where(CalendarLink.writes, CalendarLink.host_id.in_(hosts))):
        push_soon(link_id, booking.id)


def push_soon(link_id: int, booking_id: int) -> None:
    later("calendars.push", key=f"calendars:push:{link_id}:{booking_id}", link_id=link_id, booking_id=booking_id)


def write_again(link_id: int, booking_id: int) -> None:
    """Put our event back as it should be, after somebody touched it there."""
    db.session.execute(
        update(CalendarCopy).where(CalendarCopy.link_id == link_id, CalendarCopy.booking_id == booking_id).values(sequence=-1, gone=False)
    )
    push_soon(link_id, booking_id)


def push_all(link: CalendarLink) -> None:
    """Write every consult ahead into a calendar that was just linked."""
    mine = select(Seat.booking_id).where(Seat.host_id == link.host_id, Seat.freed_at.is_(None))
    for booking_id in db.session.scalars(
        select(Booking.id).where(Booking.id.in_(mine), Booking.made_here(), Booking.state == "booked", Booking.ends_at > clock.now())
    ):
        push_soon(link.id, booking_id)


@errand("calendars.push")
def push(link_id: int, booking_id: int) -> None:
    """Bring one consult in one calendar in line: written, rewritten or removed. Errors are tried again by the outbox."""
    link, booking = db.session.get(CalendarLink, link_id), db.session.get(Booking, booking_id)
    if link is None or booking is None or not link.writes or link.choices:
        return
    copy = db.session.scalar(select(CalendarCopy).where(CalendarCopy.link_id == link_id, CalendarCopy.booking_id == booking_id))
    wanted = booking.state == "booked" and any(seat.host_id == link.host_id for seat in booking.living_seats())
    if wanted and (copy is None or copy.sequence < booking.sequence or copy.gone):
        write(link, booking, copy)
    elif not wanted and copy is not None and not copy.gone:
        remove(link, copy)


def write(link: CalendarLink, booking: Booking, copy: CalendarCopy | None) -> None:
    plug, snapshot, uid, body, sequence = calendar_of(link.kind), snap(link), booking.uid, for_host(booking), booking.sequence
    link_id, booking_id, href, etag = link.id, booking.id, copy.href if copy else "", copy.etag if copy and not copy.gone else ""
    let_go()
    href, etag = plug.put(snapshot, uid, body, href, etag)
    ours = select(CalendarCopy).where(CalendarCopy.link_id == link_id, CalendarCopy.booking_id == booking_id)
    row = only(ours, CalendarCopy(link_id=link_id, booking_id=booking_id))
    row.href, row.etag, row.sequence, row.gone = href, etag, sequence, False


def remove(link: CalendarLink, copy: CalendarCopy) -> None:
    plug, snapshot, copy_id, href = calendar_of(link.kind), snap(link), copy.id, copy.href
    let_go()
    plug.remove(snapshot, href)
    row = db.session.get(CalendarCopy, copy_id)
    if row is not None:
        row.gone = True


def snap(link: CalendarLink) -> Snapshot:
    return link.snapshot(frozenset())
