"""Short messages: rows like letters, sent by an errand to the provider's HTTP endpoint; without one they are kept and shown."""

from __future__ import annotations

import requests
from flask import current_app
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.lib import clock
from app.lib.db import Instant, Model, add, db, let_go
from app.lib.outbox import errand, later


class ShortMessage(Model):
    """One SMS: waiting, sent, or kept (no provider is set)."""

    __tablename__ = "short_messages"

    to: Mapped[str] = mapped_column(String(20), index=True)
    words: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(String(120), index=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    sent_at: Mapped[Instant | None]


def text(to: str, words: str, about: str = "") -> ShortMessage:
    """Write a message to an E.164 number into this transaction; it leaves after the commit."""
    row = add(ShortMessage(to=to, words=words, about=about))
    later("sms.send", message_id=row.id)
    return row


@errand("sms.send")
def send(message_id: int) -> None:
    """POST {"to", "text", "id"} as JSON to FRONTDESK_SMS_URL; the id is the idempotency key. An HTTP error is tried again."""
    row = db.session.get(ShortMessage, message_id)
    if row is None or row.state != "waiting":
        return
    url = current_app.config["SETTINGS"].sms_url
    if url:
        body = {"to": row.to, "text": row.words, "id": f"sms-{row.id}"}
        let_go()
        requests.post(url, json=body, headers={"Idempotency-Key": body["id"]}, timeout=15).raise_for_status()
    row.state, row.sent_at = ("sent", clock.now()) if url else ("kept", None)
