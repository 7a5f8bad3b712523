"""What was agreed: the lines of an order and the dated charges of its schedule."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.checkout.pricing import Priced
from app.lib.db import Cents, Instant, Model, Slug, Title

if TYPE_CHECKING:
    from app.checkout.orders import Order


class Line(Model):
    """One thing bought, at the price that was agreed."""

    __tablename__ = "order_lines"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    slug: Mapped[Slug]
    title: Mapped[Title]
    cents: Mapped[Cents]
    order: Mapped[Order] = relationship(back_populates="lines")

    @classmethod
    def of(cls, priced: Priced) -> Line:
        return cls(slug=priced.slug, title=priced.title, cents=priced.cents)


class Installment(Model):
    """One charge of the agreed schedule: number 1 is the first."""

    __tablename__ = "installments"
    __table_args__ = (UniqueConstraint("order_id", "number"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    number: Mapped[int]
    due_on: Mapped[date]
    cents: Mapped[Cents]
    paid_at: Mapped[Instant | None]
    order: Mapped[Order] = relationship(back_populates="installments")
