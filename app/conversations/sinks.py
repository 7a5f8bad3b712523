"""The socket for CRMs: when a conversation is closed, every configured sink gets its transcript, at least once.

A plug is a folder under integrations/ that calls `register(MySink())` when it is mounted. The webhook sink is built in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Protocol

import requests
from flask import current_app

from app.conversations.models import Transcript
from app.lib import clock

TIMEOUT = 15


class CrmSink(Protocol):
    """Takes the transcripts of closed conversations."""

    name: str

    def ready(self) -> bool:
        """Whether this installation has configured it; asked at each close."""

    def deliver(self, transcript: Transcript, print_url: str, key: str, leave_out: frozenset[str]) -> None:
        """Send it on. `key` is the same for every try of the same close: the receiver uses it to take each close once.

        `leave_out` names the fields that must not leave (see Transcript.as_json). Any exception means "try again later".
        """


_sinks: dict[str, CrmSink] = {}


def register(sink: CrmSink) -> None:
    """Add a sink under its name; the same name again replaces it."""
    _sinks[sink.name] = sink


def ready() -> list[CrmSink]:
    return [sink for sink in _sinks.values() if sink.ready()]


def by_name(name: str) -> CrmSink | None:
    return _sinks.get(name)


def left_out(transcript: Transcript) -> frozenset[str]:
    """What stays here: FRONTDESK_CRM_LEAVE_OUT, and the words of conversations with a tag of FRONTDESK_CRM_SENSITIVE_TAGS."""
    settings = current_app.config["SETTINGS"]
    always = words_of(settings.crm_leave_out)
    sensitive = words_of(settings.crm_sensitive_tags) & set(transcript.tags)
    return frozenset(always | ({"words", "files", "subject"} if sensitive else set()))


def words_of(setting: str) -> set[str]:
    return {word.strip() for word in setting.split(",") if word.strip()}


class WebhookSink:
    """POSTs `{"type": "conversation.closed", "timestamp", "data"}` to FRONTDESK_CRM_WEBHOOK_URL, signed as standard-webhooks asks."""

    name = "webhook"

    def ready(self) -> bool:
        return bool(current_app.config["SETTINGS"].crm_webhook_url)

    def deliver(self, transcript: Transcript, print_url: str, key: str, leave_out: frozenset[str]) -> None:
        settings = current_app.config["SETTINGS"]
        data = {**transcript.as_json(leave_out), "text": transcript.as_text(leave_out), "print_url": print_url}
        now = clock.now()
        body = json.dumps({"type": "conversation.closed", "timestamp": now.isoformat(), "data": data}).encode()
        headers = signed(key, int(now.timestamp()), body, settings.crm_webhook_secret)
        answer = requests.post(settings.crm_webhook_url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        if answer.is_redirect:
            raise requests.HTTPError("The receiver answered with a redirect; give its real address.")


def signed(key: str, seconds: int, body: bytes, secret: str) -> dict[str, str]:
    """The headers of a signed webhook (standard-webhooks 1.0.0): webhook-id, webhook-timestamp, webhook-signature (v1, HMAC-SHA256)."""
    content = f"{key}.{seconds}.".encode() + body
    mark = base64.b64encode(hmac.new(key_bytes(secret), content, hashlib.sha256).digest()).decode()
    names = {"webhook-id": key, "webhook-timestamp": str(seconds), "webhook-signature": f"v1,{mark}"}
    return {**names, "Content-Type": "application/json", "Idempotency-Key": key}


def key_bytes(secret: str) -> bytes:
    """`whsec_` + base64 as the standard writes secrets; anything else is taken as it stands."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True) if secret.startswith("whsec_") else secret.encode()
    except binascii.Error:
        return secret.encode()


register(WebhookSink())
