"""When the firm opens next, for what should sleep until then."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.hours.models import main_calendar
from app.lib import clock


def next_opening() -> datetime:
    """The next opening of the firm's own calendar, aware; tomorrow at this time when it never opens again."""
    return main_calendar().next_opening(clock.now()) or clock.now() + timedelta(days=1)
