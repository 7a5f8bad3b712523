"""The till: every conversation with a gateway.

The key is saved before the call, no transaction is open during it, the answer is heard after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select

from app.checkout import gateways, letters
from app.checkout.gateways import Ask, Away, Declined, News, Started
from app.checkout.orders import Order
from app.checkout.payments import Payment
from app.checkout.refunds import Refund
from app.lib import clock, db
from app.lib.db import db as rows
from app.lib.outbox import cancel, errand, later
from app.lib.page import absolute

LOOK_AGAIN = {"new": timedelta(minutes=10), "pending": timedelta(minutes=10), "processing": timedelta(hours=6)}
FORGET_AFTER = timedelta(days=30)


def hang_up(payment: Payment, **addresses: str) -> tuple[str, Ask]:
    """The gateway's name and our ask, with the transaction ended: a slow gateway must not hold a lock."""
    name, ask = payment.gateway, payment.ask(**addresses)
    db.let_go()
    return name, ask


def start(payment_id: int) -> Payment:
    """Get the page where the customer pays; the same one when asked again. Raises Away; a refusal becomes a failed payment."""
    payment = rows.session.get_one(Payment, payment_id)
    name, ask = hang_up(payment, done_url=absolute("checkout.come_back", token=payment.token), back_url=back_url(payment))
    started = begun(name, ask)
    payment = Payment.locked(payment_id)
    payment.began(started)
    return payment


def back_url(payment: Payment) -> str:
    if payment.purpose == "method":
        return absolute("receipts.receipt", number=payment.order.number)
    return absolute(payment.order.back) if payment.order.back else absolute("checkout.pay", offer=payment.order.offer)


def begun(name: str, ask: Ask) -> Started:
    try:
        return gateways.of(name).start(ask)
    except Declined as no:
        return Started(ref="", news=News(payment=ask.payment, state="failed", failure=str(no)))


def come_back(payment_id: int, args: Mapping[str, str]) -> Payment:
    """The customer is back from the gateway: believe the gateway, never the address bar."""
    name, ask = hang_up(rows.session.get_one(Payment, payment_id))
    return told(payment_id, asked(lambda: gateways.of(name).confirm(ask, args)))


def look(payment_id: int) -> Payment:
    """Ask the gateway what is true, for payments whose webhook is late or lost."""
    name, ask = hang_up(rows.session.get_one(Payment, payment_id))
    return told(payment_id, gateways.of(name).status(ask))


def close(payment_id: int) -> Payment:
    """Make an unfinished payment page useless before the order changes. If the money came first, that stands."""
    payment = rows.session.get_one(Payment, payment_id)
    if not payment.ref:
        return told(payment_id, News(state="expired"))
    name, ask = hang_up(payment)
    return told(payment_id, gateways.of(name).close(ask))


def asked(question: Callable[[], News | None]) -> News | None:
    try:
        return question()
    except (Away, Declined):
        return None


def told(payment_id: int, news: News | None) -> Payment:
    payment = Payment.locked(payment_id)
    payment.looked_at = clock.now()
    if news is not None:
        payment.hear(news)
    return payment


@errand("checkout.collect")
def collect(order_id: int, number: int) -> None:
    """A date of the schedule has come: save the charge with its key. The charging itself is the next errand."""
    order = Order.locked(order_id)
    part = order.part_to_take(number)
    going = any(payment.number == number and payment.state in {"new", "pending", "processing"} for payment in order.payments)
    if part is not None and not going:
        payment = Payment.begin(order, number=number, purpose="charge", cents=part.cents)
        later("checkout.charge", key=f"charge:{payment.id}", payment_id=payment.id)


@errand("checkout.announce")
def announce(order_id: int, number: int) -> None:
    """Say a few days before that a charge is coming, while it still is."""
    order = rows.session.get_one(Order, order_id)
    part = order.part_to_take(number)
    if part is not None:
        letters.send("upcoming", order, part=part)


@errand("checkout.charge")
def charge(payment_id: int) -> None:
    """Charge the saved method, while the schedule stands. Away is tried again by the outbox with the same key; a refusal is news."""
    payment = Payment.locked(payment_id)
    if payment.is_open and payment.order.part_to_take(payment.number) is None:
        payment.hear(News(state="expired"))
    elif payment.is_open:
        name, ask = hang_up(payment)
        started = begun(name, ask)
        Payment.locked(payment_id).began(started)


def give_back(payment: Payment, cents: int, *, reason: str, by_id: int | None, key: str) -> Refund:
    """Pledge a refund; the money moves after the commit. Raises ValueError for more than what is left of the payment."""
    if not 0 < cents <= payment.refundable_cents:
        raise ValueError("That is more than what is left of this payment.")
    refund = Refund(cents=cents, reason=reason, by_id=by_id, key=f"{payment.token}-{key}"[:80])
    payment.refunds.append(refund)
    rows.session.flush()
    later("checkout.refund", key=f"refund:{refund.id}", refund_id=refund.id)
    return refund


@errand("checkout.refund")
def refund(refund_id: int) -> None:
    row = rows.session.get_one(Refund, refund_id)
    if row.state != "asked":
        return
    payment_id, cents, key = row.payment_id, row.cents, row.key or ""
    name, ask = hang_up(row.payment)
    try:
        told(payment_id, gateways.of(name).refund(replace(ask, key=key), cents))
    except Declined as no:
        rows.session.get_one(Refund, refund_id).fail(str(no))


def stop_schedule(order: Order) -> None:
    """Take no further charge of this order, for good."""
    order.stop()
    pause_schedule(order)


def pause_schedule(order: Order) -> None:
    """Forget what is planned; it may be planned again when a dispute is won."""
    cancel(f"collect:{order.id}:*")


def overdue_for_news() -> Select[int]:
    """The payments nobody has heard of for too long."""
    now = clock.now()
    return select(Payment.id).where(or_(*(quiet(state, now - wait) for state, wait in LOOK_AGAIN.items()))).limit(500)


def quiet(state: str, since: datetime) -> ColumnElement[bool]:
    looked = or_(Payment.looked_at.is_(None), Payment.looked_at < since)
    return (Payment.state == state) & (Payment.moved_at < since) & looked & (Payment.created_at > clock.now() - FORGET_AFTER)


@errand("checkout.sweep")
def sweep() -> None:
    """Ask the gateways about every payment whose news is late: one errand each, as one gateway may be away. A recurring job."""
    for payment_id in rows.session.scalars(overdue_for_news()).all():
        later("checkout.look", key=f"look:{payment_id}", payment_id=payment_id)


@errand("checkout.look")
def look_again(payment_id: int) -> None:
    look(payment_id)
