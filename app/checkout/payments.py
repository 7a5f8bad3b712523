"""Payments: each charge or try of one, what the gateway said about it, refunds, disputes, and what is held for a person."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.checkout.events import PaymentCaptured, PaymentFailed, PaymentHeld
from app.checkout.gateways import Ask, News, Started
from app.checkout.orders import Order
from app.checkout.refunds import Dispute, Refund
from app.lib import clock, tokens
from app.lib.db import Cents, Currency, Instant, Model, add, db
from app.lib.facts import tell

# A state never moves to one of a lower rank, in whatever order the news arrives.
RANK = {"new": 0, "pending": 1, "processing": 2, "expired": 3, "failed": 3, "succeeded": 4}


class Payment(Model):
    """One charge at a gateway, or one try of it. `number` is its place in the schedule; 0 saves a method and takes nothing."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("order_id", "number", "generation"),)

    token: Mapped[str] = mapped_column(String(32), unique=True, default=tokens.secret)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    number: Mapped[int]
    generation: Mapped[int] = mapped_column(default=1)
    purpose: Mapped[str] = mapped_column(String(10), default="pay")
    method: Mapped[str] = mapped_column(String(10))
    gateway: Mapped[str] = mapped_column(String(20))
    cents: Mapped[Cents]
    currency: Mapped[Currency]
    state: Mapped[str] = mapped_column(String(12), default="new", index=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    checkout_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    ref: Mapped[str] = mapped_column(String(200), default="", index=True)
    charge_ref: Mapped[str] = mapped_column(String(200), default="", index=True)
    url: Mapped[str] = mapped_column(String(2000), default="")
    taken_cents: Mapped[Cents] = mapped_column(default=0)
    method_label: Mapped[str] = mapped_column(String(60), default="")
    failure: Mapped[str] = mapped_column(String(300), default="")
    moved_at: Mapped[Instant] = mapped_column(default=clock.now)
    looked_at: Mapped[Instant | None]
    order: Mapped[Order] = relationship(back_populates="payments")
    refunds: Mapped[list[Refund]] = relationship(back_populates="payment", cascade="all, delete-orphan", order_by="Refund.id")
    disputes: Mapped[list[Dispute]] = relationship(back_populates="payment", cascade="all, delete-orphan", order_by="Dispute.id")
    holds: Mapped[list[Hold]] = relationship(back_populates="payment", cascade="all, delete-orphan", order_by="Hold.id")

    @property
    def is_open(self) -> bool:
        """The customer, or a schedule, may still bring this one to an end."""
        return self.state in {"new", "pending"}

    @property
    def is_held(self) -> bool:
        return any(hold.verdict == "" for hold in self.holds)

    @property
    def is_disputed(self) -> bool:
        return any(dispute.state in {"open", "lost"} for dispute in self.disputes)

    @property
    def is_returned(self) -> bool:
        """A person has looked, and what was taken goes back."""
        return any(hold.verdict == "returned" for hold in self.holds)

    @property
    def captured_cents(self) -> int:
        """What counts towards the order: taken and not held for a person."""
        accepted = all(hold.verdict == "accepted" for hold in self.holds)
        return self.taken_cents if self.state == "succeeded" and accepted else 0

    @property
    def refunded_cents(self) -> int:
        return sum(refund.cents for refund in self.refunds if refund.state == "done")

    @property
    def refundable_cents(self) -> int:
        pledged = sum(refund.cents for refund in self.refunds if refund.state != "failed")
        return max(0, self.taken_cents - pledged) if self.state == "succeeded" else 0

    @property
    def needs_method(self) -> bool:
        """Later charges of the schedule will use the same method without the customer."""
        return self.number == 1 and len(self.order.installments) > 1

    def ask(self, **addresses: str) -> Ask:
        """This payment in the words of the socket."""
        order = self.order
        return Ask(
            payment=self.token,
            key=self.key,
            order=order.number,
            purpose=self.purpose,
            method=self.method,
            cents=self.cents,
            currency=self.currency,
            words=order.title if self.number <= 1 else f"{order.title} · payment {self.number} of {len(order.installments)}",
            email=order.email,
            name=order.name,
            profession=order.profession,
            offer=order.offer,
            add_ons=tuple(order.add_ons),
            keep_method=self.needs_method or self.purpose == "method",
            ref=self.ref,
            charge_ref=self.charge_ref,
            customer_ref=order.customer_ref,
            method_ref=order.method_ref,
            **addresses,
        )

    def began(self, started: Started) -> None:
        """The gateway has it: where the customer goes, and any news that came with the answer."""
        self.ref, self.url = self.ref or started.ref, started.url or self.url
        self.move("pending")
        if started.news is not None:
            self.hear(started.news)
        else:
            self.order.settle()

    def hear(self, news: News) -> None:
        """Take in what a gateway says: the only door from news to state. Safe to repeat, in any order."""
        self.remember(news)
        self.check_amount(news)
        since = self.moved_at.isoformat() if self.state == "processing" else ""
        moved = self.move(news.state) if news.state else False
        for ref, (cents, state) in news.refunds.items():
            Refund.heard(self, ref, cents, state)
        if news.dispute is not None:
            Dispute.heard(self, *news.dispute)
        self.order.settle()
        if moved:
            self.tell_of(since)

    def remember(self, news: News) -> None:
        self.ref, self.charge_ref = self.ref or news.ref, self.charge_ref or news.charge_ref
        self.method_label = news.method_label or self.method_label
        self.failure = (news.failure or self.failure)[:300]
        if news.method_ref and news.state != "failed" and self.brings_method:
            self.order.keep_method(news.customer_ref, news.method_ref, news.method_label)

    @property
    def brings_method(self) -> bool:
        """A charge only uses what is saved, and old news must not put back a card that another payment has replaced since."""
        since = (other for other in self.order.payments if other.id > self.id and other.purpose != "charge")
        return self.purpose != "charge" and not any(other.state == "succeeded" for other in since)

    def check_amount(self, news: News) -> None:
        """Money in another amount or currency than we asked for is held: it counts for nothing until a person has looked."""
        if news.state != "succeeded" or self.state == "succeeded" or self.purpose == "method":
            return
        self.taken_cents = self.cents if news.cents is None else news.cents
        theirs = (news.currency or self.currency).upper()
        if (self.taken_cents, theirs) != (self.cents, self.currency):
            self.hold("amount", f"{self.taken_cents} {theirs} instead of {self.cents} {self.currency}")
        elif self.order.installments and not self.still_wanted():
            self.hold("twice", "This charge had been paid already.")

    def still_wanted(self) -> bool:
        """False when another payment has filled the same place in the schedule."""
        others = (p for p in self.order.payments if p is not self and p.number == self.number)
        return not any(other.captured_cents for other in others)

    def hold(self, reason: str, words: str) -> None:
        self.holds.append(Hold(reason=reason, words=words, verdict=""))
        tell(PaymentHeld(order_id=self.order_id, payment_id=self.id))

    def move(self, state: str) -> bool:
        if RANK[state] <= RANK[self.state]:
            return False
        self.state, self.moved_at = state, clock.now()
        return True

    def tell_of(self, since: str = "") -> None:
        if self.state == "succeeded" and not self.is_held:
            tell(PaymentCaptured(order_id=self.order_id, payment_id=self.id, number=self.number, since=since))
        elif self.state == "failed":
            tell(PaymentFailed(order_id=self.order_id, payment_id=self.id, number=self.number))

    @classmethod
    def begin(cls, order: Order, *, number: int, purpose: str, cents: int, checkout_key: str | None = None) -> Payment:
        """The next try of one charge, with its idempotency key, to be committed before the gateway is called."""
        generation = 1 + max((p.generation for p in order.payments if p.number == number), default=0)
        payment = cls(
            order=order,
            number=number,
            generation=generation,
            purpose=purpose,
            method=order.method,
            gateway=order.gateway,
            cents=cents,
            currency=order.currency,
            key=f"{order.token}-{number}-{generation}",
            checkout_key=checkout_key,
        )
        return add(payment)

    @classmethod
    def by_token(cls, token: str) -> Payment | None:
        return db.session.scalar(select(cls).where(cls.token == token))

    @classmethod
    def by_checkout_key(cls, key: str) -> Payment | None:
        return db.session.scalar(select(cls).where(cls.checkout_key == key)) if key else None

    @classmethod
    def named_by(cls, gateway: str, news: News) -> tuple[int, int] | None:
        """The payment id and order id that news speaks of: by our token, else by the gateway's session or charge. Loads no row."""
        for column, value in ((cls.token, news.payment), (cls.ref, news.ref), (cls.charge_ref, news.charge_ref)):
            found = select(cls.id, cls.order_id).where(cls.gateway == gateway, column == value).limit(1)
            row = db.session.execute(found).first() if value else None
            if row is not None:
                return row.id, row.order_id
        return None

    @classmethod
    def locked(cls, payment_id: int) -> Payment:
        """The payment inside its locked order, both read afresh."""
        order_id = db.session.scalars(select(cls.order_id).where(cls.id == payment_id)).one()
        order = Order.locked(order_id)
        return next(payment for payment in order.payments if payment.id == payment_id)

    @classmethod
    def held(cls) -> Select[Payment]:
        return select(cls).where(cls.holds.any(Hold.verdict == "")).order_by(cls.id)


class Hold(Model):
    """A payment that needs a person: why, and the verdict (accepted, or returned) with who gave it."""

    __tablename__ = "payment_holds"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(300))
    verdict: Mapped[str] = mapped_column(String(10), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[Instant | None]
    payment: Mapped[Payment] = relationship(back_populates="holds")

    def decide(self, verdict: str, by: Person) -> None:
        self.verdict, self.by_id, self.decided_at = verdict, by.id, clock.now()
        payment = self.payment
        payment.order.settle()
        if verdict == "accepted":
            payment.tell_of()
