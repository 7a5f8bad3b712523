"""Invitations that come by mail (text/calendar, RFC 5545 and 5546), told in words: what, when by the firm's clock, where, from whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.lib import dates

KINDS = {"text/calendar", "application/ics"}
LARGEST = 200_000
MOST = 3
TITLES = {"REQUEST": "Invitation", "CANCEL": "Called off", "REPLY": "Answer to an invitation", "COUNTER": "Another time is proposed"}
ANSWERS = {"ACCEPTED": "accepts", "DECLINED": "declines", "TENTATIVE": "may come", "DELEGATED": "sends somebody else"}


def told(content: bytes, zone: ZoneInfo) -> list[str]:
    """A few lines for each event, as one text each; nothing for what cannot be read: it stays a file."""
    # 0.1 s to import; few mails bring one.
    from icalendar import Calendar  # noqa: PLC0415

    if len(content) > LARGEST:
        return []
    try:
        calendar = Calendar.from_ical(content)
        method = str(calendar.get("METHOD", "")).upper()
        return [one(event, method, zone) for event in calendar.walk("VEVENT")[:MOST]]
    except Exception:
        # The library raises a dozen kinds of errors on what programs write.
        return []


def one(event: Any, method: str, zone: ZoneInfo) -> str:
    lines = [f"{TITLES.get(method, 'In a calendar')}: {flat(event.get('SUMMARY')) or 'without a title'}"]
    lines += [f"When: {span(event, zone)}{', and again after that' if 'RRULE' in event else ''}"] if "DTSTART" in event else []
    lines += [f"Where: {flat(event['LOCATION'])}"] if flat(event.get("LOCATION")) else []
    lines += answers(event) if method == "REPLY" else [f"From: {who(event['ORGANIZER'])}"] if "ORGANIZER" in event else []
    return "\n".join(lines)


def flat(value: object) -> str:
    return " ".join(str(value or "").split())[:300]


def who(address: Any) -> str:
    bare = str(address).partition(":")[2] if str(address).lower().startswith("mailto:") else str(address)
    name = flat(getattr(address, "params", {}).get("CN", ""))
    return f"{name} ({bare})" if name and name != bare else flat(bare)


def answers(event: Any) -> list[str]:
    rows = event.get("ATTENDEE", [])
    rows = rows if isinstance(rows, list) else [rows]
    return [f"{who(row)} {ANSWERS.get(str(row.params.get('PARTSTAT', '')).upper(), 'answers')}" for row in rows[:MOST]]


def span(event: Any, zone: ZoneInfo) -> str:
    start, end = event["DTSTART"].dt, ended(event)
    if not isinstance(start, datetime):
        last = end - timedelta(days=1) if isinstance(end, date) and end > start else start
        return day(start) if last <= start else f"{day(start)} to {day(last)}"
    first = here(start, zone)
    words = f"{day(first)}, {dates.time(first)}"
    if isinstance(end, datetime):
        until = here(end, zone)
        words += f" to {dates.time(until)}" if until.date() == first.date() else f" to {day(until)}, {dates.time(until)}"
    return f"{words} ({zone.key})"


def ended(event: Any) -> date | None:
    if "DTEND" in event:
        end: date = event["DTEND"].dt
        return end
    return event["DTSTART"].dt + event["DURATION"].dt if "DURATION" in event else None


def here(moment: datetime, zone: ZoneInfo) -> datetime:
    """By the firm's clock; a time without a zone is meant where it is read."""
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def day(moment: date) -> str:
    return dates.day(moment, "full")
