"""What a customer sees in their account: consults ahead and behind, notes shared with them, and what to book next."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_login import current_user
from sqlalchemy import exists, or_, select

from app.accounts.models import Person
from app.checkout.models import Order
from app.consults.bookings import Booking
from app.consults.typefile import offered_types
from app.consults.types import ConsultType
from app.lib import clock
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import page

bp = Blueprint("consult_account", __name__)
BOUGHT = ("paid", "partly_paid", "processing")


@bp.get("/account/consultations")
@needs("customer")
def index() -> Response:
    """Show the person's consults: those ahead with what can be done, those behind with the notes shared."""
    person: Person = current_user._get_current_object()
    rows = db.session.scalars(Booking.seen_by(person).order_by(Booking.starts_at.desc())).unique().all()
    ahead = [row for row in reversed(rows) if not row.is_over and row.stands]
    behind = [row for row in rows if row.is_over or not row.stands]
    return page("consults/account.html", ahead=ahead, behind=behind, next_step=next_step(person), person=person)


def stage_of(person: Person) -> str:
    """Where they stand: `new` (never booked), `booked` (one lies ahead), `met` (had one), or `paid`."""
    mine = or_(Order.person_id == person.id, Order.email == person.email)
    if db.session.scalar(select(exists().where(mine, Order.is_sale(), Order.state.in_(BOUGHT)))):
        return "paid"
    starts = list(db.session.scalars(Booking.seen_by(person).with_only_columns(Booking.starts_at).where(Booking.state != "cancelled")))
    if not starts:
        return "new"
    return "booked" if max(starts) > clock.now() else "met"


def next_step(person: Person) -> dict[str, Any]:
    """What to propose: the stage, and the type that suits it and their profession."""
    stage = stage_of(person)
    return {"stage": stage, "kind": chosen(offered_types(person.profession), stage)}


def chosen(types: list[ConsultType], stage: str) -> ConsultType | None:
    """A series for clients, a longer consult for those who had the first one, else the first that is listed."""
    if stage == "paid":
        return next((kind for kind in types if kind.series > 1), types[0] if types else None)
    if stage == "met":
        return next((kind for kind in types if kind.minutes > types[0].minutes), types[0] if types else None)
    return types[0] if types else None


def card() -> dict[str, Any] | None:
    """The card on the dashboard: the next consult, or what to book."""
    if not current_user.is_authenticated:
        return None
    person: Person = current_user._get_current_object()
    coming = Booking.seen_by(person).where(Booking.starts_at > clock.now(), Booking.state.in_(("booked", "requested")))
    return {"coming": db.session.scalar(coming.order_by(Booking.starts_at).limit(1)), "next_step": next_step(person)}
