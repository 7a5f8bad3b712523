"""A sum that a floor above asks for, such as a deposit: an order with no offer behind it, paid at the gateway, given back from here."""

from __future__ import annotations

from app.checkout import gateways, till, visits
from app.checkout.agreed import Installment, Line
from app.checkout.orders import Order
from app.checkout.payments import Payment
from app.lib import clock
from app.lib.db import add, db


def can_ask() -> bool:
    """Whether the gateway of today takes a sum of our own, and gives it back when it is told to."""
    return "deposit" in gateways.chosen().options


def ask(title: str, cents: int, currency: str, back: str) -> Order:
    """An order of this one sum, for whoever has agreed to it; the gateway leads back to the path `back`, paid or not."""
    order = Order(offer="", title=title, currency=currency, back=back, option="card", kind="card", method="card", agreed_at=clock.now())
    order.gateway, order.device, order.visit = gateways.chosen().name, visits.device(), visits.visit()
    order.lines = [Line(slug="deposit", title=title, cents=cents)]
    order.installments = [Installment(number=1, due_on=visits.today(), cents=cents)]
    return add(order)


def pay(order: Order) -> Payment | None:
    """The payment to go on with, the same one for two who press at the same moment; None when there is nothing left to pay."""
    order = Order.locked(order.id)
    if not order.is_open:
        return None
    visits.bought(order)
    return order.open_payment() or Payment.begin(order, number=1, purpose="pay", cents=order.total_cents)


def close(order_id: int) -> bool:
    """Make its page at the gateway useless. True when the money came first, and is not on its way back."""
    payment = db.session.get_one(Order, order_id).open_payment()
    if payment is not None:
        till.close(payment.id)
    return any(payment.captured_cents and payment.refundable_cents for payment in db.session.get_one(Order, order_id).payments)


def give_back(order_id: int, reason: str) -> None:
    """Whatever was taken and has not gone back yet goes back; not what the customer's bank asks back already."""
    for payment in Order.locked(order_id).payments:
        if payment.refundable_cents and not payment.is_disputed:
            key = f"back-{len(payment.refunds)}"
            till.give_back(payment, payment.refundable_cents, reason=reason, by_id=None, key=key)
