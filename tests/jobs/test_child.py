"""A program that ended is started again: with a pause when it keeps dying, at once when it had lived long, and never without a word."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs import child
from jobs.child import Child, run


@pytest.mark.parametrize(
    ("lives", "code", "said"),
    [
        (0, -9, "ended by SIGKILL; starting it again\n"),
        (1, 3, "ended with code 3; starting it again in 0.01 s\n"),
        (2, -15, "ended by SIGTERM; starting it again in 0.02 s\n"),
        (0, 0, ""),
    ],
    ids=["killed after a long life", "short lived", "short lived again", "asked to end"],
)
def test_an_end_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lives: int, code: int, said: str) -> None:
    monkeypatch.setattr(child, "PAUSES", (0.01, 0.02))
    program = Child("web", run(["none"], {}), short_lives=lives)
    # In a thread of its own: in a worker that has opened a browser, Playwright's loop counts as running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, program.rest(code)).result()
    assert capsys.readouterr().out.partition("| ")[2] == said
