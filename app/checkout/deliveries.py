"""Webhook deliveries: the raw bytes are a row before anything is made of them; the same message counts once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from prometheus_client import Counter
from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.checkout import gateways
from app.checkout.events import WebhookUnplaced
from app.checkout.payments import Payment
from app.lib import clock
from app.lib.db import db
from app.lib.deliveries import Delivered
from app.lib.facts import tell
from app.lib.outbox import Held, errand

MAY_BE_EARLY = timedelta(hours=1)
REFUSED = Counter("frontdesk_webhooks_refused_total", "Payment webhooks with a wrong or stale signature.", ("gateway",))


class WebhookDelivery(Delivered):
    """One message from a gateway, as it came: received, then done, ignored (it concerns no payment of ours) or dead."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (UniqueConstraint("gateway", "message_id"),)

    SENDER, MARK, APPLY, KEY = "gateway", "message_id", "checkout.apply_delivery", "delivery"
    HEADERS = ("User-Agent", "Content-Type", "Stripe-Signature", "Spiffy-Signature", "Sandbox-Signature")

    gateway: Mapped[str] = mapped_column(String(20))
    message_id: Mapped[str] = mapped_column(String(120))
    order_id: Mapped[int | None] = mapped_column(index=True)

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

    @classmethod
    def receive(cls, gateway: str, headers: Mapping[str, str], body: bytes) -> WebhookDelivery:
        """Verify, then store the bytes and an errand that applies them. A known id stores nothing. Raises signatures.Forged, ValueError."""
        message = gateways.of(gateway).webhook(headers, body)
        known = cls.again(gateway, message.id[:120])
        if known is not None:
            return known
        row, new = cls.store(gateway, message.id[:120], message.kind, headers, body)
        if new:
            for ref in {news.ref for news in message.news if news.ref and not news.payment and not Payment.named_by(gateway, news)}:
                tell(WebhookUnplaced(gateway=gateway, ref=ref))
        return row


@errand("checkout.apply_delivery")
def apply_delivery(delivery_id: int) -> None:
    db.session.get_one(WebhookDelivery, delivery_id).apply()
