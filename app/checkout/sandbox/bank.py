"""The books of the sandbox: sessions, charges, refunds, disputes. It knows nothing of orders, like a provider far away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import JSON, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from app.checkout.gateways import Ask, News
from app.checkout.sandbox.numbers import Account, Card
from app.lib import tokens
from app.lib.db import Cents, Currency, Model, add, claim, db, only

ACH_DAYS = timedelta(days=4)


def named(kind: str) -> str:
    return f"{kind}_sandbox_{tokens.secret(96)}"


Keyed = TypeVar("Keyed", "SandboxSession", "SandboxCharge", "SandboxRefund")


def once(row: Keyed) -> Keyed:
    """The row with this idempotency key: this one, or the one that was there before. The same key never makes two."""
    return only(select(type(row)).where(type(row).key == row.key), row)


class SandboxSession(Model):
    """One hosted page: open, challenge (the bank asks), complete or expired."""

    __tablename__ = "sandbox_sessions"

    token: Mapped[str] = mapped_column(String(60), unique=True, default=lambda: named("cs"))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    payment: Mapped[str] = mapped_column(String(40), index=True)
    purpose: Mapped[str] = mapped_column(String(10))
    method: Mapped[str] = mapped_column(String(10))
    cents: Mapped[Cents]
    currency: Mapped[Currency]
    words: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(10), default="open")
    keep_method: Mapped[bool] = mapped_column(default=False)
    card: Mapped[str] = mapped_column(String(20), default="")
    said: Mapped[str] = mapped_column(String(200), default="")
    done_url: Mapped[str] = mapped_column(String(500))
    back_url: Mapped[str] = mapped_column(String(500))
    charge: Mapped[SandboxCharge | None] = relationship(back_populates="session")

    @classmethod
    def begin(cls, ask: Ask) -> SandboxSession:
        """The session for this key: the same one when asked again."""
        return once(
            cls(
                key=ask.key,
                payment=ask.payment,
                purpose=ask.purpose,
                method=ask.method,
                cents=ask.cents,
                currency=ask.currency,
                words=ask.words,
                keep_method=ask.keep_method,
                done_url=ask.done_url,
                back_url=ask.back_url,
            )
        )

    @classmethod
    def by_token(cls, token: str) -> SandboxSession | None:
        return db.session.scalar(select(cls).where(cls.token == token))

    def take(self, was: str, now: str) -> bool:
        """Move from one state to the next; False when somebody else (a second click) was first."""
        moved = claim(update(SandboxSession).where(SandboxSession.id == self.id, SandboxSession.state == was).values(state=now))
        db.session.refresh(self)
        return moved


class SandboxCharge(Model):
    """Money taken, or on its way, or refused. `key` is the caller's idempotency key for charges without a page."""

    __tablename__ = "sandbox_charges"

    token: Mapped[str] = mapped_column(String(60), unique=True, default=lambda: named("ch"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sandbox_sessions.id"), unique=True)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    payment: Mapped[str] = mapped_column(String(40), index=True)
    cents: Mapped[Cents]
    currency: Mapped[Currency]
    state: Mapped[str] = mapped_column(String(12))
    label: Mapped[str] = mapped_column(String(60))
    method: Mapped[str] = mapped_column(String(80), default="")
    failure: Mapped[str] = mapped_column(String(200), default="")
    ends: Mapped[str] = mapped_column(String(200), default="")
    session: Mapped[SandboxSession | None] = relationship(back_populates="charge")
    refunds: Mapped[list[SandboxRefund]] = relationship(back_populates="charge", order_by="SandboxRefund.id")
    disputes: Mapped[list[SandboxDispute]] = relationship(back_populates="charge", order_by="SandboxDispute.id")

    @classmethod
    def by_token(cls, token: str) -> SandboxCharge | None:
        return db.session.scalar(select(cls).where(cls.token == token))

    @classmethod
    def of_payment(cls, payment: str) -> SandboxCharge | None:
        return db.session.scalar(select(cls).where(cls.payment == payment).order_by(cls.id).limit(1))

    @classmethod
    def of_payments(cls, payments: list[str]) -> list[SandboxCharge]:
        found = select(cls).where(cls.payment.in_(payments)).order_by(cls.id.desc())
        return list(db.session.scalars(found.options(selectinload(cls.disputes))))

    @classmethod
    def waiting(cls, payments: list[str]) -> list[SandboxCharge]:
        """The bank debits of these payments that are still on their way."""
        found = select(cls).where(cls.payment.in_(payments), cls.state == "processing")
        return list(db.session.scalars(found))

    @classmethod
    def by_card(cls, session: SandboxSession, number: str, card: Card) -> SandboxCharge:
        label = f"{card.brand} •••• {number[-4:]}"
        method = f"pm_sandbox_{number}" if session.keep_method else ""
        return add(cls.on(session, state="succeeded", label=label, method=method))

    @classmethod
    def by_bank(cls, session: SandboxSession, number: str, account: Account) -> SandboxCharge:
        return add(cls.on(session, state="processing", label=f"Bank account •••• {number[-4:]}", ends=account.failure))

    @classmethod
    def on(cls, session: SandboxSession, **values: Any) -> SandboxCharge:
        return cls(session_id=session.id, payment=session.payment, cents=session.cents, currency=session.currency, **values)

    @classmethod
    def unattended(cls, ask: Ask, card: Card | None) -> SandboxCharge:
        """Charge a saved method; the same charge when asked again with this key."""
        number = ask.method_ref.removeprefix("pm_sandbox_")
        failure = "There is no saved method." if card is None else card.failure or card.later_failure
        return once(
            cls(
                key=ask.key,
                payment=ask.payment,
                cents=ask.cents,
                currency=ask.currency,
                state="failed" if failure else "succeeded",
                failure=failure,
                label=f"{card.brand if card else 'Card'} •••• {number[-4:]}",
            )
        )

    def settle(self, failure: str) -> bool:
        """End a bank debit; False when it had ended before."""
        state = "failed" if failure else "succeeded"
        mine = SandboxCharge.id == self.id
        moved = claim(update(SandboxCharge).where(mine, SandboxCharge.state == "processing").values(state=state, failure=failure))
        db.session.refresh(self)
        return moved

    @property
    def refunded_cents(self) -> int:
        return sum(refund.cents for refund in self.refunds)

    def refund(self, key: str, cents: int) -> SandboxRefund:
        """The refund for this key. Raises ValueError beyond what was taken."""
        found = db.session.scalar(select(SandboxRefund).where(SandboxRefund.key == key))
        if found is None and cents > self.cents - self.refunded_cents:
            raise ValueError("This is more than what is left of the charge.")
        return found or once(SandboxRefund(charge_id=self.id, key=key, cents=cents))

    def news(self) -> News:
        """Everything the books say about this charge."""
        dispute = self.disputes[-1] if self.disputes else None
        return News(
            payment=self.payment,
            ref=self.session.token if self.session else "",
            charge_ref=self.token,
            state=self.state,
            cents=self.cents if self.state == "succeeded" else None,
            currency=self.currency,
            method_ref=self.method,
            customer_ref="cus_sandbox" if self.method else "",
            method_label=self.label,
            failure=self.failure,
            refunds={refund.token: (refund.cents, "done") for refund in self.refunds},
            dispute=(dispute.token, dispute.state, self.cents) if dispute else None,
        )


class SandboxRefund(Model):
    """Money given back."""

    __tablename__ = "sandbox_refunds"

    token: Mapped[str] = mapped_column(String(60), unique=True, default=lambda: named("re"))
    charge_id: Mapped[int] = mapped_column(ForeignKey("sandbox_charges.id"))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    cents: Mapped[Cents]
    charge: Mapped[SandboxCharge] = relationship(back_populates="refunds")


class SandboxDispute(Model):
    """A customer's bank asks for the money back: open, won or lost."""

    __tablename__ = "sandbox_disputes"

    token: Mapped[str] = mapped_column(String(60), unique=True, default=lambda: named("dp"))
    charge_id: Mapped[int] = mapped_column(ForeignKey("sandbox_charges.id"))
    state: Mapped[str] = mapped_column(String(10), default="open")
    charge: Mapped[SandboxCharge] = relationship(back_populates="disputes")


class SandboxChaos(Model):
    """The chaos switch: what happens to webhooks on their way."""

    __tablename__ = "sandbox_chaos"

    duplicate: Mapped[bool] = mapped_column(default=False)
    reorder: Mapped[bool] = mapped_column(default=False)
    delay: Mapped[bool] = mapped_column(default=False)
    drop: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def current(cls) -> SandboxChaos:
        return db.session.get(cls, 1) or cls(duplicate=False, reorder=False, delay=False, drop=False)

    @classmethod
    def switch(cls, **flags: bool) -> None:
        row = only(select(cls).where(cls.id == 1), cls(id=1))
        for flag, on in flags.items():
            setattr(row, flag, on)


class SandboxNote(Model):
    """One event as it was sent, for the desk to see."""

    __tablename__ = "sandbox_notes"

    token: Mapped[str] = mapped_column(String(60), unique=True, default=lambda: named("evt"))
    payment: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    what: Mapped[dict[str, Any]] = mapped_column(JSON)
