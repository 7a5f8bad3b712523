"""Rounds: what recurs. Each recurring job has a row that remembers its last turn, so that no turn is run twice or forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.lib import clock
from app.lib.db import Instant, Model, claim, db, first
from app.lib.outbox import later

EPOCH = datetime(2020, 1, 6, tzinfo=UTC)  # a Monday


@dataclass(frozen=True, kw_only=True)
class Round:
    """One recurring job: the errand it writes, and when: `every` so much time, or `at` a wall time in `zone` on `days` (0 = Monday)."""

    name: str
    errand: str
    every: timedelta | None = None
    at: time | None = None
    zone: str = "UTC"
    days: tuple[int, ...] = tuple(range(7))
    payload: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.every is None) == (self.at is None):
            raise ValueError(f"{self.name}: give either every= or at=.")

    def turn(self, now: datetime) -> datetime:
        """The latest instant, not after `now`, at which this round was due (aware, UTC)."""
        if self.every is not None:
            return now - (now - EPOCH) % self.every
        return next(moment for moment in self.wall_times(now) if moment <= now)

    def wall_times(self, now: datetime) -> list[datetime]:
        """The wall time on the last eight days, newest first. Where clocks skip it, it is the instant an hour of shift later."""
        today = now.astimezone(ZoneInfo(self.zone)).date() + timedelta(days=1)
        dates = [today - timedelta(days=back) for back in range(10)]
        wanted = [date for date in dates if date.weekday() in self.days]
        return [datetime.combine(date, self.at or time(), ZoneInfo(self.zone)).astimezone(UTC) for date in wanted]


class LastTurn(Model):
    """The last turn of a recurring job that was written to the outbox; or when something that happens once has happened."""

    __tablename__ = "last_turns"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    turn: Mapped[Instant]


def go_round(rounds: tuple[Round, ...]) -> list[str]:
    """Write an errand for each round whose turn has come, in this transaction. Turns missed while nobody ticked become one."""
    now = clock.now()
    known = {row.name: row.turn for row in db.session.scalars(select(LastTurn))}
    due = [item for item in rounds if known.get(item.name) != item.turn(now)]
    ours = [item for item in due if take(item, item.turn(now))]
    for item in ours:
        later(item.errand, **item.payload)
    return [item.name for item in ours]


def take(item: Round, turn: datetime) -> bool:
    """Claim a turn. A round seen for the first time only begins to count: what was before it is nobody's debt."""
    if claim(update(LastTurn).where(LastTurn.name == item.name, LastTurn.turn < turn).values(turn=turn)):
        return True
    begin(item.name, turn)
    return False


def once(name: str) -> bool:
    """True the first time somebody asks for `name` in the life of this installation, and never again; in this transaction."""
    return begin(name, clock.now())


def begin(name: str, turn: datetime) -> bool:
    """Write the first row of a name; False when it is there, or another process was faster."""
    return db.session.scalar(select(LastTurn.id).where(LastTurn.name == name)) is None and first(LastTurn(name=name, turn=turn))
