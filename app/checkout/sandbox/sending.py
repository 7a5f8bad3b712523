"""The sandbox's postman: hands each event to the same door that a provider's HTTP request comes through."""

from __future__ import annotations

from app.checkout.deliveries import WebhookDelivery
from app.checkout.sandbox.bank import SandboxNote
from app.checkout.sandbox.gateway import packed
from app.lib.db import db
from app.lib.outbox import errand


@errand("checkout.sandbox_send")
def send(note_id: int) -> None:
    WebhookDelivery.receive("sandbox", *packed(db.session.get_one(SandboxNote, note_id)))
