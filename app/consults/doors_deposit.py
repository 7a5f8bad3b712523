"""The deposit: what is asked of somebody who missed a consult, on a page of its own before anything is paid."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import Gone

from app.consults.bookings import Booking
from app.consults.deposits import WORD, Deposit
from app.consults.door import booking_of, bp, kept_query
from app.consults.doors_choose import gone
from app.consults.policy import NotOnline, asked_first
from app.consults.series import sessions_of
from app.consults.taking import Taken
from app.consults.types import ConsultType
from app.lib.access import public
from app.lib.limits import limit
from app.lib.page import page, see


@bp.get("/book/hold/<token>/deposit")
@public
def show_deposit(token: str) -> Any:
    """Say what is asked, why, and when it goes back; after the gateway, how it stands."""
    booking = booking_of(token)
    kind = booking.kind
    if booking.state not in {"held", "lapsed"} or kind is None:
        return see("consults.show_booking", token=token)
    deposit = Deposit.of(booking)
    if deposit is None and not is_asked(kind, booking):
        return see("consults.show_hold", token=token, **kept_query())
    return page("consults/deposit.html", **standing(booking, kind, deposit))


def is_asked(kind: ConsultType, booking: Booking) -> bool:
    try:
        return asked_first(kind, booking) == "deposit"
    except NotOnline:
        return False


def standing(booking: Booking, kind: ConsultType, deposit: Deposit | None, **more: Any) -> dict[str, Any]:
    """What the page shows. A sum that was agreed to stands, whatever the file of the type says since."""
    cents, currency = (deposit.order.total_cents, deposit.order.currency) if deposit else (kind.deposit, kind.currency)
    shown = {"booking": booking, "kind": kind, "deposit": deposit, "cents": cents, "currency": currency, "word": WORD.days}
    return {**shown, "sessions": sessions_of(booking), "kept": kept_query(), "taken": None, **more}


@bp.post("/book/hold/<token>/deposit")
@public
@limit("10/minute;60/hour")
def pay_deposit(token: str) -> Any:
    """On to the gateway, the time being kept meanwhile; 409 when it is gone."""
    booking = booking_of(token)
    kind = booking.kind
    if kind is None:
        raise Gone
    deposit = Deposit.of(booking)
    scene = standing(booking, kind, deposit)
    asked = booking.state in {"held", "lapsed"} and (deposit is not None or is_asked(kind, booking))
    if not asked or request.form.get("shown") != f"{scene['cents']} {scene['currency']}":
        return see("consults.show_deposit", token=token, **kept_query())
    try:
        payment = Deposit.begin(booking, kind)
    except Taken as taken:
        return page("consults/deposit.html", 409, **{**scene, "taken": gone(kind, taken, booking.zone)})
    if payment is None:
        return see("consults.show_deposit", token=token, **kept_query())
    return see("checkout.go", token=payment.token)
