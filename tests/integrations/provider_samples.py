"""Messages of Calendly and Cal.com as their contracts write them, signed; and a stand-in for the APIs of both over real HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.lib import clock, signatures
from tests.standin import Quiet, serving

KEY, SECRET = "calendly-key-new", "calcom-secret-new"
TEN = datetime.fromisoformat("2026-12-09T15:00:00+00:00")
Message = tuple[dict[str, str], bytes]


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@dataclass
class Calendly:
    """Writes Calendly's webhooks (envelope without a delivery id, invitee payload with its scheduled event)."""

    name = "calendly"
    door = "/webhooks/calendly"
    event_type: str = "https://api.calendly.com/event_types/INTRO15"
    host: str = ""
    mark: str = ""

    def invitee(self, ref: str, start: datetime = TEN, **more: Any) -> dict[str, Any]:
        meeting = {
            "uri": f"https://api.calendly.com/scheduled_events/EV-{ref}",
            "name": "15 minute call",
            "status": "active",
            "start_time": iso(start),
            "end_time": iso(start + timedelta(minutes=15)),
            "event_type": self.event_type,
            "location": {"type": "zoom", "join_url": f"https://zoom.example/{ref}"},
            "event_memberships": [{"user": "https://api.calendly.com/users/U1", "user_email": self.host}],
            "event_guests": [],
        }
        return {
            "uri": f"https://api.calendly.com/scheduled_events/EV-{ref}/invitees/{ref}",
            "email": "nora@example.com",
            "name": "Nora Field",
            "status": "active",
            "timezone": "America/New_York",
            "rescheduled": False,
            "old_invitee": None,
            "new_invitee": None,
            "cancel_url": f"https://calendly.com/cancellations/{ref}",
            "reschedule_url": f"https://calendly.com/reschedulings/{ref}",
            "questions_and_answers": [{"question": "Anything else?", "answer": "No", "position": 0}],
            "tracking": {"utm_source": None, "utm_content": self.mark or None},
            "no_show": None,
            "scheduled_event": meeting,
            "created_at": iso(clock.now()),
            "updated_at": iso(clock.now()),
            **more,
        }

    def uri(self, ref: str) -> str:
        return f"https://calendly.com/api/v2/scheduled_events/EV-{ref}/invitees/{ref}"

    def envelope(self, event: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"event": event, "created_at": iso(clock.now()), "created_by": "https://api.calendly.com/users/U1", "payload": payload}

    def created(self, ref: str, start: datetime = TEN, old: str = "", **more: Any) -> dict[str, Any]:
        return self.envelope("invitee.created", self.invitee(ref, start, old_invitee=self.uri(old) if old else None, **more))

    def cancelled(self, ref: str, start: datetime = TEN, new: str = "") -> dict[str, Any]:
        ended = {"canceled_by": "Nora", "reason": "Ill", "canceler_type": "invitee", "created_at": iso(clock.now())}
        moved = {"rescheduled": bool(new), "new_invitee": self.uri(new) if new else None}
        return self.envelope("invitee.canceled", self.invitee(ref, start, status="canceled", cancellation=ended, **moved))

    def moved(self, old: str, ref: str, start: datetime, was: datetime = TEN) -> list[dict[str, Any]]:
        """A move is two messages, in no promised order."""
        return [self.cancelled(old, was, new=ref), self.created(ref, start, old=old)]

    def missed(self, ref: str, gone: bool = True) -> dict[str, Any]:
        event = f"invitee_no_show.{'created' if gone else 'deleted'}"
        return self.envelope(event, {"uri": "https://api.calendly.com/invitee_no_shows/N1", "invitee": self.uri(ref)})

    def unknown(self) -> dict[str, Any]:
        return self.envelope("event_type.updated", {"uri": "https://api.calendly.com/event_types/INTRO15"})

    def signed(self, event: dict[str, Any], secret: str = KEY, late: timedelta = timedelta()) -> Message:
        body = json.dumps(event).encode()
        return {"Calendly-Webhook-Signature": signatures.sign(secret, body, at=clock.now() - late)}, body


