"""Moments: what happened on a page, under the random name of a visit. They name nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, delete, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.lib import clock
from app.lib.db import Model, Slug, db


class Moment(Model):
    """One small event. `name` is entered, refused, done, left, seen, used, embed, paid or resumed; `detail` says of what."""

    __tablename__ = "moments"
    __table_args__ = (Index("ix_moments_created_name", "created_at", "name"), Index("ix_moments_visit", "visit"))

    visit: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(12))
    detail: Mapped[str] = mapped_column(String(60), default="")
    step: Mapped[str] = mapped_column(String(10), default="")
    offer: Mapped[Slug] = mapped_column(default="")
    profession: Mapped[Slug] = mapped_column(default="")
    device: Mapped[str] = mapped_column(String(10), default="")
    kind: Mapped[str] = mapped_column(String(10), default="")
    value: Mapped[int] = mapped_column(default=0)

    @classmethod
    def note(cls, rows: list[dict[str, Any]]) -> None:
        """Write several at once; missing fields are empty."""
        plain = {"detail": "", "step": "", "offer": "", "profession": "", "device": "", "kind": "", "value": 0}
        if rows:
            db.session.execute(insert(cls), [{"created_at": clock.now(), **plain, **row} for row in rows])

    @classmethod
    def forget_before(cls, instant: datetime) -> None:
        db.session.execute(delete(cls).where(cls.created_at < instant))
