"""A month of free times as a visitor sees it: a grid of days in their own zone, and the times of one of them."""

from __future__ import annotations

import calendar
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.consults.offer import Offer
from app.consults.walltime import day_of, day_span, local
from app.lib import dates

PARTS = (("Morning", 0, 12), ("Afternoon", 12, 17), ("Evening", 17, 24))


@dataclass(frozen=True)
class Cell:
    """One day of the grid: how many times are free; outside the month it is blank."""

    day: date
    free: int
    inside: bool
    today: bool


@dataclass(frozen=True)
class Time:
    """One free start: its epoch second, how a clock shows it, the date and time it is there, and who could hold it."""

    start: int
    words: str
    moment: datetime
    hosts: tuple[int, ...]


@dataclass(frozen=True)
class Month:
    """What the page shows: the grid of `first`'s month, the chosen day with its times, the first free time of all."""

    zone: ZoneInfo
    first: date
    weeks: list[list[Cell]]
    before: date | None
    after: date | None
    day: date | None
    parts: list[tuple[str, list[Time]]] = field(default_factory=list)
    earliest: Time | None = None
    next_day: date | None = None

    @property
    def title(self) -> str:
        return dates.day(self.first, "month")

    @property
    def times(self) -> list[Time]:
        return [time for _, times in self.parts for time in times]


def month_of(free: Offer, zone: ZoneInfo, today: date, wanted: date | None, day: date | None, only: int | None = None) -> Month:
    """The month to show: the wanted one, that of the chosen day, or that of the first free time."""
    starts = [start for start in free.starts if only is None or only in free.hosts[start]]
    earliest = starts[0] if starts else None
    first_day = day_of(earliest, zone) if earliest else today
    last_day = day_of(starts[-1], zone) if starts else today
    day = day or (first_day if earliest and wanted in (None, first_day.replace(day=1)) else None)
    first = min(max((wanted or day or first_day).replace(day=1), today.replace(day=1)), last_day.replace(day=1))
    counts = counted(starts, zone, first)
    return Month(
        zone=zone,
        first=first,
        weeks=[[Cell(one, counts[one], one.month == first.month, one == today) for one in week] for week in weeks_of(first, zone, today)],
        before=previous(first) if first > today.replace(day=1) else None,
        after=following(first) if following(first) <= last_day else None,
        day=day,
        parts=parts_of(free, starts, zone, day) if day else [],
        earliest=time_of(free, earliest, zone) if earliest else None,
        next_day=next((there for start in starts if (there := day_of(start, zone)) > day), None) if day else None,
    )


def weeks_of(first: date, zone: ZoneInfo, today: date) -> list[list[date]]:
    """The weeks of a month that are not over, from Sunday where clocks know am and pm, else from Monday."""
    weeks = calendar.Calendar(6 if dates.reads_twelve(zone) else 0).monthdatescalendar(first.year, first.month)
    return [week for week in weeks if week[-1] >= today] or weeks


def previous(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def following(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def counted(starts: list[int], zone: ZoneInfo, first: date) -> Counter[date]:
    low, high = day_span(first, zone)[0], day_span(following(first), zone)[0]
    return Counter(day_of(start, zone) for start in starts if low <= start < high)


def parts_of(free: Offer, starts: list[int], zone: ZoneInfo, day: date) -> list[tuple[str, list[Time]]]:
    low, high = day_span(day, zone)
    times = [time_of(free, start, zone) for start in starts if low <= start < high]
    parts = ((name, [time for time in times if begin <= time.moment.hour < end]) for name, begin, end in PARTS)
    return [(name, listed) for name, listed in parts if listed]


def time_of(free: Offer, start: int, zone: ZoneInfo) -> Time:
    moment = local(start, zone)
    return Time(start, dates.time(moment), moment, free.hosts.get(start, ()))
