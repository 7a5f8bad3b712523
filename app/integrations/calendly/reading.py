"""Calendly's events read as reports. Pure functions over plain dicts. https://developer.calendly.com (webhook payloads)"""

from __future__ import annotations

import json

from app.consults.providers import Message, Report
from app.integrations.reading import Thing, instant, tail, text, thing, things
from app.lib import clock

NAME = "calendly"
PLACES = {"outbound_call": "phone", "inbound_call": "phone", "physical": "office"}
ABSENCES = {"invitee_no_show.created": True, "invitee_no_show.deleted": False}


def message(body: bytes) -> Message:
    """One webhook. Raises ValueError for what is none."""
    event = json.loads(body)
    if not isinstance(event, dict) or not isinstance(event.get("event"), str) or not isinstance(event.get("payload"), dict):
        raise ValueError("This is no event.")
    kind, payload = event["event"], event["payload"]
    found = absence(kind, payload, event) if kind in ABSENCES else None
    if kind in {"invitee.created", "invitee.canceled"}:
        found = invitee(payload)
    return Message(kind=kind[:80], reports=(found,) if found else (), at=instant(event.get("created_at")))


def absence(kind: str, payload: Thing, event: Thing) -> Report | None:
    """Somebody over there marked a guest as missing, or took it back."""
    ref = tail(payload.get("invitee")) or tail(payload.get("uri"))
    at = instant(event.get("created_at")) or instant(payload.get("created_at")) or clock.now()
    return Report(provider=NAME, ref=ref, at=at, missed=ABSENCES[kind]) if ref else None


def invitee(payload: Thing) -> Report | None:
    """An invitee with its scheduled event. The id is the invitee's: of one event there may be several guests."""
    ref, meeting = tail(payload.get("uri")), thing(payload.get("scheduled_event"))
    ended = payload.get("status") == "canceled" or meeting.get("status") == "canceled"
    made, changed = instant(payload.get("created_at")), instant(payload.get("updated_at"))
    if not ref:
        return None
    called_off = thing(payload.get("cancellation"))
    where = thing(meeting.get("location"))
    return Report(
        provider=NAME,
        ref=ref,
        at=(instant(called_off.get("created_at")) or changed if ended else made) or clock.now(),
        state=("replaced" if payload.get("rescheduled") else "cancelled") if ended else "booked",
        replaces=tail(payload.get("old_invitee")),
        replaced_by=tail(payload.get("new_invitee")),
        starts_at=instant(meeting.get("start_time")),
        ends_at=instant(meeting.get("end_time")),
        title=text(meeting.get("name")),
        event_type=tail(meeting.get("event_type")),
        name=text(payload.get("name")) or " ".join(filter(None, (text(payload.get("first_name")), text(payload.get("last_name"))))),
        email=text(payload.get("email")),
        phone=text(payload.get("text_reminder_number")) or phone_of(where),
        timezone=text(payload.get("timezone")),
        hosts=tuple(filter(None, (text(one.get("user_email")) for one in things(meeting.get("event_memberships"))))),
        place=PLACES.get(text(where.get("type")), "video"),
        join_url=text(where.get("join_url")),
        move_url=text(payload.get("reschedule_url")),
        cancel_url=text(payload.get("cancel_url")),
        reason=text(called_off.get("reason")),
        mark=text(thing(payload.get("tracking")).get("utm_content")),
        missed=True if payload.get("no_show") else None,
    )


def phone_of(where: Thing) -> str:
    return text(where.get("location"))[:40] if where.get("type") == "outbound_call" else ""
