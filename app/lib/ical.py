"""Calendar objects (RFC 5545) and invitations (RFC 5546): ours written by hand, times in UTC; those of others read as they repeat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.lib import clock

PRODUCT = "-//Frontdesk//Frontdesk 1//EN"


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One event. Instants are aware; people are (name, address). `sequence` rises with each change, `uid` never changes."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    sequence: int = 0
    cancelled: bool = False
    organizer: tuple[str, str] | None = None
    attendees: tuple[tuple[str, str], ...] = field(default=())
    alarm: timedelta | None = None
    stamp: datetime | None = None


def calendar(happenings: Iterable[Happening], *, method: str = "", name: str = "") -> bytes:
    """A VCALENDAR as UTF-8. `method` is REQUEST, CANCEL or PUBLISH for a message, empty for a stored object; `name` titles a feed."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    lines += [f"METHOD:{method}"] if method else []
    lines += [f"X-WR-CALNAME:{text(name)}", f"NAME:{text(name)}"] if name else []
    lines += [line for happening in happenings for line in event(happening, method)]
    return "".join(fold(line) for line in [*lines, "END:VCALENDAR"]).encode()


def event(what: Happening, method: str = "") -> list[str]:
    """The lines of a VEVENT, unfolded, with what RFC 5546 asks of the method."""
    lines = [
        "BEGIN:VEVENT",
        f"UID:{text(what.uid)}",
        f"DTSTAMP:{utc(what.stamp or clock.now())}",
        f"DTSTART:{utc(what.starts_at)}",
        f"DTEND:{utc(what.ends_at)}",
        f"SEQUENCE:{what.sequence}",
        f"STATUS:{'CANCELLED' if what.cancelled else 'CONFIRMED'}",
        f"SUMMARY:{text(what.summary)}",
        *(f"{name}:{text(value)}" for name, value in (("DESCRIPTION", what.description), ("LOCATION", what.location)) if value),
        *([f"URL:{what.url}"] if what.url else []),
        *([f"ORGANIZER{person(*what.organizer)}"] if what.organizer else []),
    ]
    if method != "PUBLISH":
        asked = "" if method == "CANCEL" else ";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE"
        lines += [f"ATTENDEE{asked}{person(*attendee)}" for attendee in what.attendees]
    if what.alarm and not what.cancelled:
        minutes = int(what.alarm.total_seconds() // 60)
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{text(what.summary)}", f"TRIGGER:-PT{minutes}M", "END:VALARM"]
    return [*lines, "END:VEVENT"]


def utc(moment: datetime) -> str:
    """DATE-TIME form 2 (RFC 5545 3.3.5): never a zone block, which servers get wrong."""
    return clock.utc(moment).strftime("%Y%m%dT%H%M%SZ")


def text(value: str) -> str:
    """A TEXT value (RFC 5545 3.3.11), without control characters."""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(char for char in lines if char in "\n\t" or (ord(char) >= 32 and ord(char) != 127))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def person(name: str, address: str) -> str:
    """The parameters and value of a CAL-ADDRESS; quotes and control characters leave the name (RFC 5545 3.2)."""
    plain = "".join(char for char in name if ord(char) >= 32 and char != '"' and ord(char) != 127)
    safe = "".join(char for char in address if ord(char) > 32 and char not in '";,:\\')
    return (f';CN="{plain}"' if plain else "") + f":mailto:{safe}"


def fold(line: str) -> str:
    """The line with its CRLF, folded to at most 75 octets, never inside a character (RFC 5545 3.1)."""
    pieces, current, size = [], "", 0
    for char in line:
        width = len(char.encode())
        if size + width > 75:
            pieces.append(current)
            current, size = " ", 1
        current += char
        size += width
    return "\r\n".join([*pieces, current]) + "\r\n"


def happenings(body: bytes) -> Any:
    """The events in a calendar object, to be asked for their times; those without a start, or with a broken one, are left out.

    Raises whatever the parser meets in what is no calendar.
    """
    # Both take a third of a second to import; only what reads a changed calendar needs them.
    import recurring_ical_events  # noqa: PLC0415
    from icalendar import Calendar  # noqa: PLC0415 - comes with it

    calendar = Calendar.from_ical(body)
    calendar.subcomponents = [part for part in calendar.subcomponents if part.name != "VEVENT" or "DTSTART" in part]
    return recurring_ical_events.of(calendar, skip_bad_series=True)
