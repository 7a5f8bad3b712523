"""When a host is free: pure functions over a schedule and the rules of a consult type, in whole epoch seconds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from app.consults.walltime import DAY, MINUTE, Span, day_of, day_span, instant, merged

Windows = tuple[tuple[int, int], ...]
Piece = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a consult type asks of a time. Minutes, except `window_days`; `per_day` counts this type on one local day of the host."""

    minutes: int
    step: int = 15
    before: int = 0
    after: int = 0
    notice: int = 0
    window_days: int = 60
    per_day: int | None = None


@dataclass(frozen=True)
class Busy:
    """Time that is taken, in epoch seconds: what took it (`booking`, `hold`, `calendar`, `time_off`), its row, and words for the desk."""

    start: int
    end: int
    kind: str
    row_id: int = 0
    words: str = ""


@dataclass(kw_only=True)
class Schedule:
    """One host's time. Windows are minutes since local midnight; an end at or before its start belongs to the next day.

    `overrides` replace all windows of their date, the piece after midnight included; `extras` add to them. `holidays` close a date
    that has no override. `booked` and `typed` count consults on a local date: all, and those of the asked type.
    """

    zone: ZoneInfo
    weekly: Mapping[int, Windows] = field(default_factory=dict)
    overrides: Mapping[date, Windows] = field(default_factory=dict)
    extras: Mapping[date, Windows] = field(default_factory=dict)
    holidays: Mapping[date, str] = field(default_factory=dict)
    busy: list[Busy] = field(default_factory=list)
    booked: Mapping[date, int] = field(default_factory=dict)
    typed: Mapping[date, int] = field(default_factory=dict)
    per_day: int | None = None
    paused: bool = False
    stale: str = ""


@dataclass(frozen=True)
class Reason:
    """Why a time is not offered: the rule's code, the row behind it, and what to show with it."""

    code: str
    row_id: int = 0
    words: str = ""


def open_pieces(schedule: Schedule, first: date, last: date) -> list[Piece]:
    """The open hours that begin on the local dates `first` to `last`: sorted, disjoint, each with the end of its unbroken time.

    Windows that touch or overlap stay pieces: each starts its own grid, and a consult may run from one into the next.
    """
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    spans: list[Span] = []
    for start, end in sorted(span for day in days for span in spans_of(schedule, day)):
        start = max(start, spans[-1][1]) if spans else start
        if start < end:
            spans.append((start, end))
    pieces: list[Piece] = []
    for start, end in reversed(spans):
        unbroken = pieces[-1][2] if pieces and pieces[-1][0] == end else end
        pieces.append((start, end, unbroken))
    return pieces[::-1]


def spans_of(schedule: Schedule, day: date) -> Iterator[Span]:
    for start, end in windows_of(schedule, day):
        until = end if end > start else end + DAY
        yield instant(day, start, schedule.zone), instant(day, until, schedule.zone, late=True)


def windows_of(schedule: Schedule, day: date) -> Windows:
    extra = schedule.extras.get(day, ())
    if day in schedule.overrides:
        return schedule.overrides[day] + extra
    if day in schedule.holidays:
        return extra
    return schedule.weekly.get(day.weekday(), ()) + extra


def horizon(schedule: Schedule, rules: Rules, now: int) -> Span:
    """The earliest and the first too late start: notice is counted from the instant, the window in the host's local days."""
    last = day_of(now, schedule.zone) + timedelta(days=rules.window_days)
    return now + rules.notice * MINUTE, day_span(last, schedule.zone)[1]


def free_starts(schedule: Schedule, rules: Rules, now: int, since: int | None = None, until: int | None = None) -> list[int]:
    """Every start that may be offered, sorted, each once; narrowed to [since, until) when given."""
    if schedule.paused or schedule.stale:
        return []
    low, high = horizon(schedule, rules, now)
    low, high = max(low, since or low), min(high, until or high)
    first, last = day_of(low, schedule.zone) - timedelta(days=2), day_of(max(high, low), schedule.zone) + timedelta(days=1)
    taken = merged([(busy.start, busy.end) for busy in schedule.busy])
    full = full_days(schedule, rules)
    starts = [start for piece in open_pieces(schedule, first, last) for start in fitting(piece, rules, taken, low, high)]
    return [start for start in starts if day_of(start, schedule.zone) not in full] if full else starts


