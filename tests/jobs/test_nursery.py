"""A copy of the process that has the app loaded is a program like any other: its words, its lines, its name, its end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from app.settings import ROOT
from jobs import nursery
from jobs.child import Program

pytestmark = [pytest.mark.one_database, pytest.mark.skipif(not nursery.POSSIBLE, reason="copies are made on Linux only")]
Some = TypeVar("Some")


def lodge(*words: str, then: Callable[[Program], Awaitable[Some]], listener: socket.socket | None = None) -> Some:
    async def story() -> Some:
        return await then(await nursery.copy("tests.jobs.lodger", words, {"LODGER": "Mrs Hudson"}, listener)())

    nursery.opened()
    # In a thread of its own: in a worker that has opened a browser, Playwright's loop counts as running in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, story()).result()


async def life(program: Program) -> tuple[list[str], int]:
    assert program.stdout is not None
    lines = (await program.stdout.read()).decode().splitlines()
    return lines, await program.wait()


def test_it_has_the_app_a_session_words_and_a_name_and_says_goodbye() -> None:
    lines, code = lodge("--quiet", then=life)
    assert code == 3
    assert "True True Mrs Hudson tests.jobs.lodger --quiet" in lines and "frontdesk tests.jobs.lodger --quiet" in lines
    assert "in trouble" in lines and lines[-1] == "goodbye"


def test_an_error_is_written_down_and_ends_it_with_one() -> None:
    lines, code = lodge("fall", then=life)
    assert code == 1 and "ValueError: fallen" in lines


def test_it_is_given_the_socket_to_listen_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        lines, _ = lodge("--bind", nursery.LISTENER, then=life, listener=listener)
        assert str(listener.getsockname()[1]) in lines


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_who_ends_it_is_known(number: int) -> None:
    async def killed(program: Program) -> int:
        assert program.stdout is not None and await program.stdout.readline()
        assert program.returncode is None
        program.send_signal(number)
        code = await program.wait()
        program.send_signal(number)  # harms nobody who has its number by now
        return code

    assert lodge("wait", then=killed) == -number


def test_the_environment_of_the_others_is_left_alone() -> None:
    lodge(then=life)
    assert "LODGER" not in os.environ


def test_what_is_copied_has_its_mappers_configured() -> None:
    words = (
        "import jobs.loaded; from app.lib.db import Base; found = list(Base.registry.mappers)\n"
        "print(len(found) > 50, all(one.configured for one in found))"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "True"]
