"""How long something takes, in a measure that stretches with a slow or busy machine."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time

COUNT = 300_000  # some 10 to 40 ms
TRIES = 3


def within(most: float, deed: Callable[[], object]) -> bool:
    """Whether `deed` needs at most so often the CPU of one fixed reckoning, in this thread.

    One try of three is enough: collecting the garbage of other tests only adds.
    """
    return any(taken(deed) <= most * taken(reckoning) for _ in range(TRIES))


def taken(deed: Callable[[], object]) -> float:
    began = thread_time()
    deed()
    return thread_time() - began


def reckoning() -> int:
    return sum(number * number for number in range(COUNT))
