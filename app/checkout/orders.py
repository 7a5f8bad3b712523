"""Orders: who buys what, how they pay, and the one state that follows from all payments."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Select, String, delete, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.interfaces import ORMOption

from app.accounts.models import Person
from app.business.models import Offer
from app.checkout.agreed import Installment, Line
from app.checkout.calendar import Appointment
from app.checkout.events import OrderMoved
from app.checkout.pricing import Option, Quote
from app.checkout.steps import Step
from app.lib import clock, tokens
from app.lib.db import Cents, Currency, Email, Instant, Model, Slug, Title, add, db, only
from app.lib.facts import tell

if TYPE_CHECKING:
    from app.checkout.payments import Payment

FIRST_NUMBER = 10_000
STATES = ("draft", "pending", "processing", "paid", "partly_paid", "failed", "refunded", "disputed")
OPEN = ("draft", "pending", "failed")


class Order(Model):
    """One purchase, from the first step on. Money fields follow from its rows; nobody sets `state` but `settle`.

    An order without an `offer` is a sum that a floor above asks for (`asking`); `back` is the path of that page.
    """

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_state_touched", "state", "touched_at"),)

    token: Mapped[str] = mapped_column(String(32), unique=True, default=tokens.secret)
    offer: Mapped[Slug] = mapped_column(index=True)
    title: Mapped[Title]
    currency: Mapped[Currency]
    state: Mapped[str] = mapped_column(String(12), default="draft")
    email: Mapped[Email] = mapped_column(default="", index=True)
    name: Mapped[Title] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    profession: Mapped[Slug] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    add_ons: Mapped[list[str]] = mapped_column(JSON, default=list)
    choice: Mapped[Slug] = mapped_column(default="")
    option: Mapped[Slug] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(String(10), default="")
    method: Mapped[str] = mapped_column(String(10), default="")
    fee_cents: Mapped[Cents] = mapped_column(default=0)
    gateway: Mapped[str] = mapped_column(String(20), default="")
    customer_ref: Mapped[str] = mapped_column(String(200), default="")
    method_ref: Mapped[str] = mapped_column(String(200), default="")
    method_label: Mapped[str] = mapped_column(String(60), default="")
    follow_up: Mapped[bool] = mapped_column(default=False)
    context: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    visit: Mapped[str] = mapped_column(String(32), default="")
    device: Mapped[str] = mapped_column(String(10), default="")
    touched_at: Mapped[Instant] = mapped_column(default=clock.now)
    agreed_at: Mapped[Instant | None]
    paid_at: Mapped[Instant | None]
    stopped_at: Mapped[Instant | None]
    back: Mapped[str] = mapped_column(String(300), default="")
    person: Mapped[Person | None] = relationship()
    lines: Mapped[list[Line]] = relationship(back_populates="order", cascade="all, delete-orphan", order_by="Line.id")
    steps: Mapped[list[Step]] = relationship(back_populates="order", cascade="all, delete-orphan", order_by="Step.id")
    installments: Mapped[list[Installment]] = relationship(
        back_populates="order", cascade="all, delete-orphan", order_by="Installment.number"
    )
    appointments: Mapped[list[Appointment]] = relationship(cascade="all, delete-orphan", order_by=Appointment.starts_at)
    payments: Mapped[list[Payment]] = relationship(back_populates="order", cascade="all, delete-orphan", order_by="Payment.id")

    @property
    def number(self) -> str:
        return str(FIRST_NUMBER + self.id)

    @property
    def total_cents(self) -> int:
        return sum(line.cents for line in self.lines) + self.fee_cents

    @property
    def captured_cents(self) -> int:
        return sum(payment.captured_cents for payment in self.payments)

    @property
    def refunded_cents(self) -> int:
        """What went back of that."""
        return sum(payment.refunded_cents for payment in self.payments if not payment.is_returned)

    @property
    def unpaid(self) -> list[Installment]:
        return [part for part in self.installments if part.paid_at is None]

    @property
    def to_come(self) -> list[Installment]:
        """The charges that are still to be taken: none once somebody here has stopped the schedule."""
        return [] if self.stopped_at else self.unpaid

    @property
    def left_cents(self) -> int:
        """What the customer still has to pay by the schedule."""
        return sum(part.cents for part in self.to_come)

    def part_to_take(self, number: int) -> Installment | None:
        """This charge of the schedule, while it may be taken."""
        return next((part for part in self.to_come if part.number == number and self.state == "partly_paid"), None)

    def stop(self) -> None:
        """Take no further charge, whatever comes of cards and disputes."""
        self.stopped_at = self.stopped_at or clock.now()

    @property
    def agreed_on(self) -> date | None:
        """The firm's date on which the schedule was agreed."""
        return self.installments[0].due_on if self.installments else None

    @property
    def is_open(self) -> bool:
        """Nothing was taken or promised yet: the customer may change everything."""
        return self.state in OPEN

    @property
    def is_bought(self) -> bool:
        return self.state in {"processing", "paid", "partly_paid", "disputed", "refunded"}

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.strip() else ""

    def belong_to(self, person: Person | None) -> None:
        """Bind the order to somebody who has proven the address it was bought with. An order has one owner for good."""
        if person is not None and self.person_id is None and person.email == self.email:
            self.person_id = person.id

    def introduce(self, *, name: str, email: str, phone: str, profession: str) -> None:
        """Step one: who they are. The address is typed, not proven."""
        self.name, self.email, self.phone, self.profession = name.strip(), email.strip().lower(), phone, profession
        self.touched_at = clock.now()

    def choose(self, add_ons: list[str], option: Option) -> None:
        """Step two: what they want and how they would pay. A payment that has begun goes on as it was agreed."""
        self.add_ons, self.choice = add_ons, option.id
        if self.agreed_at is None:
            self.go_by(option)
        self.touched_at = clock.now()

    def go_by(self, option: Option) -> None:
        self.option, self.kind, self.method = option.id, option.kind, option.method

    def keep_method(self, customer_ref: str, method_ref: str, label: str) -> None:
        """The card that later charges use. A gateway may name it again without saying how it looks."""
        same = self.method_ref == method_ref
        self.customer_ref, self.method_ref = customer_ref or self.customer_ref, method_ref
        self.method_label = label or (self.method_label if same else "")

    def agree(self, quote: Quote, gateway: str) -> None:
        """Step three: write down the way to pay, the price and the schedule as they were shown. Raises ValueError once money has moved."""
        if not self.is_open:
            raise ValueError("Money has moved: the schedule stands.")
        db.session.execute(delete(Line).where(Line.order_id == self.id))
        db.session.execute(delete(Installment).where(Installment.order_id == self.id))
        db.session.expire(self, ["lines", "installments"])
        self.lines = [Line.of(line) for line in quote.lines]
        self.installments = [Installment(number=c.number, due_on=c.on, cents=c.cents) for c in quote.charges]
        self.go_by(quote.option)
        self.fee_cents, self.currency, self.gateway = quote.fee_cents, quote.currency, gateway
        self.agreed_at = self.touched_at = clock.now()
        db.session.flush()

    def agrees_with(self, quote: Quote) -> bool:
        """Whether what was agreed is still what this quote says."""
        mine = [(line.slug, line.cents) for line in self.lines]
        dated = [(part.due_on, part.cents) for part in self.installments]
        return (
            mine == [(line.slug, line.cents) for line in quote.lines]
            and dated == [(charge.on, charge.cents) for charge in quote.charges]
            and self.currency == quote.currency
        )

    def open_payment(self) -> Payment | None:
        """The first charge, while the customer may still pay it."""
        return next((payment for payment in self.payments if payment.number == 1 and payment.is_open), None)

    def stale_payment(self, quote: Quote, gateway: str) -> Payment | None:
        """The open payment, when it was made for another price, way to pay or gateway than now."""
        payment = self.open_payment()
        fits = payment is not None and (payment.method, payment.gateway) == (quote.option.method, gateway) and self.agrees_with(quote)
        return None if fits else payment

    def settle(self) -> None:
        """Bring the state in line with the payments. State beats arrival order: it is computed, never stepped."""
        for part in self.installments:
            paid = [p for p in self.payments if p.number == part.number and p.captured_cents]
            if paid and part.paid_at is None:
                part.paid_at = clock.now()
        was, self.state = self.state, self.computed_state()
        if self.state in {"paid", "partly_paid"} and self.paid_at is None:
            self.paid_at = clock.now()
        if was != self.state:
            tell(OrderMoved(order_id=self.id, was=was, state=self.state))

    def computed_state(self) -> str:
        charges = [payment for payment in self.payments if payment.number]
        if any(payment.is_disputed for payment in charges):
            return "disputed"
        if self.captured_cents and self.refunded_cents >= self.captured_cents:
            return "refunded"
        if self.captured_cents:
            return "partly_paid" if self.unpaid else "paid"
        states = {"failed" if payment.is_returned else payment.state for payment in charges}
        for payment_state, state in (("succeeded", "processing"), ("processing", "processing"), ("pending", "pending")):
            if payment_state in states:
                return state
        return "failed" if "failed" in states else "draft"

    def appoint(self, *, uid: str, starts_at: datetime, ends_at: datetime, zone: str, title: str, place: str = "") -> Appointment:
        """A consult that belongs to this order has a time now; the same `uid` moves it."""
        found = next((one for one in self.appointments if one.uid == uid), None)
        if found is None:
            found = Appointment(uid=uid)
            self.appointments.append(found)
        found.starts_at, found.ends_at, found.zone, found.title, found.place = starts_at, ends_at, zone, title, place
        return found

    def step(self, name: str) -> Step:
        """This step of the order; two requests may come to it for the first time at the same moment."""
        found = next((step for step in self.steps if step.name == name), None)
        if found is None:
            mine = select(Step).where(Step.order_id == self.id, Step.name == name)
            found = only(mine, Step(order_id=self.id, name=name, seconds=0, tries=0, errors={}))
            db.session.expire(self, ["steps"])
        return found

    def done(self, name: str) -> bool:
        return any(step.name == name and step.done_at for step in self.steps)

    @classmethod
    def open(cls, offer: Offer, *, context: dict[str, Any], visit: str, device: str) -> Order:
        return add(cls(offer=offer.slug, title=offer.title, currency=offer.currency, context=context, visit=visit, device=device))

    @classmethod
    def by_token(cls, token: str) -> Order | None:
        return db.session.scalar(select(cls).where(cls.token == token))

    @classmethod
    def unpaid_among(cls, these: list[str], offer: str) -> Order | None:
        """Of the orders with these tokens, the latest whose payment failed after all."""
        found = select(cls).where(cls.token.in_(these), cls.offer == offer, cls.state == "failed").order_by(cls.id.desc()).limit(1)
        return db.session.scalar(found)

    @classmethod
    def by_number(cls, number: str, *options: ORMOption) -> Order | None:
        plain = number.isascii() and number.isdecimal() and len(number) < 12
        return db.session.get(cls, int(number) - FIRST_NUMBER, options=options) if plain else None

    @classmethod
    def locked(cls, order_id: int) -> Order:
        """The order, read afresh, with nobody else able to change it until this transaction ends."""
        db.session.flush()
        db.session.expire_all()
        return db.session.scalars(select(cls).where(cls.id == order_id).with_for_update()).one()

    @classmethod
    def seen_by(cls, person: Person) -> Select[Order]:
        """The bought orders that a person may see as theirs: bound to them or to a visitor proven to be them."""
        return select(cls).where(cls.person_id.in_(person.aliases()), cls.agreed_at.is_not(None)).order_by(cls.id.desc())

    @classmethod
    def is_sale(cls) -> ColumnElement[bool]:
        """Something on offer was bought: no sum that is asked for and goes back."""
        return cls.offer != ""

    @classmethod
    def on_desk(cls, state: str = "", words: str = "") -> Select[Order]:
        found = select(cls).order_by(cls.touched_at.desc(), cls.id.desc())
        if state:
            found = found.where(cls.state == state)
        if words.strip():
            like = f"%{words.strip().lower()}%"
            number = int(words) - FIRST_NUMBER if words.strip().isdecimal() and len(words) < 12 else -1
            found = found.where(or_(func.lower(cls.name).like(like), cls.email.like(like), cls.id == number))
        return found
