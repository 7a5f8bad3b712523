"""What a type asks of somebody who did not come before."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, or_, select

from app.accounts.models import plain
from app.checkout.models import asking
from app.consults.bookings import Booking
from app.consults.changes import Outcome
from app.consults.types import ConsultType
from app.lib import clock
from app.lib.db import db

YEAR = timedelta(days=365)


class NotOnline(Exception):
    """This person cannot book this type online any more; they are asked to call."""


def asked_first(kind: ConsultType, booking: Booking) -> str:
    """What comes before this booking stands: nothing, `approval` by a person here, or a `deposit`; approval where none can be taken.

    Raises NotOnline when the type lets them book no more.
    """
    if kind.no_shows is None or no_shows(booking) < kind.no_shows:
        return ""
    if kind.then == "block":
        raise NotOnline
    return "deposit" if kind.then == "deposit" and asking.can_ask() else "approval"


def no_shows(booking: Booking) -> int:
    """How many consults of the last year whoever books missed: by person, or by the address they give."""
    whose = [func.lower(Booking.email) == plain(booking.email)] if booking.email else []
    whose += [Booking.person_id.in_(booking.person.aliases())] if booking.person else []
    if not whose:
        return 0
    missed = select(func.count()).select_from(Outcome).join(Booking, Booking.id == Outcome.booking_id).where(or_(*whose), ~Outcome.came)
    return db.session.scalar(missed.where(Booking.starts_at > clock.now() - YEAR)) or 0
