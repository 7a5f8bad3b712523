"""What consults brings into the house: its words in templates, the dialog on every page, and holds that run out."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from app.checkout.models import asking
from app.consults import speech
from app.consults.bookings import Booking
from app.consults.deposits import Deposit
from app.consults.portal import card
from app.consults.providers import way_of
from app.lib import slots
from app.lib.access import only_for
from app.lib.db import db
from app.lib.outbox import errand


@errand("consults.lapse")
def lapse(booking_id: int) -> None:
    """The held time was not booked: free it. Money that came in time is first: what follows from it lets the booking stand."""
    booking = db.session.get(Booking, booking_id)
    if booking is not None and booking.state == "held" and not booking.is_held:
        deposit = Deposit.of(booking)
        if deposit is None or not asking.close(deposit.order_id):
            booking.lapse()


def dialog() -> dict[str, Any] | None:
    """The booking dialog, empty until it is opened; not on the booking pages themselves."""
    return None if (request.endpoint or "").startswith("consults.") else {}


slots.fill("bubble", "consults/_dialog.html", dialog, order=10)
slots.fill("account.nav", "consults/_account_nav.html", order=200)
slots.fill("account.cards", "consults/_account_card.html", card, order=100)
slots.fill("desk.nav", "consults/desk/_nav.html", only_for("agent"), order=200, kept=True)
slots.fill("desk.person", "consults/desk/_person.html", only_for("agent"), order=100)


def init_app(app: Flask) -> None:
    speech.init_app(app)
    app.jinja_env.globals["bookings_of"] = Booking.latest_of
    app.jinja_env.globals["way_of"] = way_of
