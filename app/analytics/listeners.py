"""What analytics hears from the floors below, as moments of the visit it happened in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.analytics.models import Moment
from app.checkout.events import CheckoutResumed, OrderMoved, PaymentBegun, StepDone, StepRefused
from app.checkout.models import Order
from app.lib import clock
from app.lib.db import db
from app.lib.facts import on
from app.lib.outbox import errand

KEPT = timedelta(days=400)


def of_order(order_id: int, name: str, **more: Any) -> None:
    order = db.session.get_one(Order, order_id)
    if not order.offer:
        return  # A deposit is no step of the way to an offer.
    who = {"visit": order.visit, "offer": order.offer, "profession": order.profession, "device": order.device, "kind": order.kind}
    Moment.note([{**who, "name": name, **more}])


@on(StepDone)
def step_done(fact: StepDone) -> None:
    of_order(fact.order_id, "done", step=fact.step, value=fact.seconds)


@on(StepRefused)
def step_refused(fact: StepRefused) -> None:
    where = {"visit": fact.visit, "offer": fact.offer, "profession": fact.profession, "device": fact.device, "step": fact.step}
    Moment.note([{**where, "name": "refused", "detail": field[:60]} for field in fact.fields])


@on(PaymentBegun)
def payment_begun(fact: PaymentBegun) -> None:
    of_order(fact.order_id, "done", step="agree")


@on(OrderMoved)
def order_moved(fact: OrderMoved) -> None:
    """The first state in which the customer has done all they can counts as bought."""
    if fact.was in {"draft", "pending", "failed"} and fact.state in {"processing", "paid", "partly_paid"}:
        of_order(fact.order_id, "paid")


@on(CheckoutResumed)
def resumed(fact: CheckoutResumed) -> None:
    of_order(fact.order_id, "resumed", detail=f"letter {fact.letter}" if fact.letter else "link")


@errand("analytics.forget")
def forget() -> None:
    """Moments older than a good year go."""
    Moment.forget_before(clock.now() - KEPT)
