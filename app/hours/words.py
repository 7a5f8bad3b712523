"""Opening hours in words: read from what editors write, said to people."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from app.hours.clockwork import DAY, Calendar, Wall
from app.lib import dates

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TIME = r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?"
SPAN = re.compile(rf"\s*{TIME}\s*(?:-|–|—|to)\s*{TIME}\s*", re.IGNORECASE)
SHUT = {"", "closed", "none", "-"}


class Unreadable(ValueError):
    """The words name no opening hours; the message quotes them."""


def read_hours(words: str | list[str]) -> tuple[Wall, ...]:
    """`"09:00-12:00, 13:00-17:00"` (or a list of such) as intervals; `"22:00-06:00"` crosses midnight; `"closed"` is none.

    Raises Unreadable.
    """
    text = ", ".join(words) if isinstance(words, list) else words
    if text.strip().lower() in SHUT:
        return ()
    return tuple(sorted(span(part) for part in text.split(",")))


def span(part: str) -> Wall:
    found = SPAN.fullmatch(part)
    if found is None:
        raise Unreadable(f"{part.strip()!r} is not like 09:00-17:00.")
    opens, shuts = seconds(*found.groups()[:3]), seconds(*found.groups()[3:])
    if opens >= DAY:
        raise Unreadable(f"{part.strip()!r} begins after the day has ended.")
    return opens, shuts if shuts > opens else shuts + DAY


def seconds(hour: str, minute: str | None, second: str | None) -> int:
    total = int(hour) * 3600 + int(minute or 0) * 60 + int(second or 0)
    if int(minute or 0) > 59 or int(second or 0) > 59 or total > DAY:
        raise Unreadable(f"{hour}:{minute or '00'} is no time of day.")
    return total


def say_hours(intervals: tuple[Wall, ...]) -> str:
    """Intervals as people read them: `9:00–12:00, 13:00–17:00`, `Closed`, `Open all day`."""
    if not intervals:
        return "Closed"
    if intervals == ((0, DAY),):
        return "Open all day"
    return ", ".join(f"{say_time(opens)}–{say_time(shuts)}" for opens, shuts in intervals)


def write_hours(intervals: tuple[Wall, ...]) -> str:
    """Intervals as `read_hours` takes them."""
    return ", ".join(
        f"{opens // 3600:02d}:{opens // 60 % 60:02d}-{shuts // 3600 % 24:02d}:{shuts // 60 % 60:02d}" for opens, shuts in intervals
    )


def say_time(moment: int | datetime) -> str:
    if isinstance(moment, datetime):
        return f"{moment.hour}:{moment.minute:02d}"
    return "24:00" if moment == DAY else f"{moment // 3600 % 24}:{moment // 60 % 60:02d}"


def say_day(day: date, today: date) -> str:
    """`today`, `tomorrow`, a weekday within the week, else the date: `Sunday, 3 January`."""
    ahead = (day - today).days
    if ahead in {0, 1}:
        return ("today", "tomorrow")[ahead]
    return day.strftime("%A") if 1 < ahead < 7 else dates.day(day, "named")


def say_state(calendar: Calendar, moment: datetime) -> str:
    """The state at this instant: `Open now, until 17:00`, `Opens Monday at 9:00`; in the calendar's own zone."""
    here = moment.astimezone(calendar.zone)
    if calendar.is_open(moment):
        closes = calendar.closes_at(moment)
        return f"Open now, until {until(closes.astimezone(calendar.zone), here)}" if closes else "Open now, day and night"
    opens = calendar.next_opening(moment)
    if opens is None:
        return "Closed"
    there = opens.astimezone(calendar.zone)
    return f"Opens {say_day(there.date(), here.date())} at {say_time(there)}"


def until(closes: datetime, here: datetime) -> str:
    if closes.time().replace(microsecond=0).isoformat() == "00:00:00" and (closes - timedelta(seconds=1)).date() == here.date():
        return "midnight"
    near = closes.date() == here.date() or (closes - here) < timedelta(hours=14)
    return say_time(closes) if near else f"{say_day(closes.date(), here.date())} at {say_time(closes)}"


def say_week(calendar: Calendar) -> list[tuple[str, str]]:
    """The ordinary week, equal neighbours together: `[("Monday to Friday", "9:00–18:00"), ("Saturday and Sunday", "Closed")]`."""
    rows: list[tuple[int, int, str]] = []
    for number, intervals in enumerate(calendar.weekly):
        words = say_hours(intervals)
        if rows and rows[-1][2] == words:
            rows[-1] = (rows[-1][0], number, words)
        else:
            rows.append((number, number, words))
    return [(say_days(first, last), words) for first, last, words in rows]


def say_days(first: int, last: int) -> str:
    names = [day.capitalize() for day in DAYS]
    if first == last:
        return names[first]
    return f"{names[first]} {'and' if last == first + 1 else 'to'} {names[last]}"
