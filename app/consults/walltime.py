"""Wall times and instants. Each end of a local window becomes an instant once; everything after is whole seconds in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

Span = tuple[int, int]
MINUTE, DAY = 60, 1440
# Whatever a visitor may mean by a date; at the ends of the calendar every sum of days and zones overflows.
YEARS = range(2000, 2201)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def zone_of(name: str | None, otherwise: str = "UTC") -> ZoneInfo:
    """The zone of that IANA name; `otherwise` when nobody knows the name."""
    known = available_names()
    return ZoneInfo(name if name in known else otherwise)


@lru_cache(maxsize=1)
def available_names() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=65536)
def instant(day: date, minute: int, zone: ZoneInfo, late: bool = False) -> int:
    """The epoch second of `minute` (since local midnight, past 1440 for the next day) of a local day.

    A wall time that the clock skips gives the first instant after the gap; one that happens twice the earlier, or when `late` the later.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first, second = (epoch(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if first > second:
        return end_of_gap(second, first, zone)
    return second if late else first


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def end_of_gap(before: int, after: int, zone: ZoneInfo) -> int:
    """The instant in (before, after] at which the zone's clock jumps ahead."""
    old = offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if offset(middle, zone) == old else (before, middle)
    return after


def offset(at: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()


def local(at: int, zone: ZoneInfo) -> datetime:
    """The aware local time of an epoch second."""
    return datetime.fromtimestamp(at, zone)


def day_of(at: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at, zone).date()


def day_span(day: date, zone: ZoneInfo) -> Span:
    """A whole local day: 23, 24 or 25 hours, and nothing at all where the calendar skips it."""
    return instant(day, 0, zone), instant(day + timedelta(days=1), 0, zone)


def to_datetime(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether that naive wall time is ever shown by a clock of the zone."""
    aware = wall.replace(tzinfo=zone)
    return aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def merged(spans: list[Span]) -> list[Span]:
    """The same time as sorted, separate spans; empty ones vanish, touching ones join."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
