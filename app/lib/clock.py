"""The one place that tells the time; tests and the demo move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_frozen: list[datetime] = []
_shift: list[timedelta] = [timedelta()]


def now() -> datetime:
    """The instant, aware, in UTC."""
    return (_frozen[-1] if _frozen else datetime.now(UTC)) + _shift[0]


def utc(moment: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a naive time: it names no instant."""
    if moment.tzinfo is None:
        raise ValueError("A naive time names no instant.")
    return moment.astimezone(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Stand still at `moment` (aware): for a test, or to fill a demo with what happened before."""
    _frozen.append(utc(moment) - _shift[0])
    try:
        yield
    finally:
        _frozen.pop()


def forward(by: timedelta) -> None:
    """Move the clock of this process ahead; `reset` brings it back."""
    _shift[0] += by


def reset() -> None:
    _frozen.clear()
    _shift[0] = timedelta()
