"""When something sleeps until: the firm's next opening, or a time that an agent typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.accounts.models import Person
from app.hours.models import main_calendar
from app.lib import clock
from app.notifications.models import zone_of

# A typed time with its zone's hours stays inside the calendar.
EARLIEST, LATEST = datetime(1000, 1, 1), datetime(9998, 1, 1)


def next_opening() -> datetime:
    """The next opening of the firm's own calendar, aware; tomorrow at this time when it never opens again."""
    return main_calendar().next_opening(clock.now()) or clock.now() + timedelta(days=1)


def typed_by(agent: Person, typed: datetime) -> datetime:
    """The instant that an agent means who types a time without a zone: on their own clock, else on the firm's."""
    wall = min(max(typed.replace(tzinfo=None), EARLIEST), LATEST)
    return wall.replace(tzinfo=typed.tzinfo or zone_of(agent)).astimezone(UTC)


def clock_of(agent: Person) -> str:
    """The clock that typed times are read on, in words, such as "Chicago time"."""
    return f"{zone_of(agent).key.rpartition('/')[2].replace('_', ' ')} time"