def fitting(piece: Piece, rules: Rules, taken: list[Span], low: int, high: int) -> Iterator[int]:
    """The grid steps of one piece, from its start, whose consult fits into the unbroken time and whose buffers touch nothing taken."""
    origin, end, unbroken = piece
    step, length, before = rules.step * MINUTE, rules.minutes * MINUTE, rules.before * MINUTE
    behind = length + rules.after * MINUTE
    start, last = on_grid(origin, low, step), min(end - 1, unbroken - length, high - 1)
    index = max(0, bisect_right(taken, (start - before, start - before)) - 1)
    while start <= last:
        while index < len(taken) and taken[index][1] <= start - before:
            index += 1
        if index < len(taken) and taken[index][0] < start + behind:
            start = on_grid(origin, taken[index][1] + before, step)
        else:
            yield start
            start += step


def on_grid(origin: int, at_least: int, step: int) -> int:
    return origin if at_least <= origin else origin - (origin - at_least) // step * step


def full_days(schedule: Schedule, rules: Rules) -> set[date]:
    by_host = {day for day, count in schedule.booked.items() if schedule.per_day is not None and count >= schedule.per_day}
    by_type = {day for day, count in schedule.typed.items() if rules.per_day is not None and count >= rules.per_day}
    return by_host | by_type


def why_not(schedule: Schedule, rules: Rules, now: int, start: int, any_grid: bool = False) -> Reason | None:
    """The first rule that removes this start, or None when it is offered. `any_grid` forgives a start beside the grid."""
    return (
        by_clock(schedule, rules, now, start)
        or by_host(schedule)
        or by_limits(schedule, rules, start)
        or by_hours(schedule, rules, start, any_grid)
        or by_busy(schedule, rules, start)
    )


def by_clock(schedule: Schedule, rules: Rules, now: int, start: int) -> Reason | None:
    low, high = horizon(schedule, rules, now)
    if start < now:
        return Reason("past")
    if start < low:
        return Reason("notice", words=str(rules.notice))
    return Reason("window", words=str(rules.window_days)) if start >= high else None


def by_host(schedule: Schedule) -> Reason | None:
    if schedule.paused:
        return Reason("paused")
    return Reason("stale", words=schedule.stale) if schedule.stale else None


def by_limits(schedule: Schedule, rules: Rules, start: int) -> Reason | None:
    day = day_of(start, schedule.zone)
    if schedule.per_day is not None and schedule.booked.get(day, 0) >= schedule.per_day:
        return Reason("host_limit", words=str(schedule.per_day))
    if rules.per_day is not None and schedule.typed.get(day, 0) >= rules.per_day:
        return Reason("type_limit", words=str(rules.per_day))
    return None


def by_hours(schedule: Schedule, rules: Rules, start: int, any_grid: bool) -> Reason | None:
    day = day_of(start, schedule.zone)
    around = open_pieces(schedule, day - timedelta(days=2), day + timedelta(days=2))
    piece = next((piece for piece in around if piece[0] <= start < piece[1]), None)
    if piece is None:
        return closed(schedule, day)
    if start + rules.minutes * MINUTE > piece[2]:
        return Reason("too_short")
    off = (start - piece[0]) % (rules.step * MINUTE)
    return Reason("grid", words=str(rules.step)) if off and not any_grid else None


def closed(schedule: Schedule, day: date) -> Reason:
    if day in schedule.overrides:
        return Reason("override", words=day.isoformat())
    if day in schedule.holidays:
        return Reason("holiday", words=schedule.holidays[day])
    return Reason("hours")


def by_busy(schedule: Schedule, rules: Rules, start: int) -> Reason | None:
    low, high = start - rules.before * MINUTE, start + (rules.minutes + rules.after) * MINUTE
    touching = [busy for busy in schedule.busy if busy.start < high and low < busy.end and busy.start < busy.end]
    if not touching:
        return None
    first = min(touching, key=lambda busy: busy.start)
    return Reason(first.kind, first.row_id, first.words)


def team(free: Mapping[str, set[int]], wanted: Mapping[str, int]) -> list[int] | None:
    """Distinct hosts for every seat of a set, such as 2 therapists and 1 physician; None when the free ones do not suffice.

    Augmenting paths over seats: a host with two skills never blocks a seat that another could have taken.
    """
    seats = [skill for skill, count in wanted.items() for _ in range(count)]
    holder: dict[int, int] = {}
    if not all(seat_for(seat, seats, free, holder, set()) for seat in range(len(seats))):
        return None
    return sorted(holder, key=lambda host: holder[host])


def seat_for(seat: int, seats: list[str], free: Mapping[str, set[int]], holder: dict[int, int], tried: set[int]) -> bool:
    for host in sorted(free.get(seats[seat], set())):
        if host in tried:
            continue
        tried.add(host)
        if host not in holder or seat_for(holder[host], seats, free, holder, tried):
            holder[host] = seat
            return True
    return False
