"""Webhook deliveries: the raw bytes are a row before anything is made of them; the same message counts once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from prometheus_client import Counter
from sqlalchemy import JSON, LargeBinary, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.checkout import gateways
from app.checkout.events import WebhookUnplaced
from app.checkout.payments import Payment
from app.lib import clock, tokens
from app.lib.db import Instant, Model, db, first
from app.lib.facts import tell
from app.lib.outbox import Errand, Held, errand, later

KEPT_HEADERS = ("User-Agent", "Content-Type", "Stripe-Signature", "Spiffy-Signature", "Sandbox-Signature")
MAY_BE_EARLY = timedelta(hours=1)
REFUSED = Counter("frontdesk_webhooks_refused_total", "Payment webhooks with a wrong or stale signature.", ("gateway",))


class WebhookDelivery(Model):
    """One message from a gateway, as it came: received, then done, ignored (it concerns no payment of ours) or dead."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (UniqueConstraint("gateway", "message_id"),)

    gateway: Mapped[str] = mapped_column(String(20))
    message_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(80))
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default="received", index=True)
    times: Mapped[int] = mapped_column(default=1)
    applied_at: Mapped[Instant | None]
    order_id: Mapped[int | None] = mapped_column(index=True)

    @property
    def body(self) -> bytes:
        return tokens.decrypt(self.sealed)

    @property
    def errand_key(self) -> str:
        return f"delivery:{self.id}"

    def errands(self) -> list[Errand]:
        """The tries to apply it, for the desk."""
        return list(db.session.scalars(select(Errand).where(Errand.key == self.errand_key).order_by(Errand.id)))

    def apply(self) -> None:
        """Make state of what it says. Raises Held while it speaks of something we may still hear of."""
        message = gateways.of(self.gateway).webhook(self.headers, self.body, fresh=False)
        found = [(news, Payment.named_by(self.gateway, news)) for news in message.news]
        for news, ids in sorted((pair for pair in found if pair[1]), key=lambda pair: pair[1] or (0, 0)):
            if ids is not None:
                self.order_id = ids[1]
                Payment.locked(ids[0]).hear(news)
        unknown = any(not ids and not news.payment for news, ids in found)
        if unknown and clock.now() - self.created_at < MAY_BE_EARLY:
            # It names a charge by the gateway's own id, which another message will bring; nothing is lost by waiting.
            raise Held(clock.now() + timedelta(minutes=2))
        self.state = "done" if any(ids for _, ids in found) else "ignored"
        self.applied_at = clock.now()

    def replay(self) -> None:
        """Apply it again, as if it had just come."""
        self.state = "received"
        later("checkout.apply_delivery", key=self.errand_key, delivery_id=self.id)

    @classmethod
    def receive(cls, gateway: str, headers: Mapping[str, str], body: bytes) -> WebhookDelivery:
        """Verify, then store the bytes and an errand that applies them. A known id stores nothing. Raises signatures.Forged, ValueError."""
        message = gateways.of(gateway).webhook(headers, body)
        known = cls.known(gateway, message.id)
        if known is None:
            known = cls.stored(gateway, message, {name: headers[name] for name in KEPT_HEADERS if name in headers}, body)
        else:
            known.times += 1
        return known

    @classmethod
    def stored(cls, gateway: str, message: gateways.Message, headers: dict[str, str], body: bytes) -> WebhookDelivery:
        row = cls(gateway=gateway, message_id=message.id[:120], kind=message.kind[:80], headers=headers, sealed=tokens.encrypt(body))
        if not first(row):
            # Its twin came in at the same moment and was first.
            return db.session.scalars(select(cls).where(cls.gateway == gateway, cls.message_id == message.id[:120])).one()
        later("checkout.apply_delivery", key=row.errand_key, delivery_id=row.id)
        for ref in {news.ref for news in message.news if news.ref and not news.payment and not Payment.named_by(gateway, news)}:
            tell(WebhookUnplaced(gateway=gateway, ref=ref))
        return row

    @classmethod
    def known(cls, gateway: str, message_id: str) -> WebhookDelivery | None:
        return db.session.scalar(select(cls).where(cls.gateway == gateway, cls.message_id == message_id[:120]))

    @classmethod
    def latest(cls, gateway: str = "", state: str = "") -> Select[WebhookDelivery]:
        found = select(cls).order_by(cls.id.desc())
        found = found.where(cls.gateway == gateway) if gateway else found
        return found.where(cls.state == state) if state else found


@errand("checkout.apply_delivery")
def apply_delivery(delivery_id: int) -> None:
    db.session.get_one(WebhookDelivery, delivery_id).apply()
