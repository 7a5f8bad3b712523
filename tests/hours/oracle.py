"""A second, plain answer to "is it open": walk every minute with a local clock in hand, as a doorkeeper does."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate

from app.hours.clockwork import Calendar

MINUTE = timedelta(minutes=1)
Pauses = list[tuple[datetime, datetime]]


class Doorkeeper:
    """Knows for each minute from `start` for `days` days whether the door is open. All boundaries must fall on whole minutes."""

    def __init__(self, calendar: Calendar, start: datetime, days: int, pauses: Pauses = []) -> None:  # noqa: B006 - only read
        self.start = start.astimezone(UTC).replace(second=0, microsecond=0)
        self.before = self.start - timedelta(days=3)
        minutes = [self.before + MINUTE * n for n in range((days + 3) * 1440)]
        # The latest time that the clock has shown so far: where clocks go back, the door does not move again.
        self.latest = list(accumulate((m.astimezone(calendar.zone).replace(tzinfo=None) for m in minutes), max))
        self.open = [False] * len(minutes)
        self.let_people_in(calendar)
        self.take_pauses(pauses)

    def let_people_in(self, calendar: Calendar) -> None:
        day = self.latest[0].date()
        while day <= self.latest[-1].date():
            midnight = datetime.combine(day, time())
            cut = midnight + timedelta(days=1) if calendar.is_exception(day + timedelta(days=1)) else datetime.max
            for opens, shuts in calendar.hours_on(day):
                first = bisect_left(self.latest, midnight + timedelta(seconds=opens))
                last = bisect_left(self.latest, min(midnight + timedelta(seconds=shuts), cut))
                self.open[first:last] = [True] * max(0, last - first)
            day += timedelta(days=1)

    def take_pauses(self, pauses: Pauses) -> None:
        for begin, end in pauses:
            for n in range(max(0, self.at(begin)), min(len(self.open), self.at(end))):
                self.open[n] = False
        self.passed = [0, *accumulate(self.open)]

    def at(self, moment: datetime) -> int:
        return int((moment.astimezone(UTC) - self.before) / MINUTE)

    def is_open(self, moment: datetime) -> bool:
        return self.open[self.at(moment)]

    def between(self, start: datetime, end: datetime) -> int:
        return 60 * max(0, self.passed[self.at(end)] - self.passed[self.at(start)])

    def add(self, start: datetime, minutes: int) -> datetime | None:
        """The end of the last of so many open minutes; None when there are fewer in sight."""
        wanted = self.passed[self.at(start)] + minutes
        return self.before + MINUTE * bisect_left(self.passed, wanted) if wanted <= self.passed[-1] else None
