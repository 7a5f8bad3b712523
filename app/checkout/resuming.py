"""Coming back: a signed link opens a checkout on any device, after the address was given again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, request

from app.checkout import followups, letters, visits
from app.checkout.events import CheckoutResumed
from app.checkout.forms import AddressForm
from app.checkout.orders import Order
from app.checkout.visits import offered
from app.lib import clock, tokens
from app.lib.access import public
from app.lib.facts import tell
from app.lib.limits import limit
from app.lib.page import page, see

bp = Blueprint("resuming", __name__)
LINK_LIFE = timedelta(days=30)


def linked(token: str) -> tuple[Order, int]:
    """The order of a link and which letter it came with (0: it was asked for). 404 for a link that is forged or too old."""
    try:
        payload = tokens.unsign("resume", token, LINK_LIFE)
    except tokens.Bad:
        abort(404)
    order = Order.by_token(str(payload.get("order")))
    return (order, int(payload.get("letter", 0))) if order is not None else abort(404)


@bp.get("/checkout/resume/<token>")
@public
def welcome(token: str) -> Any:
    """Ask for the address before anything is shown: letters are forwarded, and screens are shared."""
    order, _ = linked(token)
    if visits.holds(order):
        return see(next_step(order), offer=order.offer) if order.is_open else see("receipts.receipt", number=order.number)
    return page("checkout/welcome.html", form=AddressForm(), token=token, over=not order.is_open)


def next_step(order: Order) -> str:
    return "checkout.pay" if order.done("plan") else "checkout.plan" if order.done("you") else "checkout.start"


@bp.post("/checkout/resume/<token>")
@public
@limit("10/hour", by=lambda: f"resume:{request.view_args['token'][:200]}" if request.view_args else "resume")
@limit("30/hour")
def resume(token: str) -> Any:
    """Go on where it was left, on this device from now on."""
    order, letter = linked(token)
    form = AddressForm()
    right = form.validate_on_submit() and tokens.same(str(form.email.data).lower(), order.email)
    if not right:
        form.email.errors = [*form.email.errors] or ["That is not the address this checkout was begun with."]
        return page("checkout/welcome.html", 422, form=form, token=token, over=not order.is_open)
    if not order.is_open:
        return see("checkout.start", offer=order.offer)
    visits.remember(order)
    order.touched_at = clock.now()
    tell(CheckoutResumed(order_id=order.id, letter=letter))
    followups.plan(order)
    return see(next_step(order), offer=order.offer)


@bp.get("/checkout/<offer>/link")
@public
def ask_link(offer: str) -> Any:
    """Where shall the link go?"""
    found = offered(offer)
    order = visits.mine(found)
    return page("checkout/link.html", form=AddressForm(data={"email": order.email if order else ""}), offer=found)


@bp.post("/checkout/<offer>/link")
@public
@limit("5/hour")
def mail_link(offer: str) -> Any:
    """Mail me this checkout: once, because it was asked for, whatever was said about letters."""
    found = offered(offer)
    order, form = visits.mine(found), AddressForm()
    if not form.validate_on_submit():
        return page("checkout/link.html", 422, form=form, offer=found)
    if order is None or not order.is_open:
        order = Order.open(found, context={}, visit=visits.visit(), device=visits.device())
        visits.remember(order)
    order.email = order.email or str(form.email.data).lower()
    letters.link(order, to=str(form.email.data))
    flash("The link is on its way to your mailbox. What you typed is kept.", "good")
    return see(next_step(order), offer=offer)
