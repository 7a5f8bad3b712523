"""What follows from payments: receipts, the next charges, second tries, and word to the people who look after money."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.business.models import Site
from app.checkout import letters
from app.checkout.events import OrderMoved, PaymentCaptured, PaymentFailed, PaymentHeld, RefundFailed, RefundMade
from app.checkout.orders import Order
from app.checkout.payments import Payment
from app.checkout.refunds import Refund
from app.checkout.till import give_back, pause_schedule
from app.lib import clock
from app.lib.db import db
from app.lib.facts import on
from app.lib.outbox import later

RETRY_DAYS = (1, 3, 5)
CHARGE_HOUR = time(10, 0)
NOTICE_DAYS = 3


def charge_time(day: date) -> datetime:
    """Ten in the morning at the firm: somebody is there when a customer calls about it."""
    return datetime.combine(day, CHARGE_HOUR, ZoneInfo(Site.current().hours.zone or "UTC")).astimezone(UTC)


@on(PaymentCaptured)
def plan_next_charges(fact: PaymentCaptured) -> None:
    if fact.number == 1:
        plan_charges(db.session.get_one(Order, fact.order_id))


def plan_charges(order: Order) -> None:
    """What is not paid yet is due on its date, announced a few days before."""
    for part in order.to_come:
        if part.number > 1:
            due_at, key = charge_time(part.due_on), f"collect:{order.id}:{part.number}"
            later("checkout.collect", due_at=due_at, key=key, order_id=order.id, number=part.number)
            announced = due_at - timedelta(days=NOTICE_DAYS)
            if announced > clock.now():
                later("checkout.announce", due_at=announced, key=f"{key}:word", order_id=order.id, number=part.number)


@on(PaymentCaptured)
def send_receipt(fact: PaymentCaptured) -> None:
    payment = db.session.get_one(Payment, fact.payment_id)
    if fact.number == 1:
        letters.receipt(payment.order, payment)
    elif fact.number > 1:
        letters.send("payment", payment.order, payment=payment)


@on(PaymentCaptured)
def return_what_came_too_late(fact: PaymentCaptured) -> None:
    """The schedule was stopped while a charge was being asked for: nobody agreed to that one any more.

    What was known to be on its way by then stays: it was due, and whoever stopped the schedule saw it.
    """
    payment = Payment.locked(fact.payment_id)
    stopped, since = payment.order.stopped_at, datetime.fromisoformat(fact.since) if fact.since else payment.moved_at
    if fact.number > 1 and stopped and since > stopped and payment.refundable_cents:
        give_back(payment, payment.refundable_cents, reason="It came after the schedule was stopped.", by_id=None, key="stopped")


@on(PaymentCaptured)
def charge_what_is_late(fact: PaymentCaptured) -> None:
    """A new card was saved: what is overdue is charged to it at once."""
    if fact.number == 0:
        order = db.session.get_one(Order, fact.order_id)
        for part in order.to_come:
            if charge_time(part.due_on) <= clock.now():
                later("checkout.collect", key=f"collect:{order.id}:{part.number}", order_id=order.id, number=part.number)


@on(PaymentFailed)
def try_again(fact: PaymentFailed) -> None:
    """A later charge failed: again after one, three and five days, with the method the customer may change meanwhile."""
    payment = db.session.get_one(Payment, fact.payment_id)
    order = payment.order
    if fact.number > 1 and not order.stopped_at:
        tries = sum(1 for other in order.payments if other.number == fact.number and other.state == "failed")
        again = clock.now() + timedelta(days=RETRY_DAYS[tries - 1]) if tries <= len(RETRY_DAYS) else None
        if again is not None:
            key = f"collect:{order.id}:{fact.number}"
            later("checkout.collect", due_at=again, key=key, order_id=order.id, number=fact.number)
        letters.send("charge_failed", order, payment=payment, again=again)
        if again is None:
            letters.to_the_firm("firm_unpaid", order, payment=payment)
    elif fact.number == 1 and payment.method == "ach":
        letters.send("debit_failed", order, payment=payment)


@on(OrderMoved)
def follow_state(fact: OrderMoved) -> None:
    order = db.session.get_one(Order, fact.order_id)
    if fact.state == "processing" and order.method == "ach":
        letters.send("processing", order, asked_for=True)
    if fact.was == "disputed" and fact.state == "partly_paid":
        plan_charges(order)
    if fact.state in {"refunded", "disputed"}:
        pause_schedule(order)
    if fact.state == "disputed":
        letters.to_the_firm("firm_disputed", order)


@on(RefundMade)
def say_refunded(fact: RefundMade) -> None:
    letters.send("refunded", db.session.get_one(Order, fact.order_id), cents=fact.cents)


@on(PaymentHeld)
def call_for_a_person(fact: PaymentHeld) -> None:
    payment = db.session.get_one(Payment, fact.payment_id)
    letters.to_the_firm("firm_held", payment.order, payment=payment, hold=payment.holds[-1])


@on(RefundFailed)
def call_for_a_refund_by_hand(fact: RefundFailed) -> None:
    refund = db.session.get_one(Refund, fact.refund_id)
    letters.to_the_firm("firm_refund_failed", refund.payment.order, refund=refund)
