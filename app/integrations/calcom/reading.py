"""Cal.com's events and its list of bookings read as reports. Pure functions. https://cal.com/docs (webhooks; API v2, bookings)"""

from __future__ import annotations

import json

from app.consults.providers import Message, Report
from app.integrations.reading import Thing, instant, text, thing, things
from app.lib import clock

NAME = "calcom"
STATES = {
    "BOOKING_CREATED": "booked",
    "BOOKING_REQUESTED": "requested",
    "BOOKING_RESCHEDULED": "booked",
    "BOOKING_PAID": "booked",
    "BOOKING_CANCELLED": "cancelled",
    "BOOKING_REJECTED": "cancelled",
}
LISTED = {"accepted": "booked", "pending": "requested", "cancelled": "cancelled", "rejected": "cancelled"}


def message(body: bytes, site: str = "") -> Message:
    """One webhook of the default template. `site` is where guests move and cancel. Raises ValueError for what is none."""
    event = json.loads(body)
    if not isinstance(event, dict) or not isinstance(event.get("triggerEvent"), str):
        raise ValueError("This is no event.")
    kind, payload, at = event["triggerEvent"], thing(event.get("payload")), instant(event.get("createdAt"))
    if at is None:
        raise ValueError("The message does not say when it was made; use the default payload template.")
    found: Report | None = None
    if kind in STATES:
        found = booking(payload, STATES[kind], at, site)
    elif kind == "BOOKING_NO_SHOW_UPDATED":
        found = absence(payload, at)
    return Message(kind=kind[:80], reports=(found,) if found else (), at=at)


def absence(payload: Thing, at: object) -> Report | None:
    ref, guests = text(payload.get("bookingUid")), things(payload.get("attendees"))
    missed = any(one.get("noShow") is True for one in guests)
    return Report(provider=NAME, ref=ref, at=instant(str(at)) or clock.now(), missed=missed) if ref and guests else None


def booking(payload: Thing, state: str, at: object, site: str) -> Report | None:
    """The payload of a booking's event. A moved booking has a new uid and names its old one."""
    ref = text(payload.get("uid"))
    if not ref:
        return None
    guest = (things(payload.get("attendees")) or [{}])[0]
    pending = state == "booked" and payload.get("status") == "PENDING"
    return Report(
        provider=NAME,
        ref=ref,
        at=instant(str(at)) or clock.now(),
        state="requested" if pending else state,
        replaces=text(payload.get("rescheduleUid")) if text(payload.get("rescheduleUid")) != ref else "",
        starts_at=instant(payload.get("startTime")),
        ends_at=instant(payload.get("endTime")),
        title=text(payload.get("eventTitle")) or text(payload.get("title")),
        event_type=text(payload.get("type")),
        name=text(guest.get("name")),
        email=text(guest.get("email")),
        phone=text(payload.get("smsReminderNumber")) or text(guest.get("phoneNumber")),
        timezone=text(guest.get("timeZone")),
        hosts=tuple(filter(None, (text(one.get("email")) for one in hosts_of(payload)))),
        join_url=text(thing(payload.get("metadata")).get("videoCallUrl")),
        reason=text(payload.get("cancellationReason")) or text(payload.get("rejectionReason")),
        mark=text(thing(payload.get("metadata")).get("frontdesk")),
        place=place(text(payload.get("location"))),
        move_url=move_link(site, ref),
        cancel_url=cancel_link(site, ref),
    )


def hosts_of(payload: Thing) -> list[Thing]:
    return [thing(payload.get("organizer")), *things(thing(payload.get("team")).get("members"))]


def listed(row: Thing, site: str = "") -> Report | None:
    """One row of GET /v2/bookings."""
    ref, state = text(row.get("uid")), LISTED.get(text(row.get("status")).lower(), "")
    if not ref or not state:
        return None
    guest = (things(row.get("attendees")) or [{}])[0]
    moved_to = text(row.get("rescheduledToUid"))
    return Report(
        provider=NAME,
        ref=ref,
        at=instant(row.get("updatedAt")) or instant(row.get("createdAt")) or clock.now(),
        state="replaced" if state == "cancelled" and moved_to else state,
        replaces=text(row.get("rescheduledFromUid")),
        replaced_by=moved_to,
        starts_at=instant(row.get("start")),
        ends_at=instant(row.get("end")),
        title=text(row.get("title")),
        event_type=text(thing(row.get("eventType")).get("slug")),
        name=text(guest.get("name")),
        email=text(guest.get("email")),
        phone=text(guest.get("phoneNumber")),
        timezone=text(guest.get("timeZone")),
        hosts=tuple(filter(None, (text(one.get("email")) for one in things(row.get("hosts"))))),
        join_url=text(row.get("meetingUrl")),
        reason=text(row.get("cancellationReason")) or text(row.get("rejectionReason")),
        mark=text(thing(row.get("metadata")).get("frontdesk")),
        missed=True if guest.get("absent") is True else None,
        place=place(text(row.get("location"))),
        move_url=move_link(site, ref),
        cancel_url=cancel_link(site, ref),
    )


def place(location: str) -> str:
    """How the two meet: their words are a link, a number, the name of a video service, or a street."""
    if location.startswith(("+", "tel:")) or location == "userPhone":
        return "phone"
    if location.startswith(("https://", "integrations:")) or not location:
        return "video"
    return "office"


def move_link(site: str, ref: str) -> str:
    return f"{site}/reschedule/{ref}" if site else ""


def cancel_link(site: str, ref: str) -> str:
    return f"{site}/booking/{ref}?cancel=true" if site else ""
