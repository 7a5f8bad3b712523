"""Money that goes back: refunds, and what the customer's bank asks back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.checkout.events import RefundFailed, RefundMade
from app.lib import clock
from app.lib.db import Cents, Instant, Model, db
from app.lib.facts import tell

if TYPE_CHECKING:
    from app.checkout.payments import Payment

DISPUTE_RANK = {"open": 0, "won": 1, "lost": 1}


class Refund(Model):
    """Money given back, or on its way: asked, done or failed. Made here by an agent, or heard of from the gateway."""

    __tablename__ = "refunds"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="CASCADE"), index=True)
    cents: Mapped[Cents]
    state: Mapped[str] = mapped_column(String(10), default="asked")
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    ref: Mapped[str] = mapped_column(String(200), default="", index=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    failure: Mapped[str] = mapped_column(String(300), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    by: Mapped[Person | None] = relationship()
    payment: Mapped[Payment] = relationship(back_populates="refunds")

    @classmethod
    def heard(cls, payment: Payment, ref: str, cents: int, state: str) -> None:
        """Fold in what the gateway says of a refund: ours that has no ref yet when the amount fits, else a new row.

        Under one ref the amount may grow: some gateways only say how much went back in all.
        """
        same = next((r for r in payment.refunds if r.ref == ref), None)
        mine = next((r for r in payment.refunds if not r.ref and r.cents == cents and r.state != "failed"), None)
        refund = same or mine
        if refund is None:
            refund = cls(cents=cents, state="asked")
            payment.refunds.append(refund)
        refund.ref = ref
        refund.become(state, cents)

    def become(self, state: str, cents: int) -> None:
        if state == "failed":
            return self.fail()
        told = self.cents if self.state == "done" else 0
        self.state = "done" if self.state == "done" else state
        self.cents = max(self.cents, cents)
        if self.state == "done" and self.cents > told:
            db.session.flush()
            tell(RefundMade(order_id=self.payment.order_id, payment_id=self.payment.id, cents=self.cents - told))

    def fail(self, words: str = "") -> None:
        """The gateway does not pay it back. Of one that was asked for here somebody has to hear: nobody waits at a screen for it."""
        if self.state != "asked":
            return
        self.state, self.failure = "failed", words[:300]
        if self.key:
            tell(RefundFailed(order_id=self.payment.order_id, refund_id=self.id))


class Dispute(Model):
    """The customer's bank asks for the money back: open, then won or lost."""

    __tablename__ = "disputes"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="CASCADE"), index=True)
    ref: Mapped[str] = mapped_column(String(200), unique=True)
    cents: Mapped[Cents]
    state: Mapped[str] = mapped_column(String(10), default="open")
    moved_at: Mapped[Instant] = mapped_column(default=clock.now)
    payment: Mapped[Payment] = relationship(back_populates="disputes")

    @classmethod
    def heard(cls, payment: Payment, ref: str, state: str, cents: int) -> None:
        dispute = next((d for d in payment.disputes if d.ref == ref), None)
        if dispute is None:
            payment.disputes.append(cls(ref=ref, cents=cents, state=state))
        elif DISPUTE_RANK[state] > DISPUTE_RANK[dispute.state]:
            dispute.state, dispute.moved_at = state, clock.now()
