"""Changing: another time, or an end, by the signed link of a letter."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, request

from app.consults.bookings import Booking
from app.consults.changes import TooLate
from app.consults.deposits import Deposit
from app.consults.door import booking_of, bp, wanted_start
from app.consults.doors_choose import choosing, gone
from app.consults.taking import Taken
from app.consults.walltime import zone_of
from app.consults.zones import known
from app.lib.access import public
from app.lib.limits import limit
from app.lib.page import page, see


@bp.get("/book/booking/<token>/move")
@public
def edit_time(token: str) -> Any:
    """Show the free times that a consult may move to."""
    booking = booking_of(token)
    kind = booking.kind
    if kind is None or not booking.may_change():
        return see("consults.show_booking", token=token)
    return page("consults/move.html", **choosing(kind, booking=booking, zone=moving_zone(booking)))


def moving_zone(booking: Booking) -> ZoneInfo:
    """The zone somebody chose just now, else the one the consult was booked in."""
    return zone_of(known(request.values.get("tz")) or booking.timezone)


@bp.post("/book/booking/<token>/time")
@public
@limit("20/minute")
def update_time(token: str) -> Any:
    """Move the consult; 409 with the nearest free times when the new one is gone."""
    booking = booking_of(token)
    kind = booking.kind or abort(410)
    try:
        booking.move(wanted_start(booking.zone))
    except TooLate:
        return page("consults/too_late.html", 409, booking=booking, kind=kind)
    except Taken as taken:
        return page(
            "consults/move.html", 409, **choosing(kind, booking=booking, zone=moving_zone(booking), taken=gone(kind, taken, booking.zone))
        )
    return see("consults.show_booking", token=token)


@bp.get("/book/booking/<token>/cancel")
@public
def new_cancellation(token: str) -> Any:
    """Ask whether the consult shall be called off."""
    booking = booking_of(token)
    if not booking.may_change():
        return see("consults.show_booking", token=token)
    return page("consults/cancel.html", booking=booking, kind=booking.kind, deposit=Deposit.of(booking))


@bp.post("/book/booking/<token>/cancellation")
@public
@limit("20/minute")
def create_cancellation(token: str) -> Any:
    """Call the consult off."""
    booking = booking_of(token)
    try:
        booking.call_off("visitor", request.form.get("reason", "").strip())
    except TooLate:
        return page("consults/too_late.html", 409, booking=booking, kind=booking.kind)
    return see("consults.show_booking", token=token)
