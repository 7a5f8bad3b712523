"""The steps of one order, as they went."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib import clock
from app.lib.db import Instant, Model

if TYPE_CHECKING:
    from app.checkout.orders import Order


class Step(Model):
    """What happened on one step of one order: when it was done, how often it came back, because of which fields."""

    __tablename__ = "checkout_steps"
    __table_args__ = (UniqueConstraint("order_id", "name"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(10))
    seconds: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    errors: Mapped[dict[str, int]] = mapped_column(JSON)
    done_at: Mapped[Instant | None]
    order: Mapped[Order] = relationship(back_populates="steps")

    def came_back(self, fields: list[str]) -> None:
        self.tries += 1
        self.errors = {**self.errors, **{field: self.errors.get(field, 0) + 1 for field in fields}}

    def finish(self, seconds: int, at: datetime | None = None) -> None:
        self.seconds += seconds
        self.done_at = at or clock.now()
