"""The diary: reads hosts' hours, exceptions, seats and calendars into the schedules that availability works on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from app.consults.availability import Busy, Schedule, Windows
from app.consults.calendars import BusyTime, CalendarLink
from app.consults.hosts import DayOverride, Host, TimeOff, WeeklyWindow
from app.consults.seats import Seat
from app.consults.types import ConsultType
from app.consults.walltime import day_of, epoch, to_datetime
from app.lib import clock
from app.lib.db import db

DAY = timedelta(days=1)


def schedules(kind: ConsultType, hosts: list[Host], since: int, until: int, *, but: int | None = None) -> dict[int, Schedule]:
    """The schedule of each host between two instants, as this type sees it. `but` is a booking whose own time counts as free."""
    if not hosts:
        return {}
    ids = [host.id for host in hosts]
    low, high = to_datetime(since) - 3 * DAY, to_datetime(until) + 3 * DAY
    weekly, (overrides, extras) = windows(ids), exceptions(ids, low.date(), high.date())
    seats = [seat for seat in seated(ids, low, high) if seat.booking_id != but]
    typed = type_starts(kind, low, high, but) if kind.rules.per_day is not None else []
    busy, stale = taken(ids, seats, low, high), stale_links(hosts)
    return {
        host.id: Schedule(
            zone=host.zone,
            weekly=weekly.get(host.id, {}),
            overrides=overrides.get(host.id, {}),
            extras=extras.get(host.id, {}),
            holidays=holidays_of(host.holiday_country, host.holiday_region, low.year, high.year),
            busy=busy.get(host.id, []),
            booked=Counter(day_of(epoch(seat.starts_at), host.zone) for seat in seats if seat.host_id == host.id) if host.per_day else {},
            typed=Counter(day_of(start, host.zone) for start in typed),
            per_day=host.per_day,
            paused=host.is_paused,
            stale=stale.get(host.id, ""),
        )
        for host in hosts
    }


def windows(ids: list[int]) -> dict[int, dict[int, Windows]]:
    rows = db.session.execute(
        select(WeeklyWindow.host_id, WeeklyWindow.weekday, WeeklyWindow.start, WeeklyWindow.end).where(WeeklyWindow.host_id.in_(ids))
    )
    found: dict[int, dict[int, Windows]] = defaultdict(dict)
    for host_id, weekday, start, end in rows:
        found[host_id][weekday] = (*found[host_id].get(weekday, ()), (start, end))
    return found


Days = dict[int, dict[date, Windows]]


def exceptions(ids: list[int], first: date, last: date) -> tuple[Days, Days]:
    """Per host and date: the windows that replace the usual ones (none when closed), and those that add to them."""
    rows = select(DayOverride.host_id, DayOverride.day, DayOverride.kind, DayOverride.start, DayOverride.end)
    rows = rows.where(DayOverride.host_id.in_(ids), DayOverride.day.between(first, last))
    overrides: Days = defaultdict(dict)
    extras: Days = defaultdict(dict)
    for host_id, day, kind, start, end in db.session.execute(rows):
        kept = (extras if kind == "extra" else overrides)[host_id]
        kept[day] = kept.get(day, ()) + (() if start is None or end is None else ((start, end),))
    return overrides, extras


def seated(ids: list[int], low: datetime, high: datetime) -> list[Any]:
    """Rows with the columns of a living seat: cheaper than loading seats."""
    columns = select(Seat.host_id, Seat.booking_id, Seat.starts_at, Seat.block_start, Seat.block_end, Seat.held_until)
    return list(db.session.execute(columns.where(Seat.is_living(), Seat.host_id.in_(ids), Seat.block_start < high, Seat.block_end > low)))


def type_starts(kind: ConsultType, low: datetime, high: datetime, but: int | None) -> list[int]:
    """One start for each booking of this type, whoever holds it."""
    found = select(Seat.booking_id, Seat.starts_at).where(Seat.is_living(), Seat.type_slug == kind.slug, Seat.starts_at.between(low, high))
    return [epoch(starts_at) for booking_id, starts_at in db.session.execute(found.distinct()) if booking_id != but]


def taken(ids: list[int], seats: Iterable[Any], low: datetime, high: datetime) -> dict[int, list[Busy]]:
    found: dict[int, list[Busy]] = defaultdict(list)
    for seat in seats:
        kind = "hold" if seat.held_until else "booking"
        found[seat.host_id].append(Busy(epoch(seat.block_start), epoch(seat.block_end), kind, seat.booking_id))
    away = select(TimeOff.host_id, TimeOff.starts_at, TimeOff.ends_at, TimeOff.id, TimeOff.words)
    for host_id, starts_at, ends_at, row_id, words in db.session.execute(
        away.where(TimeOff.host_id.in_(ids), TimeOff.starts_at < high, TimeOff.ends_at > low)
    ):
        found[host_id].append(Busy(epoch(starts_at), epoch(ends_at), "time_off", row_id, words))
    outside = select(BusyTime.host_id, BusyTime.starts_at, BusyTime.ends_at, BusyTime.link_id)
    for host_id, starts_at, ends_at, link_id in db.session.execute(
        outside.where(BusyTime.host_id.in_(ids), BusyTime.starts_at < high, BusyTime.ends_at > low)
    ):
        found[host_id].append(Busy(epoch(starts_at), epoch(ends_at), "calendar", link_id))
    return found


def stale_links(hosts: list[Host]) -> dict[int, str]:
    """Hosts of whom a linked calendar has been silent too long, with its name: their times are not offered."""
    hours = {host.id: host.stale_hours for host in hosts}
    columns = select(CalendarLink.host_id, CalendarLink.name, CalendarLink.last_ok_at, CalendarLink.created_at)
    rows = db.session.execute(columns.where(CalendarLink.host_id.in_(hours)))
    now = clock.now()
    return {host_id: name for host_id, name, ok_at, made_at in rows if now - (ok_at or made_at) > timedelta(hours=hours[host_id])}


@lru_cache(maxsize=64)
def holidays_of(country: str, region: str, first: int, last: int) -> Mapping[date, str]:
    """The public holidays of a country (ISO 3166) and region in those years; none for a country nobody knows."""
    if not country:
        return {}
    # The package takes long to import and only firms that name a country need it.
    import holidays  # noqa: PLC0415

    try:
        return dict(holidays.country_holidays(country, subdiv=region or None, years=range(first, last + 1)))
    except NotImplementedError:
        return {}
