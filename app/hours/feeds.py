"""Feeds: calendars of other people (ICS, RFC 5545) whose all-day events are days on which the firm is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import requests

LARGEST = 2_000_000
TIMEOUT = 15
AHEAD = timedelta(days=730)
BEHIND = timedelta(days=60)


def closed_days(content: bytes, today: date) -> Iterator[tuple[date, str]]:
    """The days and names of all-day events, repeated ones included, from 60 days ago to two years ahead. Raises ValueError."""
    # 0.1 s to import; few installations follow a feed.
    import recurring_ical_events  # noqa: PLC0415
    from icalendar import Calendar  # noqa: PLC0415 - comes with it

    events = recurring_ical_events.of(Calendar.from_ical(content)).between(today - BEHIND, today + AHEAD)
    for event in events:
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        if isinstance(start, datetime) or str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        name = str(event.get("SUMMARY", ""))[:120]
        for n in range(max(1, (end - start).days)):
            yield start + timedelta(days=n), name


def fetched(address: str) -> bytes:
    """The feed at an address that an editor committed. Raises OSError when it is away, ValueError when it is far too large."""
    with requests.get(address, timeout=TIMEOUT, stream=True, headers={"Accept": "text/calendar"}) as answer:
        answer.raise_for_status()
        body = answer.raw.read(LARGEST + 1, decode_content=True)
    if len(body) > LARGEST:
        raise ValueError(f"The feed is larger than {LARGEST // 1_000_000} MB.")
    return bytes(body)
