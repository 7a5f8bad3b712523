"""Cal.com as a booking provider: its page by link or embedded, its signed webhooks, its API for the look at both lists."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import current_app

from app.consults.models import Outside
from app.consults.providers import Entry, Guest, Message, Report
from app.integrations.calcom import reading
from app.integrations.reading import thing, things
from app.lib import signatures, tokens
from app.lib.fetch import fetch

HEADER = "X-Cal-Signature-256"
VERSION = "2024-08-13"
UNSIGNED = "no-secret-provided"
PAGE, MOST_PAGES = 100, 20


class CalCom:
    """API v2 with an API key; webhook signatures are the hex HMAC-SHA256 of the body. https://cal.com/docs/developing/guides/automation/webhooks"""

    name = "calcom"
    title = "Cal.com"

    @property
    def settings(self) -> Any:
        return current_app.config["SETTINGS"]

    @property
    def secrets(self) -> list[str]:
        return [secret.strip() for secret in self.settings.calcom_secrets.split(",") if secret.strip()]

    @property
    def site(self) -> str:
        return str(self.settings.calcom_site).rstrip("/")

    @property
    def hears(self) -> bool:
        return bool(self.secrets)

    @property
    def lists(self) -> bool:
        return bool(self.settings.calcom_key)

    def entry(self, outside: Outside, guest: Guest) -> Entry:
        prefill = {name: value for name, value in (("name", guest.name), ("email", guest.email)) if value and not outside.private}
        config = {**prefill, "metadata[frontdesk]": guest.mark}
        link = outside.url + ("&" if "?" in outside.url else "?") + urlencode(config)
        if outside.mode != "embed":
            return Entry(link=link)
        parts = urlsplit(outside.url)
        script = f"{self.site}/embed/embed.js"
        told = {"how": "calcom", "origin": self.site, "path": parts.path.strip("/"), "config": config}
        # The embed draws its frame with style elements of its own; only this page lets them be.
        sources = {"script-src": (script,), "frame-src": (self.site, f"https://{parts.hostname}"), "style-src": ("'unsafe-inline'",)}
        return Entry(link=link, script=script, told=told, sources=sources)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        given = headers.get(HEADER, "").strip().lower()
        wanted = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in self.secrets]
        if given == UNSIGNED or not any(tokens.same(one, given) for one in wanted):
            raise signatures.Forged("The signature does not fit the message.")

    def check_age(self, headers: Mapping[str, str], message: Message) -> None:
        """The only time that is signed stands in the body."""
        if message.at is None:
            raise signatures.Stale("The message does not say when it was made.")
        signatures.check_age(message.at.timestamp(), self.settings.webhook_tolerance)

    def read(self, body: bytes) -> Message:
        return reading.message(body, self.site)

    def listed(self, since: datetime) -> list[Report]:
        found: list[Report] = []
        for number in range(MOST_PAGES):
            asked = {"afterStart": since.isoformat(), "take": str(PAGE), "skip": str(number * PAGE), "sortStart": "asc"}
            rows = things(self.call("/v2/bookings?" + urlencode(asked)).get("data"))
            found += [report for row in rows if (report := reading.listed(row, self.site))]
            if len(rows) < PAGE:
                return found
        raise ValueError("Cal.com lists more bookings than we can look at in one go.")

    def look_after(self) -> str:
        """Cal.com does not switch a webhook off by itself; that it is silent is seen by the alarm."""
        return ""

    def call(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.settings.calcom_key}", "cal-api-version": VERSION}
        answer = fetch(self.settings.calcom_api.rstrip("/") + path, headers=headers, redirects=0)
        if not answer.ok:
            raise ValueError(f"Cal.com answers {answer.status}" + (": the key is not accepted." if answer.status in {401, 403} else "."))
        return thing(json.loads(answer.body))
