"""The look at Spiffy's orders: it sends no message twice after a day and a half, and none for what happened while we were away."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.checkout import gateways
from app.checkout.gateways import News
from app.checkout.models import Payment
from app.integrations.spiffy.gateway import Spiffy, settings
from app.lib import clock
from app.lib.db import Instant, Model, add, db, let_go
from app.lib.outbox import errand, later

OVERLAP = timedelta(hours=1)
AT_FIRST = timedelta(days=2)


class SpiffySweep(Model):
    """Up to which change the list of orders was read; one row."""

    __tablename__ = "spiffy_sweeps"

    read_at: Mapped[Instant]

    @classmethod
    def last(cls) -> datetime | None:
        return db.session.scalar(select(cls.read_at))

    @classmethod
    def reached(cls, moment: datetime) -> None:
        """Never back: a look that reaches over what was read says nothing new about how far we are."""
        row = db.session.scalar(select(cls)) or add(cls(read_at=moment))
        row.read_at = max(row.read_at, moment)


def is_on() -> bool:
    return "spiffy" in gateways.names() and bool(settings().spiffy_key)


@errand("spiffy.sweep")
def sweep() -> None:
    """Hear of every order that changed since the last good look, with an hour to spare."""
    if is_on():
        since = (SpiffySweep.last() or clock.now() - AT_FIRST) - OVERLAP
        read_on(since, 1, clock.now())


def read_on(since: datetime, page: int, began: datetime) -> None:
    later("spiffy.read", key="spiffy:read", since=since.isoformat(), page=page, began=began.isoformat())


@errand("spiffy.read")
def read(since: str, page: int, began: str) -> None:
    """One page, and the next one as an errand of its own: however many orders changed, and whatever fails, what was read stays read."""
    start = datetime.fromisoformat(since).replace(microsecond=0)
    let_go()
    found = Spiffy().changed(start, page)
    hear(found.news)
    if not found.more:
        SpiffySweep.reached(datetime.fromisoformat(began))
    elif found.last is not None and found.last.replace(microsecond=0) > start:
        # From where this page ends, as the pages behind it move while orders change.
        SpiffySweep.reached(found.last)
        read_on(found.last, 1, datetime.fromisoformat(began))
    else:
        read_on(start, page + 1, datetime.fromisoformat(began))


def hear(news: list[News]) -> None:
    for one in news:
        known = Payment.named_by("spiffy", one)
        if known is not None:
            Payment.locked(known[0]).hear(one)
