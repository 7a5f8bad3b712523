"""The look at Spiffy's orders: it sends no message twice after a day and a half, and none for what happened while we were away."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.checkout import gateways
from app.checkout.models import Payment
from app.integrations.spiffy.gateway import Spiffy, settings
from app.lib import clock
from app.lib.db import Instant, Model, add, db, let_go
from app.lib.outbox import errand

OVERLAP = timedelta(hours=1)
AT_FIRST = timedelta(days=2)


class SpiffySweep(Model):
    """When the list of orders was last read to its end; one row."""

    __tablename__ = "spiffy_sweeps"

    read_at: Mapped[Instant]


@errand("spiffy.sweep")
def sweep() -> None:
    """Hear of every order that changed since the last good look, with an hour to spare. Errors are tried again by the outbox."""
    if "spiffy" not in gateways.names() or not settings().spiffy_key:
        return
    began, last = clock.now(), db.session.scalar(select(SpiffySweep.read_at))
    let_go()
    news = Spiffy().changed((last or began - AT_FIRST) - OVERLAP)
    for one in news:
        known = Payment.named_by("spiffy", one)
        if known is not None:
            Payment.locked(known[0]).hear(one)
    row = db.session.scalar(select(SpiffySweep)) or add(SpiffySweep(read_at=began))
    row.read_at = began
