"""Two who press at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from app.lib.db import db

PATIENCE = 1.0  # seconds; who is kept out by a lock never comes to the meeting


def together(*deeds: Callable[[], Any]) -> list[Any]:
    """Let each do their deed in a thread of their own, and see afterwards what they left."""
    db.session.rollback()
    with ThreadPoolExecutor(len(deeds)) as pool:
        answers = [turn.result(40) for turn in [pool.submit(deed) for deed in deeds]]
    db.session.expire_all()
    return answers


def meeting(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Let two who ask `name` for the first time wait for each other once they have the answer: both have seen the same."""
    original, barrier, here = getattr(owner, name), threading.Barrier(2), threading.local()

    def asked(*args: Any, **kwargs: Any) -> Any:
        answer = original(*args, **kwargs)
        if not hasattr(here, "been"):
            here.been = True
            with suppress(threading.BrokenBarrierError):
                barrier.wait(PATIENCE)
        return answer

    monkeypatch.setattr(owner, name, asked)
