"""Business time: pure functions of a calendar. Wall times become UTC by zoneinfo, so days of 23 or 25 hours count right.

A day works like a doorkeeper with the local clock: the door opens when the clock first shows the opening time or later, and shuts
when it then first shows the closing time or later. A time that the clock skips is the moment of the skip; one shown twice is the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Wall = tuple[int, int]
"""Seconds after local midnight at which a door opens and shuts; past 86,400 it shuts on the next day."""

DAY = 86_400
HORIZON = 400
SECOND = timedelta(seconds=1)
LAST_DAY = date(9990, 1, 1)
KEPT_DAYS = 3000


class NoOpenHours(ValueError):
    """The calendar never opens, so nothing can become due in it."""


@dataclass(frozen=True, order=True)
class Period:
    """A stretch of time, aware UTC, `end` not included."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        return int((self.end - self.start).total_seconds())

    def without(self, breaks: Iterable[Period]) -> Iterator[Period]:
        """What is left of it when `breaks` (sorted, disjoint) are taken out."""
        start = self.start
        for gap in breaks:
            if gap.end <= start:
                continue
            if gap.start >= self.end:
                break
            if gap.start > start:
                yield Period(start, gap.start)
            start = gap.end
        if start < self.end:
            yield Period(start, self.end)


def no_holidays(_year: int) -> Mapping[date, str]:
    return {}


