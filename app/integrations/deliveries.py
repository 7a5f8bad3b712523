"""What booking providers send: the raw bytes are a row before anything is made of them; the same bytes count once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from prometheus_client import Counter
from sqlalchemy import JSON, LargeBinary, Select, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.consults.models import OutsideBooking, ProviderState, Unready
from app.consults.providers import Message, provider_of
from app.lib import clock, tokens
from app.lib.db import Instant, Model, db, first, unit_of_work
from app.lib.outbox import Errand, Held, errand, later

KEPT_HEADERS = ("User-Agent", "Content-Type", "Calendly-Webhook-Signature", "X-Cal-Signature-256", "X-Cal-Webhook-Version")
MAY_BE_EARLY = timedelta(hours=1)
KEPT = {"ignored": timedelta(days=30), "done": timedelta(days=180)}
REFUSED = Counter("frontdesk_booking_webhooks_refused_total", "Webhooks of booking providers with a wrong or old signature.", ("provider",))


class Delivery(Model):
    """One message of a provider, as it came: received, then done, ignored (it says nothing to us), or early (its booking is to come)."""

    __tablename__ = "booking_deliveries"
    __table_args__ = (UniqueConstraint("provider", "digest"),)

    provider: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(80))
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default="received", index=True)
    times: Mapped[int] = mapped_column(default=1)
    applied_at: Mapped[Instant | None]
    booking_id: Mapped[int | None] = mapped_column(index=True)

    @property
    def body(self) -> bytes:
        return tokens.decrypt(self.sealed)

    @property
    def errand_key(self) -> str:
        return f"integrations:delivery:{self.id}"

    def errands(self) -> list[Errand]:
        """The tries to apply it, for the desk."""
        return list(db.session.scalars(select(Errand).where(Errand.key == self.errand_key).order_by(Errand.id)))

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

    def replay(self) -> None:
        """Apply it again, as if it had just come: state beats arrival order, so it does no harm."""
        self.state = "received"
        later("integrations.apply", key=self.errand_key, delivery_id=self.id)

    @classmethod
    def receive(cls, name: str, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Verify, store the bytes, plan their application. Known bytes only count. Raises signatures.Forged, ValueError."""
        provider = provider_of(name)
        provider.verify(headers, body)
        digest = hashlib.sha256(body).hexdigest()
        known = cls.known(name, digest)
        if known is not None:
            known.times += 1
            return known
        message = provider.read(body)
        provider.check_age(headers, message)
        return cls.stored(name, digest, message, {one: headers[one] for one in KEPT_HEADERS if one in headers}, body)

    @classmethod
    def stored(cls, name: str, digest: str, message: Message, headers: dict[str, str], body: bytes) -> Delivery:
        row = cls(provider=name, digest=digest, kind=message.kind, headers=headers, sealed=tokens.encrypt(body))
        if not first(row):
            # Its twin came in at the same moment and was first.
            return db.session.scalars(select(cls).where(cls.provider == name, cls.digest == digest)).one()
        later("integrations.apply", key=row.errand_key, delivery_id=row.id)
        return row

    @classmethod
    def known(cls, name: str, digest: str) -> Delivery | None:
        return db.session.scalar(select(cls).where(cls.provider == name, cls.digest == digest))

    @classmethod
    def latest(cls, provider: str = "", state: str = "") -> Select[Delivery]:
        found = select(cls).order_by(cls.id.desc())
        found = found.where(cls.provider == provider) if provider else found
        return found.where(cls.state == state) if state else found


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
