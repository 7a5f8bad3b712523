"""What a visitor can have: the free starts of a type, worked out once and kept until a host's time changes."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from sqlalchemy import func, select

from app.consults.availability import Rules
from app.consults.hosts import Host
from app.consults.seats import Seat
from app.consults.taking import starts_of
from app.consults.types import ConsultType
from app.consults.walltime import MINUTE, epoch
from app.lib import clock
from app.lib.db import db

KEPT_SECONDS = 60


@dataclass(frozen=True)
class Offer:
    """The free starts of a type, sorted, with the hosts who are free then. True until `until`, while `stamp` stands."""

    stamp: tuple[object, ...]
    until: int
    starts: list[int]
    hosts: dict[int, tuple[int, ...]]

    def between(self, low: int, high: int) -> list[int]:
        return self.starts[bisect_left(self.starts, low) : bisect_left(self.starts, high)]


_kept: dict[tuple[str, str, Rules], Offer] = {}


def offer(kind: ConsultType) -> Offer:
    """What can be had now. One small query tells whether what was worked out before still stands."""
    now, stamp = epoch(clock.now()), stamp_of(kind)
    key = (str(db.engine.url), kind.slug, kind.rules)
    known = _kept.get(key)
    if known is None or known.stamp != stamp or known.until <= now:
        known = _kept[key] = worked_out(kind, stamp, now)
    return Offer(stamp, known.until, known.between(now + kind.rules.notice * MINUTE, 2**40), known.hosts)


def stamp_of(kind: ConsultType) -> tuple[object, ...]:
    rows = db.session.execute(select(func.count(Host.id), func.sum(Host.version), func.max(Host.created_at))).one()
    return (kind, *rows)


def worked_out(kind: ConsultType, stamp: tuple[object, ...], now: int) -> Offer:
    hosts = starts_of(kind, Host.holding(kind))
    ends = db.session.scalar(select(func.min(Seat.held_until)).where(Seat.freed_at.is_(None), Seat.held_until > clock.now()))
    until = min(now + KEPT_SECONDS, epoch(ends) if ends else now + KEPT_SECONDS)
    return Offer(stamp, until, sorted(hosts), hosts)