@dataclass(frozen=True, eq=False, kw_only=True)
class Calendar:
    """Opening hours in one zone. `weekly` is seven days from Monday; `special` and `closed` name dates; `holidays` gives those of a year.

    An interval belongs to the date on which it begins. A date with special hours, a closed date or a holiday has those hours only:
    what began the evening before ends at its midnight. Special hours win over closed dates, these over holidays.
    """

    zone: ZoneInfo
    weekly: tuple[tuple[Wall, ...], ...]
    special: Mapping[date, tuple[Wall, ...]] = field(default_factory=dict)
    closed: Mapping[date, str] = field(default_factory=dict)
    holidays: Callable[[int], Mapping[date, str]] = no_holidays
    labels: Mapping[date, str] = field(default_factory=dict)
    _days: dict[date, tuple[Period, ...]] = field(default_factory=dict, repr=False)

    def is_open(self, moment: datetime) -> bool:
        """Whether the door is open at this instant (aware). The closing instant itself is closed."""
        return self.opening(moment) is not None

    def opening(self, moment: datetime) -> Period | None:
        """The stretch of opening that holds this instant, or None. Stretches that touch (around midnight) count as several."""
        first = next(self.openings(moment), None)
        return first if first is not None and first.start <= moment.astimezone(UTC) else None

    def next_opening(self, moment: datetime) -> datetime | None:
        """When the door opens next, after `moment`; None when it does not within 400 days, or stays open until then."""
        closes = None
        for period in self.openings(moment):
            if closes is not None and period.start > closes:
                return period.start
            if closes is None and period.start > moment:
                return period.start
            closes = period.end
            if closes - moment > timedelta(days=HORIZON):
                return None
        return None

    def closes_at(self, moment: datetime) -> datetime | None:
        """When the door that is open now shuts; None when it is shut, or stays open for more than eight days."""
        closes = None
        for period in self.openings(moment):
            if period.start > (closes or moment):
                break
            closes = period.end
            if closes - moment > timedelta(days=8):
                return None
        return closes

    def add(self, start: datetime, seconds: int, pauses: Iterable[tuple[datetime, datetime]] = ()) -> datetime:
        """The first instant at which `seconds` of open time have passed since `start`, not counting `pauses` (begin, end).

        With 0 seconds it is `start`. Raises NoOpenHours when the calendar stays shut for 400 days on the way.
        """
        return self.add_each(start, [seconds], pauses)[0]

    def add_each(self, start: datetime, spans: Sequence[int], pauses: Iterable[tuple[datetime, datetime]] = ()) -> list[datetime]:
        """The same for several lengths (seconds, rising) in one walk through the calendar."""
        lengths = [timedelta(seconds=seconds) for seconds in spans]
        found = [start.astimezone(UTC) for length in lengths if length <= timedelta()]
        if len(found) == len(lengths):
            return found
        passed = timedelta()
        for period in self.working(start, pauses):
            until = passed + (period.end - period.start)
            while lengths[len(found)] <= until:
                found.append(period.start + lengths[len(found)] - passed)
                if len(found) == len(lengths):
                    return found
            passed = until
        raise NoOpenHours("There are no open hours in this calendar.")

    def between(self, start: datetime, end: datetime, pauses: Iterable[tuple[datetime, datetime]] = ()) -> int:
        """The whole seconds of open time from `start` to `end`, without `pauses`. 0 when `end` is not after `start`."""
        total = timedelta()
        for period in self.worked(start, end, pauses):
            total += period.end - period.start
        return int(total.total_seconds())

    def worked(self, start: datetime, end: datetime, pauses: Iterable[tuple[datetime, datetime]] = ()) -> Iterator[Period]:
        """The stretches of open time from `start` to `end`, without `pauses`: what a timeline shows."""
        for period in self.working(start, pauses):
            if period.start >= end:
                break
            yield Period(period.start, min(period.end, end.astimezone(UTC)))

    def working(self, start: datetime, pauses: Iterable[tuple[datetime, datetime]] = ()) -> Iterator[Period]:
        start, breaks = start.astimezone(UTC), merged(pauses)
        for period in self.openings(start):
            yield from Period(max(period.start, start), period.end).without(breaks)

    def openings(self, moment: datetime) -> Iterator[Period]:
        """Every stretch of opening from the one that holds `moment` on, in order, disjoint. Ends after 400 shut days in a row."""
        moment = moment.astimezone(UTC)
        day, reached, quiet = moment.astimezone(self.zone).date() - timedelta(days=1), datetime.min.replace(tzinfo=UTC), 0
        while quiet < HORIZON and day < LAST_DAY:
            quiet += 1
            for period in self.on(day):
                start = max(period.start, reached)
                if period.end > max(start, moment):
                    yield Period(start, period.end)
                    reached, quiet = period.end, 0
            day += timedelta(days=1)

    def on(self, day: date) -> tuple[Period, ...]:
        """The stretches of opening that begin on this local date, in UTC."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= KEPT_DAYS:
                self._days.clear()
            found = self._days[day] = tuple(self.stretches(day))
        return found

    def stretches(self, day: date) -> Iterator[Period]:
        tomorrow = day + timedelta(days=1)
        cut = self.instant(tomorrow, 0) if self.is_exception(tomorrow) else None
        for opens, shuts in sorted(self.hours_on(day)):
            start, end = self.instant(day, opens), self.instant(day, shuts)
            end = min(end, cut) if cut else end
            if end > start:
                yield Period(start, end)

    def instant(self, day: date, seconds: int) -> datetime:
        return first_shown(datetime.combine(day, time()) + timedelta(seconds=seconds), self.zone)

    def hours_on(self, day: date) -> tuple[Wall, ...]:
        """The wall-clock intervals that begin on this date."""
        if day in self.special:
            return self.special[day]
        return () if self.is_exception(day) else self.weekly[day.weekday()]

    def is_exception(self, day: date) -> bool:
        return day in self.special or day in self.closed or day in self.holidays(day.year)

    def label(self, day: date) -> str:
        """What makes this date an exception, such as `Thanksgiving Day`; empty on an ordinary one."""
        return self.labels.get(day) or self.closed.get(day) or self.holidays(day.year).get(day, "")

    def check(self) -> None:
        """Raises NoOpenHours when no weekday has open hours: nothing could ever become due."""
        if not any(shuts > opens for day in self.weekly for opens, shuts in day):
            raise NoOpenHours("There are no open hours in this calendar.")


def merged(pauses: Iterable[tuple[datetime, datetime]]) -> list[Period]:
    """Pauses as sorted, disjoint periods; those that end before they begin do not count."""
    found: list[Period] = []
    for start, end in sorted((start.astimezone(UTC), end.astimezone(UTC)) for start, end in pauses if end > start):
        if found and start <= found[-1].end:
            found[-1] = Period(found[-1].start, max(found[-1].end, end))
        else:
            found.append(Period(start, end))
    return found


def first_shown(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) at which a clock in `zone` shows `wall` (naive) or later."""
    high = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if shown(high, zone) == wall:
        return high
    # The clock skips this time: look for the skip between the two readings of it.
    low = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        low, high = (low, middle) if shown(middle, zone) >= wall else (middle, high)
    return high


def shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
