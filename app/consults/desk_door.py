"""The desk's blueprint for consults, and what its views share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort
from sqlalchemy import func, select

from app.accounts.models import me
from app.consults.bookings import Booking
from app.consults.calendars import Conflict
from app.consults.hosts import Host
from app.consults.waiting import WaitingPlace
from app.lib import clock
from app.lib.db import db

bp = Blueprint("consult_desk", __name__, url_prefix="/desk/consultations")


def wanted_host(host_id: int, edit: bool = False) -> Host:
    """The host; 403 when they may not be edited by whoever asks."""
    host: Host = db.get_or_404(Host, host_id)
    if edit and not host.may_be_edited_by(me()):
        abort(403)
    return host


def counts() -> dict[str, int]:
    """What waits for somebody, for the tabs."""
    now = clock.now()
    open_ends = select(func.count(Booking.id)).where(Booking.state == "booked", Booking.ends_at < now, ~Booking.has_outcome())
    return {
        "requests": db.session.scalar(select(func.count(Booking.id)).where(Booking.state == "requested")) or 0,
        "open": db.session.scalar(open_ends) or 0,
        "conflicts": db.session.scalar(select(func.count(Conflict.id)).where(Conflict.settled_at.is_(None))) or 0,
        "waiting": db.session.scalar(select(func.count(WaitingPlace.id)).where(WaitingPlace.state.in_(("waiting", "offered")))) or 0,
    }


@bp.context_processor
def shared() -> dict[str, Any]:
    return {"counts": counts}
