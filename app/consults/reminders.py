"""Reminders: planned when a consult is made or moved, and judged again in the transaction that sends them."""

from __future__ import annotations

from datetime import timedelta

from app.consults.bookings import Booking
from app.consults.letters import to_visitor
from app.consults.zones import full_words
from app.lib import clock, sms
from app.lib.db import db
from app.lib.outbox import cancel, errand, later
from app.lib.page import absolute

LATE = timedelta(hours=2)


def plan(booking: Booking) -> None:
    """One errand for each reminder that still lies ahead; those of the old time go."""
    cancel(f"consults:remind:{booking.id}:*")
    kind = booking.kind
    for minutes in kind.reminders if kind else ():
        due = booking.starts_at - timedelta(minutes=minutes)
        if due > clock.now():
            key = f"consults:remind:{booking.id}:{minutes}"
            later("consults.remind", due_at=due, key=key, booking_id=booking.id, sequence=booking.sequence, minutes=minutes)


def forget(booking_id: int) -> None:
    cancel(f"consults:remind:{booking_id}:*")


@errand("consults.remind")
def remind(booking_id: int, sequence: int, minutes: int) -> None:
    """Remind, unless the consult changed meanwhile or the moment has passed: after an outage nobody gets a heap of old reminders."""
    booking = db.session.get(Booking, booking_id)
    if booking is None or not worth_sending(booking, sequence, minutes):
        return
    kind = booking.kind
    ways = kind.remind_by if kind else ("email",)
    if "email" in ways:
        to_visitor("reminder", booking, method="")
    if "sms" in ways and booking.sms_agreed_at and booking.phone:
        link = absolute("consults.show_booking", token=booking.token)
        when = full_words(booking.starts_at.astimezone(booking.zone))
        sms.text(booking.phone, f"Reminder: {booking.title}, {when}. Move or cancel: {link}", about=f"booking:{booking.id}")


def worth_sending(booking: Booking, sequence: int, minutes: int) -> bool:
    due = booking.starts_at - timedelta(minutes=minutes)
    in_time = due <= clock.now() < min(booking.starts_at, due + LATE)
    return booking.state == "booked" and booking.sequence == sequence and in_time
