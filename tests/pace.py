"""How long something takes, in a measure that stretches with a slow or busy machine; and how many statements a page takes."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time

from flask.testing import FlaskClient
from sqlalchemy import event

from app.lib.db import db

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


def statements(browser: FlaskClient, path: str) -> int:
    """How many statements a page takes when it is asked for the second time."""
    seen: list[str] = []
    browser.get(path)

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)
