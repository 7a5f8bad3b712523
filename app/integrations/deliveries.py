"""What booking providers send: the raw bytes are a row before anything is made of them; the same bytes count once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from prometheus_client import Counter
from sqlalchemy import String, UniqueConstraint, delete
from sqlalchemy.orm import Mapped, mapped_column

from app.consults.models import OutsideBooking, ProviderState, Unready
from app.consults.providers import provider_of
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.deliveries import Delivered
from app.lib.outbox import Held, errand

MAY_BE_EARLY = timedelta(hours=1)
KEPT = {"ignored": timedelta(days=30), "done": timedelta(days=180)}
REFUSED = Counter("frontdesk_booking_webhooks_refused_total", "Webhooks of booking providers with a wrong or old signature.", ("provider",))


class Delivery(Delivered):
    """One message of a provider, as it came: received, then done, ignored (it says nothing to us), or early (its booking is to come)."""

    __tablename__ = "booking_deliveries"
    __table_args__ = (UniqueConstraint("provider", "digest"),)

    SENDER, MARK, APPLY, KEY = "provider", "digest", "integrations.apply", "integrations:delivery"
    HEADERS = ("User-Agent", "Content-Type", "Calendly-Webhook-Signature", "X-Cal-Signature-256", "X-Cal-Webhook-Version")

    provider: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    booking_id: Mapped[int | None] = mapped_column(index=True)

    def apply(self) -> None:
        """Make state of what it says, all of it or nothing. Raises Held while the booking it speaks of may still come."""
        reports = provider_of(self.provider).read(self.body).reports
        try:
            bookings = [OutsideBooking.hear(report) for report in reports]
        except Unready:
            if clock.now() - self.created_at < MAY_BE_EARLY:
                raise Held(clock.now() + timedelta(minutes=2)) from None
            bookings = []
        self.state, self.applied_at = ("done" if reports else "ignored"), clock.now()
        self.booking_id = next((booking.id for booking in bookings if booking is not None), self.booking_id)

    @classmethod
    def receive(cls, name: str, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Verify, store the bytes, plan their application. Known bytes only count. Raises signatures.Forged, ValueError."""
        provider = provider_of(name)
        provider.verify(headers, body)
        digest = hashlib.sha256(body).hexdigest()
        known = cls.again(name, digest)
        if known is not None:
            return known
        message = provider.read(body)
        provider.check_age(headers, message)
        return cls.store(name, digest, message.kind, headers, body)[0]


@errand("integrations.apply")
def apply_delivery(delivery_id: int) -> None:
    row = db.session.get(Delivery, delivery_id)
    if row is not None:
        row.apply()


@errand("integrations.forget")
def forget_old() -> None:
    """What said nothing to us is kept for a month, what was applied for half a year."""
    for state, age in KEPT.items():
        old = delete(Delivery).where(Delivery.state == state, Delivery.created_at < clock.now() - age)
        db.session.execute(old.execution_options(synchronize_session=False))


def refuse(name: str) -> None:
    """Count a message that its provider did not sign, or too long ago, and note the minute. Nothing of it is kept."""
    REFUSED.labels(name).inc()
    with unit_of_work():
        state = ProviderState.of(name)
        if state.refused_at is None or clock.now() - state.refused_at > timedelta(minutes=1):
            state.refused_at = clock.now()