@dataclass
class CalCom:
    """Writes Cal.com's webhooks (version 2021-10-20, default template)."""

    name = "calcom"
    door = "/webhooks/calcom"
    event_type: str = "intro-15"
    host: str = ""
    mark: str = ""

    def payload(self, ref: str, start: datetime = TEN, **more: Any) -> dict[str, Any]:
        return {
            "bookingId": 7,
            "uid": ref,
            "type": self.event_type,
            "title": "15 minute call between us and Nora Field",
            "eventTitle": "15 minute call",
            "startTime": iso(start),
            "endTime": iso(start + timedelta(minutes=15)),
            "length": 15,
            "status": "ACCEPTED",
            "organizer": {"id": 1, "name": "Grace", "email": self.host, "timeZone": "America/New_York"},
            "attendees": [{"email": "nora@example.com", "name": "Nora Field", "timeZone": "America/New_York"}],
            "responses": {"name": {"label": "your_name", "value": "Nora Field"}},
            "location": "integrations:daily",
            "metadata": {"videoCallUrl": f"https://app.cal.com/video/{ref}", **({"frontdesk": self.mark} if self.mark else {})},
            **more,
        }

    def envelope(self, trigger: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"triggerEvent": trigger, "createdAt": iso(clock.now()), "payload": payload}

    def created(self, ref: str, start: datetime = TEN, **more: Any) -> dict[str, Any]:
        return self.envelope("BOOKING_CREATED", self.payload(ref, start, **more))

    def cancelled(self, ref: str, start: datetime = TEN) -> dict[str, Any]:
        more = {"status": "CANCELLED", "cancelledBy": "nora@example.com", "cancellationReason": "Ill"}
        return self.envelope("BOOKING_CANCELLED", self.payload(ref, start, **more))

    def moved(self, old: str, ref: str, start: datetime, was: datetime = TEN) -> list[dict[str, Any]]:
        more = {"rescheduleId": 6, "rescheduleUid": old, "rescheduleStartTime": iso(was), "rescheduleEndTime": iso(was)}
        return [self.envelope("BOOKING_RESCHEDULED", self.payload(ref, start, **more))]

    def missed(self, ref: str, gone: bool = True) -> dict[str, Any]:
        told = {"bookingUid": ref, "bookingId": 7, "attendees": [{"email": "nora@example.com", "noShow": gone}], "message": "x"}
        return self.envelope("BOOKING_NO_SHOW_UPDATED", told)

    def unknown(self) -> dict[str, Any]:
        return self.envelope("RECORDING_READY", {"downloadLink": "https://app.cal.com/x"})

    def signed(self, event: dict[str, Any], secret: str = SECRET, late: timedelta = timedelta()) -> Message:
        body = json.dumps({**event, "createdAt": iso(clock.now() - late)} if late else event).encode()
        mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Cal-Signature-256": mac, "X-Cal-Webhook-Version": "2021-10-20"}, body


@dataclass
class Lists:
    """What the stand-in's accounts hold: Calendly's invitees with their events, its subscriptions, Cal.com's rows; and what was asked."""

    url: str = ""
    invitees: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    status: int = 200

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Any:
        if path == "/v2/bookings":
            skip, take = int(query["skip"][0]), int(query["take"][0])
            return {"status": "success", "data": self.rows[skip : skip + take]}
        if path == "/webhook_subscriptions":
            return self.subscribe(method, body)
        if path.startswith("/webhook_subscriptions/"):
            self.subscriptions = [one for one in self.subscriptions if not one["uri"].endswith(path)]
            return None
        if path == "/scheduled_events":
            meetings = [one["scheduled_event"] for one in self.invitees]
            first = int(query.get("page_token", ["0"])[0])
            more = {"next_page_token": str(first + 2)} if first + 2 < len(meetings) else {"next_page_token": None}
            return {"collection": meetings[first : first + 2], "pagination": more}
        found = [one for one in self.invitees if f"/{path.split('/')[2]}/" in one["uri"]]
        return {"collection": [{key: value for key, value in one.items() if key != "scheduled_event"} for one in found], "pagination": {}}

    def subscribe(self, method: str, body: dict[str, Any]) -> Any:
        if method == "POST":
            uri = f"https://api.calendly.com/webhook_subscriptions/S{len(self.asked)}"
            self.subscriptions.append({"uri": uri, "callback_url": body["url"], "state": "active", **body})
            return {"resource": self.subscriptions[-1]}
        return {"collection": self.subscriptions, "pagination": {}}


@contextmanager
def served() -> Iterator[Lists]:
    lists = Lists()

    class Handler(Quiet):
        def heard(self) -> None:
            body = self.typed()
            parts = urlsplit(self.path)
            lists.asked.append((self.command, self.path, dict(self.headers)))
            answer = lists.answer(self.command, parts.path, parse_qs(parts.query), body) if lists.status == 200 else {"title": "no"}
            self.reply(*(204, b"") if answer is None else (lists.status, answer))

        do_GET = do_POST = do_DELETE = heard

    with serving(Handler) as lists.url:
        yield lists
