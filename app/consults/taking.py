"""Taking time: lock the hosts, look again, choose who, or say which times are near. The only way by which a booking gets its hosts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select

from app.consults.availability import Reason, Rules, Schedule, free_starts, team, why_not
from app.consults.diary import schedules
from app.consults.hosts import Host
from app.consults.seats import Seat, free_lapsed, lock
from app.consults.types import ConsultType
from app.consults.walltime import MINUTE, epoch
from app.lib import clock
from app.lib.db import db

DAY = 86400
NEAREST = 3
RECENT = timedelta(days=28)


class Taken(Exception):
    """The time cannot be had (any more). `nearest` are up to three free starts, by distance in time; `reason` the rule that removed it."""

    def __init__(self, start: int, nearest: list[int], reason: Reason | None = None) -> None:
        super().__init__(start)
        self.start, self.nearest, self.reason = start, nearest, reason


@dataclass(frozen=True)
class Choice:
    """The hosts that were chosen and locked, and the range that the booking blocks for each."""

    hosts: list[Host]
    block: tuple[int, int]


def take(kind: ConsultType, start: int, *, only: int | None = None, keep: Iterable[int] = (), but: int | None = None) -> Choice:
    """Choose the hosts for a start and leave them locked. Raises Taken.

    `only` wants that host, `keep` prefers those; `but` is the booking that moves: its own time counts as free.
    """
    hosts = [host for host in Host.holding(kind) if only is None or kind.is_set or host.id == only]
    ids = [host.id for host in hosts]
    lock(ids)
    free_lapsed(ids)
    now = epoch(clock.now())
    diary = schedules(kind, hosts, start - DAY, start + DAY, but=but)
    reasons = {host.id: why_not(diary[host.id], kind.rules, now, start, any_grid=kind.is_set) for host in hosts}
    free = [host for host in hosts if reasons[host.id] is None]
    chosen = chosen_of(kind, free, diary, start, set(keep))
    if not chosen or not on_some_grid(kind, chosen, diary, now, start):
        raise Taken(start, nearest(kind, hosts, start, but), next((reason for reason in reasons.values() if reason), None))
    return Choice(chosen, block_of(kind.rules, start))


def on_some_grid(kind: ConsultType, chosen: list[Host], diary: dict[int, Schedule], now: int, start: int) -> bool:
    return not kind.is_set or any(why_not(diary[host.id], kind.rules, now, start) is None for host in chosen)


def block_of(rules: Rules, start: int) -> tuple[int, int]:
    return start - rules.before * MINUTE, start + (rules.minutes + rules.after) * MINUTE


def chosen_of(kind: ConsultType, free: list[Host], diary: dict[int, Schedule], start: int, keep: set[int]) -> list[Host]:
    """Who holds it: the set that is needed; else one host, the kept one first, then by the type's way of sharing work."""
    if kind.is_set:
        return chosen_team(kind, free)
    order = by_free_time(kind, free, diary, start) if kind.assign == "any" else by_turn(free)
    return sorted(order, key=lambda host: host.id not in keep)[:1]


def chosen_team(kind: ConsultType, free: list[Host]) -> list[Host]:
    by_skill = {skill: {host.id for host in free if skill in host.skills} for skill in kind.needs}
    ids = team(by_skill, kind.needs) or []
    return [next(host for host in free if host.id == wanted) for wanted in ids]


def by_turn(free: list[Host]) -> list[Host]:
    """Least booked lately for their weight, then whose last booking was made longest ago."""
    ids = [host.id for host in free]
    counts = select(Seat.host_id, func.count(), func.max(Seat.created_at)).group_by(Seat.host_id)
    recent = counts.where(Seat.host_id.in_(ids), Seat.created_at > clock.now() - RECENT)
    load = {host_id: (count, last) for host_id, count, last in db.session.execute(recent)}
    never = (0, clock.now() - RECENT)

    def turn(host: Host) -> tuple[float, float, int]:
        count, last = load.get(host.id, never)
        return count / max(host.weight, 1), last.timestamp(), host.id

    return sorted(free, key=turn)


def by_free_time(kind: ConsultType, free: list[Host], diary: dict[int, Schedule], start: int) -> list[Host]:
    """Most free times around that day first."""
    now = epoch(clock.now())
    left = {host.id: len(free_starts(diary[host.id], kind.rules, now, start - DAY // 2, start + DAY // 2)) for host in free}
    return sorted(free, key=lambda host: (-left[host.id], host.id))


def nearest(kind: ConsultType, hosts: list[Host], start: int, but: int | None = None) -> list[int]:
    """Up to three free starts closest to the wanted one, sorted by time."""
    free = starts_of(kind, hosts, but=but)
    return sorted(sorted(free, key=lambda other: abs(other - start))[:NEAREST])


def starts_of(kind: ConsultType, hosts: list[Host], *, but: int | None = None) -> dict[int, tuple[int, ...]]:
    """Every start of the booking window that can be had, with the hosts who are free then."""
    now = epoch(clock.now())
    diary = schedules(kind, hosts, now, now + (kind.rules.window_days + 1) * DAY, but=but)
    found: dict[int, tuple[int, ...]] = {}
    for host_id, schedule in diary.items():
        for start in free_starts(schedule, kind.rules, now):
            found[start] = (*found.get(start, ()), host_id)
    return whole_sets(kind, hosts, diary, found, now) if kind.is_set else found


def whole_sets(
    kind: ConsultType, hosts: list[Host], diary: dict[int, Schedule], found: dict[int, tuple[int, ...]], now: int
) -> dict[int, tuple[int, ...]]:
    """Only the starts at which the whole set can be seated; hosts need not share a grid."""
    skilled = {skill: {host.id for host in hosts if skill in host.skills} for skill in kind.needs}
    kept: dict[int, tuple[int, ...]] = {}
    for start, ids in found.items():
        others = {host.id: diary[host.id] for host in hosts if host.id not in ids}
        free = set(ids) | {host_id for host_id, schedule in others.items() if why_not(schedule, kind.rules, now, start, True) is None}
        chosen = team({skill: free & able for skill, able in skilled.items()}, kind.needs)
        if chosen:
            kept[start] = tuple(chosen)
    return kept


def asked_anyway(kind: ConsultType) -> ConsultType:
    """The type as the desk may book it: no notice and no limits, but never over something that is taken."""
    return replace(kind, rules=replace(kind.rules, notice=0, per_day=None))
