"""Offering freed time to those who wait: one at a time, in order, fifteen minutes each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.consults.bookings import Booking
from app.consults.taking import Taken
from app.consults.typefile import find_type
from app.consults.waiting import OFFER, WaitingPlace
from app.consults.walltime import epoch
from app.lib import clock
from app.lib.mail import post, write
from app.lib.page import absolute


def offer_freed(type_slug: str, start: datetime) -> Booking | None:
    """Hold a freed time for the first in line whom it suits, and write to them. None when it suits nobody or is gone again."""
    kind = find_type(type_slug)
    place = WaitingPlace.next_for(type_slug, start) if kind and start > clock.now() + OFFER else None
    if kind is None or place is None:
        return None
    who: dict[str, Any] = {name: getattr(place, name) for name in ("name", "email", "phone", "person_id")}
    try:
        booking = Booking.hold(kind, epoch(start), place.timezone, held_until=clock.now() + OFFER, waiting_id=place.id, **who)
    except Taken:
        return None
    place.offered(start)
    invite(place, booking)
    return booking


def invite(place: WaitingPlace, booking: Booking) -> None:
    links = {
        "link": absolute("consults.show_hold", token=booking.token),
        "leave_link": absolute("consults.show_waiting_place", token=place.token),
    }
    letter = write("consults/offer", place.email, booking=booking, place=place, start=booking.starts_at.astimezone(place.zone), **links)
    # They asked to be told, and the place is kept for a short while only.
    letter.about, letter.asked_for = f"booking:{booking.id}", True
    post(letter)
