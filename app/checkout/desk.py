"""The desk's side of money: orders, what is held, refunds, and every webhook as it came."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from flask_login import current_user
from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app.checkout import till
from app.checkout.deliveries import WebhookDelivery
from app.checkout.orders import STATES, Order
from app.checkout.payments import Hold, Payment
from app.checkout.refunds import Refund
from app.checkout.sandbox.bank import SandboxChaos, SandboxCharge
from app.checkout.sandbox.gateway import end_dispute, open_dispute
from app.lib.access import needs
from app.lib.db import db
from app.lib.mail import PostedLetter
from app.lib.page import page, see

bp = Blueprint("desk_orders", __name__, url_prefix="/desk")
ON_A_PAGE = 50
# A comma stands before three digits; 1,50 is nobody's hundred and fifty.
AMOUNT = re.compile(r"\$?([0-9]{1,8}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.([0-9]{0,2}))?")


def paged(rows: Select[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The rows of the asked-for page, and what `ui.pages` wants to know."""
    raw = request.args.get("page", "1")
    number = max(1, int(raw)) if raw.isascii() and raw.isdecimal() and len(raw) < 6 else 1
    count = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    last = max(1, -(-count // ON_A_PAGE))
    number = min(number, last)
    found = db.session.scalars(rows.limit(ON_A_PAGE).offset((number - 1) * ON_A_PAGE)).all()
    kept = {name: value for name, value in request.args.items() if name != "page"}
    return list(found), {"number": number, "last": last, "href": lambda n: url_for(request.endpoint or "", **{**kept, "page": n})}


def found(number: str, *options: ORMOption) -> Order:
    return Order.by_number(number, *options) or abort(404)


@bp.get("/orders")
@needs("agent")
def orders() -> Any:
    """All orders, the latest first; what needs a person stands on top."""
    state, words = request.args.get("state", ""), request.args.get("q", "")
    state = state if state in STATES else ""
    whole = (selectinload(Order.lines), selectinload(Order.payments).selectinload(Payment.holds))
    rows, pages = paged(Order.on_desk(state, words).options(*whole))
    held = db.session.scalars(Payment.held().options(selectinload(Payment.order), selectinload(Payment.holds))).all()
    return page("checkout/desk/orders.html", orders=rows, pages=pages, held=held, state=state, wanted=words, states=STATES)


@bp.get("/orders/<number>")
@needs("agent")
def order(number: str) -> Any:
    """One order with everything that happened to it."""
    payments = selectinload(Order.payments)
    refunds = payments.selectinload(Payment.refunds).selectinload(Refund.by)
    row = found(number, refunds, payments.selectinload(Payment.disputes), payments.selectinload(Payment.holds))
    deliveries = db.session.scalars(WebhookDelivery.latest().where(WebhookDelivery.order_id == row.id)).all()
    letters = db.session.scalars(PostedLetter.latest().where(PostedLetter.about == f"order:{row.id}")).all()
    return page("checkout/desk/order.html", order=row, deliveries=deliveries, letters=letters, sandbox=sandbox_charges(row))


def sandbox_charges(order: Order) -> dict[str, SandboxCharge]:
    taken = [payment.token for payment in order.payments if payment.gateway == "sandbox"]
    return {charge.payment: charge for charge in SandboxCharge.of_payments(taken)}


@bp.post("/orders/<number>/refunds")
@needs("admin")
def refund(number: str) -> Any:
    """Give money back, once for each form however often it is sent."""
    row = Order.locked(found(number).id)
    payment = next((one for one in row.payments if str(one.id) == request.form.get("payment")), None) or abort(404)
    key = request.form.get("key", "")[:40] or abort(422)
    if any(one.key == f"{payment.token}-{key}" for one in payment.refunds):
        return see("desk_orders.order", number=number)
    try:
        cents = typed_cents(request.form.get("amount", ""))
        till.give_back(payment, cents, reason=request.form.get("reason", "")[:300], by_id=current_user.id, key=key)
    except ValueError as no:
        flash(str(no), "bad")
        return see("desk_orders.order", number=number)
    if request.form.get("stop"):
        till.stop_schedule(row)
    flash("The refund is on its way.", "good")
    return see("desk_orders.order", number=number)


def typed_cents(typed: str) -> int:
    """Minor units of an amount such as 1,200.50. Raises ValueError with words for the agent."""
    found = AMOUNT.fullmatch(typed.strip())
    if found is None:
        raise ValueError("Write an amount such as 250, 250.50 or 1,250.")
    return int(found[1].replace(",", "")) * 100 + int(((found[2] or "") + "00")[:2])


@bp.post("/holds/<int:id>/verdict")
@needs("admin")
def decide(id: int) -> Any:
    """A person has looked: what was taken counts, or it goes back."""
    hold = db.session.get(Hold, id) or abort(404)
    payment = Payment.locked(hold.payment_id)
    verdict = request.form.get("verdict", "")
    if verdict not in {"accepted", "returned"}:
        abort(422)
    if not hold.verdict:
        hold.decide(verdict, current_user)
        if verdict == "returned" and payment.refundable_cents:
            till.give_back(payment, payment.refundable_cents, reason=hold.words, by_id=current_user.id, key=f"hold-{hold.id}")
    return see("desk_orders.order", number=payment.order.number)


@bp.get("/webhooks")
@needs("agent")
def deliveries() -> Any:
    """Every webhook that came, the latest first."""
    rows, pages = paged(WebhookDelivery.latest(request.args.get("gateway", "")[:20], request.args.get("state", "")[:10]))
    return page("checkout/desk/webhooks.html", deliveries=rows, pages=pages, chaos=SandboxChaos.current())


@bp.get("/webhooks/<int:id>")
@needs("admin")
def delivery(id: int) -> Any:
    """One webhook with its bytes as they came."""
    row = db.session.get(WebhookDelivery, id) or abort(404)
    return page("checkout/desk/webhook.html", delivery=row, errands=row.errands(), body=row.body.decode("utf-8", "replace"))


@bp.post("/webhooks/<int:id>/replays")
@needs("admin")
def replay(id: int) -> Any:
    """Apply a webhook once more. State beats arrival order, so it can do no harm."""
    (db.session.get(WebhookDelivery, id) or abort(404)).replay()
    flash("It is applied again.", "good")
    return see("desk_orders.delivery", id=id)


@bp.post("/sandbox/chaos")
@needs("admin")
def chaos() -> Any:
    """Disturb the sandbox's webhooks, or leave them alone again."""
    SandboxChaos.switch(**{flag: flag in request.form for flag in ("duplicate", "reorder", "delay", "drop")})
    flash("From now on webhooks travel like that.", "good")
    return see("desk_orders.deliveries")


@bp.post("/sandbox/charges/<token>/disputes")
@needs("admin")
def dispute(token: str) -> Any:
    """Play the customer's bank: ask for the money back, or settle the dispute."""
    charge = SandboxCharge.by_token(token) or abort(404)
    outcome = request.form.get("outcome", "")
    if outcome in {"won", "lost"} and charge.disputes:
        end_dispute(charge, outcome)
    elif outcome == "open" and not charge.disputes:
        open_dispute(charge)
    else:
        abort(422)
    return see("desk_orders.deliveries")
