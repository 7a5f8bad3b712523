"""Calendly as a booking provider: its page by link or embedded, its signed webhooks, its API for the look at both lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import current_app

from app.consults.models import Outside
from app.consults.providers import Entry, Guest, Message, Report
from app.integrations.calendly import reading
from app.integrations.reading import tail, text, thing, things
from app.lib import signatures
from app.lib.fetch import fetch

HEADER = "Calendly-Webhook-Signature"
SCRIPT = "https://assets.calendly.com/assets/external/widget.js"
EVENTS = ["invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted"]
MOST_PAGES = 20


class Calendly:
    """API v2 with a personal access token, and webhook signatures `t=…,v1=…`. https://developer.calendly.com/api-docs"""

    name = "calendly"
    title = "Calendly"

    @property
    def settings(self) -> Any:
        return current_app.config["SETTINGS"]

    @property
    def keys(self) -> list[str]:
        return [key.strip() for key in self.settings.calendly_signing_keys.split(",") if key.strip()]

    @property
    def hears(self) -> bool:
        return bool(self.keys)

    @property
    def lists(self) -> bool:
        return bool(self.settings.calendly_token and self.settings.calendly_organization)

    def entry(self, outside: Outside, guest: Guest) -> Entry:
        prefill = {name: value for name, value in (("name", guest.name), ("email", guest.email)) if value and not outside.private}
        utm = {"utm_content": guest.mark}
        link = outside.url + ("&" if "?" in outside.url else "?") + urlencode({**prefill, **utm})
        if outside.mode != "embed":
            return Entry(link=link)
        host = f"https://{urlsplit(outside.url).hostname}"
        told = {"how": "calendly", "url": outside.url, "origin": host, "prefill": prefill, "utm": {"utmContent": guest.mark}}
        return Entry(link=link, script=SCRIPT, told=told, sources={"script-src": (SCRIPT,), "frame-src": (host,)})

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        signatures.signed_at(headers.get(HEADER, ""), body, self.keys)

    def check_age(self, headers: Mapping[str, str], message: Message) -> None:
        signatures.check_age(signatures.read(headers.get(HEADER, ""))[0], self.settings.webhook_tolerance)

    def read(self, body: bytes) -> Message:
        return reading.message(body)

    def listed(self, since: datetime) -> list[Report]:
        asked = {"organization": self.settings.calendly_organization, "min_start_time": since.isoformat(), "sort": "start_time:asc"}
        found = []
        for meeting in self.pages("/scheduled_events", asked):
            for guest in self.pages(f"/scheduled_events/{tail(meeting.get('uri'))}/invitees", {}):
                report = reading.invitee({**guest, "scheduled_event": meeting})
                found += [report] if report else []
        return found

    def look_after(self) -> str:
        """The subscription is disabled after a day of failures: then it must be made anew."""
        if not (self.lists and self.hears):
            return ""
        asked = {"organization": self.settings.calendly_organization, "scope": "organization"}
        ours = [one for one in self.pages("/webhook_subscriptions", asked) if one.get("callback_url") == self.callback]
        if any(one.get("state") == "active" for one in ours):
            return ""
        for one in ours:
            self.call("DELETE", f"/webhook_subscriptions/{tail(one.get('uri'))}")
        self.call("POST", "/webhook_subscriptions", {**asked, "url": self.callback, "events": EVENTS, "signing_key": self.keys[0]})
        return "Calendly had stopped sending us webhooks; the subscription was made anew." if ours else "The webhook subscription was made."

    @property
    def callback(self) -> str:
        return f"{self.settings.base_url.rstrip('/')}/webhooks/calendly"

    def pages(self, path: str, asked: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Every row of a list, page after page."""
        token = ""
        for _ in range(MOST_PAGES):
            more = {"page_token": token} if token else {}
            answer = self.call("GET", path + "?" + urlencode({**asked, "count": "100", **more}))
            yield from things(answer.get("collection"))
            token = text(thing(answer.get("pagination")).get("next_page_token"))
            if not token:
                return
        raise ValueError("Calendly lists more bookings than we can look at in one go.")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One call of the API. Raises OSError when it cannot be reached, ValueError with words when it refuses."""
        headers = {"Authorization": f"Bearer {self.settings.calendly_token}", "Content-Type": "application/json"}
        sent = json.dumps(body).encode() if body is not None else b""
        answer = fetch(self.settings.calendly_api.rstrip("/") + path, method=method, headers=headers, body=sent, redirects=0)
        if not answer.ok:
            raise ValueError(f"Calendly answers {answer.status}" + (": the token is not accepted." if answer.status in {401, 403} else "."))
        return thing(json.loads(answer.body)) if answer.body else {}
