"""After the payment: the receipt, its calendar files, the invoice, another card for what is still to come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, request

from app.accounts.models import proven_person
from app.business.models import Offer, Testimonial
from app.checkout import calendar, letters, visits
from app.checkout.orders import Order
from app.checkout.payments import Payment
from app.checkout.sandbox import bank
from app.lib import tokens
from app.lib.access import public
from app.lib.limits import limit
from app.lib.page import page, see

bp = Blueprint("receipts", __name__)
KEY_LIFE = timedelta(days=90)


def shown(number: str) -> Order:
    """The order, for a browser that may see it; everybody else learns nothing, not even that it exists."""
    order = Order.by_number(number)
    return order if order is not None and order.agreed_at and visits.holds(order) else abort(404)


@bp.get("/receipts/<number>")
@public
def receipt(number: str) -> Any:
    """The receipt of an order, for the browser that bought it, its owner, or whoever bears the link of a letter."""
    key = request.args.get("key")
    if key:
        return enter(number, key)
    order = shown(number)
    waiting = bank.SandboxCharge.waiting([payment.token for payment in order.payments])
    story = Testimonial.choose(order.profession or None, order.offer, most=1)
    around: dict[str, Any] = {"offer": Offer.find(order.offer), "waiting": waiting, "story": story}
    return page("checkout/receipt.html", order=order, person=proven_person(), key=letters.receipt_key(order), **around)


def enter(number: str, key: str) -> Any:
    """The signed link of a letter opens the receipt in this browser; the address is then free of the key."""
    try:
        token = tokens.unsign("receipt", key, KEY_LIFE)["order"]
    except (tokens.Bad, KeyError):
        abort(404)
    order = Order.by_token(str(token))
    if order is None or order.number != number:
        abort(404)
    visits.bought(order)
    order.belong_to(proven_person())
    return see("receipts.receipt", number=number)


@bp.get("/receipts/<number>/invoice")
@public
def invoice(number: str) -> Any:
    """The invoice, made to be printed."""
    return page("checkout/invoice.html", order=shown(number))


@bp.get("/receipts/<number>/appointments/<int:id>.ics")
@public
def appointment(number: str, id: int) -> Response:
    """One appointment of the order as a calendar file."""
    found = next((one for one in shown(number).appointments if one.id == id), None) or abort(404)
    response = Response(calendar.file(found), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="appointment-{number}.ics"'
    return response


@bp.post("/receipts/<number>/method")
@public
@limit("20/hour")
def new_method(number: str) -> Any:
    """Another card for the payments that are still to come: saved at the gateway, nothing is taken."""
    order = Order.locked(shown(number).id)
    if not order.left_cents or order.method != "card" or order.state != "partly_paid":
        abort(422)
    going = next((payment for payment in order.payments if payment.purpose == "method" and payment.is_open), None)
    payment = going or Payment.begin(order, number=0, purpose="method", cents=0)
    return see("checkout.go", offer=order.offer, token=payment.token)
