"""Deposits: what somebody who missed a consult pays before the next one stands; it goes back once that one was held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import url_for
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.checkout.models import Order, Payment, asking
from app.consults.bookings import Booking
from app.consults.changes import Outcome
from app.consults.letters import to_visitor
from app.consults.series import sessions_of
from app.consults.taking import Taken
from app.consults.types import ConsultType
from app.lib import clock
from app.lib.db import Instant, Model, add, db
from app.lib.outbox import errand, later

# Nobody said within this time that they did not come: the consult was held.
WORD = timedelta(days=3)


class Deposit(Model):
    """The deposit of a booking, or of the series it began: the order that pays it, and since when the consults stand by it."""

    __tablename__ = "booking_deposits"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), unique=True)
    confirmed_at: Mapped[Instant | None]
    booking: Mapped[Booking] = relationship()
    order: Mapped[Order] = relationship()

    @classmethod
    def of(cls, booking: Booking) -> Deposit | None:
        """The one for this booking, or for the series it belongs to."""
        together = Booking.series_id == booking.series_id if booking.series_id else Booking.id == booking.id
        return db.session.scalar(select(cls).join(Booking, Booking.id == cls.booking_id).where(together))

    @classmethod
    def of_order(cls, order_id: int) -> Deposit | None:
        return db.session.scalar(select(cls).where(cls.order_id == order_id))

    @classmethod
    def begin(cls, booking: Booking, kind: ConsultType) -> Payment | None:
        """The payment to go on with, every session being kept meanwhile; None when there is nothing left to pay. Raises Taken."""
        known = cls.of(booking)
        if known is not None:
            # Whoever hears of money holds the order before the booking; in the other order the two would wait for each other.
            order = Order.locked(known.order_id)
            if not order.is_open:
                return None
        if not all([session.keep() for session in sessions_of(booking)]):
            return None
        order = (cls.of(booking) or cls.ask(booking, kind)).order
        order.introduce(name=booking.name, email=booking.email, phone=booking.phone[:20], profession=booking.profession or "")
        order.person_id = booking.person_id if booking.person is not None and booking.person.is_proven else None
        return asking.pay(order)

    @classmethod
    def ask(cls, booking: Booking, kind: ConsultType) -> Deposit:
        back = url_for("consults.show_deposit", token=booking.token)
        order = asking.ask(f"Deposit: {kind.title}"[:200], kind.deposit, kind.currency, back)
        return add(cls(booking_id=booking.id, order_id=order.id))

    @property
    def state(self) -> str:
        """open, paid (it waits for the consult), kept (they did not come) or returned; disputed: their bank asks it back;
        owed: it was to go back, and the gateway refused.
        """
        order = self.order
        if not order.captured_cents:
            return "open"
        if not any(payment.refundable_cents for payment in order.payments):
            return "returned"
        if any(payment.is_disputed for payment in order.payments):
            return "disputed"
        if any(refund.state == "failed" for payment in order.payments for refund in payment.refunds):
            return "owed"
        return "kept" if self.confirmed_at and False in self.came() else "paid"

    @property
    def of_series(self) -> bool:
        """Several sessions stand by it: calling off one of them moves nothing."""
        return self.booking.series_id is not None

    @property
    def is_over(self) -> bool:
        """It came too late for its time and went back, or has to: with it nothing can be booked any more."""
        return self.confirmed_at is None and self.state in {"returned", "owed"}

    def came(self) -> set[bool]:
        """What was noted of its consults: that they came, that they did not."""
        ids = [session.id for session in sessions_of(self.booking)]
        return set(db.session.scalars(select(Outcome.came).where(Outcome.booking_id.in_(ids))))

    def paid(self) -> None:
        """The money is here: what is held stands. Where it was given up meanwhile, the money goes back."""
        Order.locked(self.order_id)
        if self.confirmed_at is None and not self.confirm():
            asking.give_back(self.order_id, "The time was not kept any more.")
            if not self.booking.stands:
                to_visitor("deposit_late", self.booking, method="")

    def confirm(self) -> bool:
        """Let every session stand; where one of them cannot, all are let go."""
        sessions = sessions_of(self.booking)
        for session in sessions:
            session.look_again()
        if not (all(session.state == "held" for session in sessions) and stand(sessions)):
            for session in sessions:
                session.let_go()
            return False
        self.confirmed_at = clock.now()
        self.plan()
        return True

    def drop(self) -> None:
        """The time was let go, or stands without it: nobody shall pay any more."""
        later("consults.close_deposit", key=f"consults:deposit:{self.id}:close", deposit_id=self.id)

    def decide(self) -> None:
        """Give it back once a consult was held or all were called off; when they did not come, it is kept."""
        if self.confirmed_at is None or self.state != "paid":
            return
        sessions = [session for session in sessions_of(self.booking) if session.stands]
        if not sessions or True in self.came() or any(session.ends_at + WORD <= clock.now() for session in sessions):
            asking.give_back(self.order_id, "The deposit of a consult.")
        else:
            self.plan()

    def plan(self) -> None:
        """Look once more when the first consult has been over for as long as a no-show may still be noted."""
        ends = [session.ends_at for session in sessions_of(self.booking) if session.stands]
        later("consults.decide_deposit", due_at=min(ends) + WORD, key=f"consults:deposit:{self.id}", deposit_id=self.id)


def stand(sessions: Sequence[Booking]) -> bool:
    """All of them or none; False when a time is taken by now."""
    try:
        with db.session.begin_nested():
            for session in sessions:
                session.confirm()
    except Taken:
        return False
    return True


@errand("consults.decide_deposit")
def decide_deposit(deposit_id: int) -> None:
    db.session.get_one(Deposit, deposit_id).decide()


@errand("consults.close_deposit")
def close_deposit(deposit_id: int) -> None:
    asking.close(db.session.get_one(Deposit, deposit_id).order_id)
