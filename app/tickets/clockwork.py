"""The clocks of a ticket, read from what happened: pure functions from the log to starts, ends and pauses. Nothing is ever counted up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from app.hours.clockwork import Calendar

Pause = tuple[datetime, datetime | None]
SHARES = (50, 75, 90)


@dataclass(frozen=True)
class Happening:
    """One thing in the log. `what`: customer, agent, snoozed, woke, closed, reopened, undone."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Clock:
    """One promise running: since when, until when (None: still), and the stretches in which it stood still (end None: now)."""

    target: str
    cycle: int
    started_at: datetime
    ended_at: datetime | None = None
    pauses: tuple[tuple[datetime, datetime | None, str], ...] = ()

    @property
    def paused(self) -> bool:
        return self.ended_at is None and any(end is None for _, end, _ in self.pauses)

    def breaks(self, now: datetime) -> list[tuple[datetime, datetime]]:
        return [(start, end or now) for start, end, _ in self.pauses]

    def due(self, calendar: Calendar, seconds: int, now: datetime) -> datetime | None:
        """When it must be met: aware; None while it stands still. Raises NoOpenHours for a calendar that never opens."""
        return None if self.paused else calendar.add(self.started_at, seconds, self.breaks(now))

    def spent(self, calendar: Calendar, now: datetime) -> int:
        """Open seconds that have counted so far, or until it ended."""
        return calendar.between(self.started_at, self.ended_at or now, self.breaks(now))


@dataclass
class Reading:
    """What a log says while it is read from its beginning."""

    clocks: list[Clock] = field(default_factory=list)
    asked_at: datetime | None = None
    cycle: int = 0
    answered: bool = False


def clocks(log: Sequence[Happening], opened_at: datetime) -> list[Clock]:
    """All clocks of a ticket: the first reply, each next reply, and the resolution.

    A reply by a bot or an automatic acknowledgement is not in the log and answers nothing. The next-reply clock runs from the oldest
    unanswered words of the customer. The resolution clock stands still while we wait for the customer, while the ticket is put aside
    and while it is closed; reopening lets it go on, not begin anew.
    """
    return [*replies(log, opened_at), resolution(log, opened_at)]


def replies(log: Sequence[Happening], opened_at: datetime) -> list[Clock]:
    reading = Reading(asked_at=opened_at)
    for event in log:
        if event.what == "customer" and reading.asked_at is None:
            reading.asked_at = event.at
        elif event.what in {"agent", "closed"} and reading.asked_at is not None:
            answer(reading, event)
    if reading.asked_at is not None:
        reading.clocks.append(Clock(name_of(reading), reading.cycle, reading.asked_at))
    return reading.clocks


def answer(reading: Reading, event: Happening) -> None:
    assert reading.asked_at is not None  # noqa: S101 - the caller looked
    reading.clocks.append(Clock(name_of(reading), reading.cycle, reading.asked_at, event.at))
    reading.asked_at = None
    reading.answered = reading.answered or event.what == "agent"
    reading.cycle += 1


def name_of(reading: Reading) -> str:
    return "next" if reading.answered else "first"


def resolution(log: Sequence[Happening], opened_at: datetime) -> Clock:
    pauses, ended_at = [], None
    for (state, since), (_, until) in pairwise([*states(log, opened_at), ("end", None)]):
        assert since is not None  # noqa: S101 - only the last has no beginning
        if state != "open":
            pauses.append((since, until, state))
        ended_at = since if state == "closed" and until is None else None
    kept = tuple(pause for pause in pauses if not (pause[2] == "closed" and pause[1] is None))
    return Clock("resolution", 0, opened_at, ended_at, kept)


def states(log: Iterable[Happening], opened_at: datetime) -> list[tuple[str, datetime | None]]:
    """The ticket's state from each instant on: open, waiting (for the customer), snoozed, closed."""
    found: list[tuple[str, datetime | None]] = [("open", opened_at)]
    before = "open"
    for event in log:
        now = found[-1][0]
        step = NEXT.get(event.what)
        state = step(now, before) if step else now
        if state != now:
            before = now if state in {"snoozed", "closed"} else before
            found.append((state, event.at))
    return found


NEXT: dict[str, Callable[[str, str], str]] = {
    "customer": lambda now, before: "open",
    "agent": lambda now, before: now if now == "closed" else "waiting",
    "snoozed": lambda now, before: "snoozed",
    "woke": lambda now, before: "open" if now == "snoozed" else now,
    "closed": lambda now, before: "closed",
    "reopened": lambda now, before: "open" if now == "closed" else now,
    "undone": lambda now, before: before if now == "closed" else now,
}


def thresholds(clock: Clock, calendar: Calendar, seconds: int, now: datetime) -> list[tuple[str, datetime]]:
    """When each share of the time is used up, and when it is due: [("50", …), ("75", …), ("90", …), ("breach", …)]. Empty while paused."""
    if clock.paused:
        return []
    names = [*map(str, SHARES), "breach"]
    spans = [*(seconds * share // 100 for share in SHARES), seconds]
    return list(zip(names, calendar.add_each(clock.started_at, spans, clock.breaks(now)), strict=True))
