"""Feeds: calendars of other people (ICS, RFC 5545) whose all-day events are days on which the firm is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from app.lib.fetch import Unfetchable, fetch
from app.lib.ical import happenings

LARGEST = 2_000_000
TIMEOUT = 15
AHEAD = timedelta(days=730)
BEHIND = timedelta(days=60)


def closed_days(content: bytes, today: date) -> Iterator[tuple[date, str]]:
    """The days and names of all-day events, repeated ones included, from 60 days ago to two years ahead. Raises ValueError."""
    try:
        events = happenings(content).between(today - BEHIND, today + AHEAD)
    except Exception as error:
        # The libraries raise whatever their parsers meet; a page that asks for the hours must not end with it.
        raise ValueError(f"It cannot be read as a calendar ({type(error).__name__}).") from error
    for event in events:
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        if isinstance(start, datetime) or str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        name = str(event.get("SUMMARY", ""))[:120]
        for n in range(max(1, (end - start).days)):
            yield start + timedelta(days=n), name


def fetched(address: str) -> bytes:
    """The feed at an address that an editor committed. Raises OSError when it is away, answers with an error, or is far too large."""
    answer = fetch(address, headers={"Accept": "text/calendar"}, largest=LARGEST, seconds=TIMEOUT)
    if not answer.ok:
        raise Unfetchable(f"The feed answers {answer.status}.")
    return answer.body
