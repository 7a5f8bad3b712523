"""Leases: of several processes that could do a thing, one does it, until it lets go or is not heard of any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import String, or_, update
from sqlalchemy.orm import Mapped, mapped_column

from app.lib import clock
from app.lib.db import Instant, Model, claim, db, first


class Lease(Model):
    """Who holds what, until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[Instant]


def hold(name: str, holder: str, span: timedelta) -> bool:
    """Take or renew the lease `name` for `span` from now, in this transaction. False while another holder has it."""
    until = clock.now() + span
    free = or_(Lease.holder == holder, Lease.until <= clock.now())
    if claim(update(Lease).where(Lease.name == name, free).values(holder=holder, until=until)):
        return True
    return first(Lease(name=name, holder=holder, until=until))


def let_go(name: str, holder: str) -> None:
    """End the lease now, if `holder` has it."""
    db.session.execute(update(Lease).where(Lease.name == name, Lease.holder == holder).values(until=clock.now()))
