"""Busy time out of calendar objects (RFC 5545): expanded by us, by the zone's own rules, never by a server's free-busy report."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.consults.calendars import Snapshot, Taken
from app.lib.ical import happenings

MOST_COMPONENTS, MOST_TIMES, SECONDS = 10_000, 20_000, 60.0
DAY = timedelta(days=1)
# A rule that fires each second or minute, or never advances, says nothing about anybody's day and would run for ever; so would
# one that names many minutes, or hours that never come.
RULE = re.compile(rb"^RRULE[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n", re.IGNORECASE | re.MULTILINE)
ENDLESS = re.compile(
    rb"FREQ=(SECONDLY|MINUTELY)|INTERVAL=0+(?![0-9])|BYSECOND=[^;]*,|BYMINUTE=([^;]*,){4}|BY.*FREQ=HOURLY|FREQ=HOURLY.*BY", re.IGNORECASE
)


class Unreadable(ValueError):
    """This is no calendar, or one without measure; the words are fit for the desk."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How to read: between which instants, in which zone the owner lives, whose events are ours, what counts as busy."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    ours: frozenset[str] = frozenset()
    owner: str = ""
    tentative_is_busy: bool = True

    @classmethod
    def of(cls, link: Snapshot) -> Reading:
        names = ("since", "until", "zone", "ours", "owner", "tentative_is_busy")
        return cls(**{name: getattr(link, name) for name in names})


@dataclass(frozen=True)
class Object:
    """One calendar object as read: its uid, its busy time, and the start of our own event when it is one of ours."""

    uid: str
    taken: list[Taken]
    own: dict[str, datetime]


def read_object(body: bytes, reading: Reading, href: str) -> Object:
    """An object of a CalDAV collection: all its events have one uid (RFC 4791 4.1). Raises Unreadable."""
    # A third of a second to import; only jobs that read a changed calendar need it.
    from icalendar import Calendar  # noqa: PLC0415

    busy = [replace(one, href=href) for one in taken(body, reading)]
    try:
        events: list[Any] = list(Calendar.from_ical(body).walk("VEVENT"))
        uid = str(events[0].get("UID", "")) if events else ""
        own = {uid: moment(events[0]["DTSTART"].dt, reading.zone)} if uid in reading.ours else {}
    except Exception as error:
        raise Unreadable("An event in it cannot be read.") from error
    return Object(uid[:300], busy, own)


def taken(body: bytes, reading: Reading) -> list[Taken]:
    """Every stretch of taken time in the range, recurring events expanded. Raises Unreadable."""
    if body.count(b"BEGIN:VEVENT") > MOST_COMPONENTS:
        raise Unreadable(f"It has more than {MOST_COMPONENTS} events.")
    try:
        events = happenings(RULE.sub(harmless, body)).after(reading.since - DAY)
        return list(times(events, reading))
    except Unreadable:
        raise
    except Exception as error:
        # The libraries raise whatever their parsers meet; a stranger's calendar must end a job in no other way.
        raise Unreadable(f"It cannot be read as a calendar ({type(error).__name__}).") from error


def harmless(rule: re.Match[bytes]) -> bytes:
    return b"" if ENDLESS.search(re.sub(rb"\r?\n[ \t]", b"", rule.group())) else rule.group()


def times(events: Iterator[Any], reading: Reading) -> Iterator[Taken]:
    until = time.monotonic() + SECONDS
    for count, event in enumerate(events):
        if count > MOST_TIMES or time.monotonic() > until:
            raise Unreadable("It repeats without measure.")
        start, end = range_of(event, reading.zone)
        if start >= reading.until + DAY:
            return
        if is_busy(event, reading) and start < end and end > reading.since and start < reading.until:
            yield Taken(uid=str(event.get("UID", ""))[:300], starts_at=start, ends_at=end)


def range_of(event: Any, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants of one occurrence. Whole days and floating times are the owner's own; a missing end is a day, or no time at all."""
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else start + (event["DURATION"].dt if "DURATION" in event else nothing(start))
    return moment(start, zone), moment(end, zone)


def nothing(start: date) -> timedelta:
    return timedelta() if isinstance(start, datetime) else DAY


def moment(value: date, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    return value.replace(tzinfo=zone) if value.tzinfo is None else value


def is_busy(event: Any, reading: Reading) -> bool:
    """Not ours, not cancelled, not transparent, not declined by the owner; tentative as the link says."""
    status = str(event.get("STATUS", "")).upper()
    if str(event.get("UID", "")) in reading.ours or status == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return False
    answer = answer_of(event, reading.owner)
    tentative = status == "TENTATIVE" or answer == "TENTATIVE"
    return answer != "DECLINED" and (reading.tentative_is_busy or not tentative)


def answer_of(event: Any, owner: str) -> str:
    """What the owner of the calendar answered to an invitation, when they are among those invited."""
    invited = event.get("ATTENDEE", [])
    for one in invited if isinstance(invited, list) else [invited]:
        if owner and str(one).lower().removeprefix("mailto:") == owner.lower():
            return str(one.params.get("PARTSTAT", "")).upper()
    return ""
