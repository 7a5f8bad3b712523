"""Following up: two letters to somebody who left a checkout and had asked for them. Every reason not to is checked as they are sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.business.models import Offer
from app.checkout import letters
from app.checkout.events import FollowUpSent
from app.checkout.orders import Order
from app.lib import clock, sms
from app.lib.db import Email, Model, add, db
from app.lib.facts import tell
from app.lib.outbox import Held, cancel, errand, later
from app.notifications.channels import Topic, declare
from app.notifications.models import Consent, OptOut, Suppressed

TOPIC = letters.LEFT
WANTED, TEXTS = "letters about an unfinished checkout", "texts about an unfinished checkout"
WORDS = "If I do not finish, send me a link to this checkout. Two letters at most."
TEXT_WORDS = (
    "I agree that you may also send one text message about this checkout to the number above. This is no condition of buying. "
    "Message rates may apply; reply STOP to end."
)
declare(Topic(TOPIC, "Checkouts you left", "A link to go on, because you asked for it.", channels=("mail",), default=("mail",)))
PLACE = "the first step of the checkout"
TOO_OLD = timedelta(hours=72)
ONE_SEQUENCE_IN = timedelta(days=30)
EASTERN = ZoneInfo("America/New_York")
# Between these two it is a lawful hour for a text message in every contiguous zone of the United States.
TEXT_FROM, TEXT_UNTIL = time(11), time(20)


class FollowUp(Model):
    """One letter of the sequence that was due: sent when `why_not` is empty, else the reason it was not."""

    __tablename__ = "follow_ups"
    __table_args__ = (UniqueConstraint("order_id", "number"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    number: Mapped[int]
    email: Mapped[Email] = mapped_column(index=True)
    why_not: Mapped[str] = mapped_column(String(40), default="")


Stop = Callable[[Order], bool]
_stops: dict[str, Stop] = {}


def stop_when(reason: str) -> Callable[[Stop], Stop]:
    """Register a reason not to write, such as `booked`: asked in the transaction that would send. For the floors above."""

    def register(stop: Stop) -> Stop:
        _stops[reason] = stop
        return stop

    return register


def note_wish(order: Order, wish: str, email: str = "", phone: str = "") -> None:
    """What was chosen about letters on the first step: nothing, letters (`y`), or a text message as well (`text`).

    `email` and `phone` stood there before: with what is not wished any more the yes they once gave here ends.
    """
    for what, now, before, stays in ((WANTED, order.email, email, bool(wish)), (TEXTS, order.phone, phone, wish == "text")):
        for address in {now, before} - ({now} if stays else set()) - {""} if order.follow_up else ():
            Consent.withdraw(what, address, "taken back at the checkout")
    order.follow_up = bool(wish)
    if wish:
        Consent.give(WANTED, order.email, WORDS, PLACE)
    if wish == "text" and order.phone:
        Consent.give(TEXTS, order.phone, TEXT_WORDS, PLACE)


def plan(order: Order) -> None:
    """The customer was here just now: the letters, if they asked for them, count from this moment."""
    cancel(f"follow:{order.id}:*")
    if order.follow_up and order.email and order.is_open:
        for number, hours in enumerate(waits(), start=1):
            due_at = clock.now() + timedelta(hours=hours)
            later("checkout.follow_up", due_at=due_at, key=f"follow:{order.id}:{number}", order_id=order.id, number=number)


def waits() -> list[float]:
    """After how many hours each letter goes, from the setting."""
    return [float(part) for part in current_app.config["SETTINGS"].follow_up_hours.split(",") if part.strip()]


@errand("checkout.follow_up")
def follow_up(order_id: int, number: int) -> None:
    """Send one letter, unless there is a reason not to; the order is locked meanwhile, so that a payment cannot slip in between."""
    order = Order.locked(order_id)
    if db.session.scalar(select(FollowUp.id).where(FollowUp.order_id == order.id, FollowUp.number == number)):
        return
    reason = why_not(order)
    add(FollowUp(order_id=order.id, number=number, email=order.email, why_not=reason))
    if not reason:
        letters.follow_up(order, number)
        tell(FollowUpSent(order_id=order.id, number=number))
        if number == 1 and Consent.stands(TEXTS, order.phone) and current_app.config["SETTINGS"].follow_up_sms:
            later("checkout.text", key=f"follow:{order.id}:text", order_id=order.id)


def why_not(order: Order) -> str:
    """The first reason not to write; empty when there is none."""
    return next((reason for reason, stop in [*OWN.items(), *_stops.items()] if stop(order)), "")


@errand("checkout.text")
def text(order_id: int) -> None:
    """One text message at most, within the lawful hours, with all the letters' reasons not to."""
    wait_for_day()
    order = Order.locked(order_id)
    if Consent.stands(TEXTS, order.phone) and not why_not(order):
        sms.text(order.phone, letters.follow_up_text(order), about=f"order:{order.id}")


def wait_for_day() -> None:
    """Raise Held outside 11:00 to 20:00 Eastern."""
    now = clock.now().astimezone(EASTERN)
    if not TEXT_FROM <= now.time() < TEXT_UNTIL:
        day = now.date() if now.time() < TEXT_FROM else now.date() + timedelta(days=1)
        raise Held(datetime.combine(day, TEXT_FROM, EASTERN).astimezone(UTC))


def not_wanted(order: Order) -> bool:
    """They never asked for letters, or took that back."""
    return not order.follow_up or not Consent.stands(WANTED, order.email)


def paid_or_going(order: Order) -> bool:
    """This order moved on, or the same person paid or is paying another one since."""
    others = select(Order.id).where(Order.is_sale(), Order.email == order.email, Order.id != order.id, Order.touched_at >= order.created_at)
    going = others.where(Order.state.in_(("processing", "paid", "partly_paid", "disputed", "refunded")))
    return not order.is_open or db.session.scalar(going.limit(1)) is not None


def superseded(order: Order) -> bool:
    newer = select(Order.id).where(Order.is_sale(), Order.email == order.email, Order.id > order.id)
    return db.session.scalar(newer.limit(1)) is not None


def too_late(order: Order) -> bool:
    """After a long standstill nobody gets a pile of old letters."""
    return clock.now() - order.touched_at > TOO_OLD


def opted_out(order: Order) -> bool:
    return OptOut.holds(order.email, TOPIC)


def bounced(order: Order) -> bool:
    return bool(Suppressed.holds(order.email))


def had_a_sequence(order: Order) -> bool:
    """Another checkout of this address was followed up in the last thirty days."""
    since = clock.now() - ONE_SEQUENCE_IN
    sent = select(FollowUp.id).where(FollowUp.email == order.email, FollowUp.why_not == "", FollowUp.created_at > since)
    return db.session.scalar(sent.where(FollowUp.order_id != order.id).limit(1)) is not None


def works_here(order: Order) -> bool:
    person = Person.by_email(order.email)
    return person is not None and person.is_agent


def not_on_sale(order: Order) -> bool:
    return Offer.find(order.offer) is None


OWN: dict[str, Stop] = {
    "not wanted": not_wanted,
    "paid": paid_or_going,
    "superseded": superseded,
    "too late": too_late,
    "unsubscribed": opted_out,
    "bounced": bounced,
    "had some": had_a_sequence,
    "works here": works_here,
    "not on sale": not_on_sale,
}
