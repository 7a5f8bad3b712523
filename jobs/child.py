"""One program that is kept running: its lines get a name in front, and it is started again when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

WIDTH = 9
COLOURS = {"setup": 37, "web": 36, "worker-1": 35, "worker-2": 34, "ticker": 33, "valkey": 31}
PAUSES = (0.5, 1, 2, 5, 10)  # seconds before the next start, after so many short lives in a row
LONG_ENOUGH = 20.0  # seconds; who lived so long starts again at once
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Program(Protocol):
    """A process that was started; what asyncio.subprocess.Process has."""

    @property
    def pid(self) -> int: ...

    @property
    def stdout(self) -> asyncio.StreamReader | None: ...

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...

    def send_signal(self, number: int, /) -> None: ...


Launch = Callable[[], Awaitable[Program]]


def die_with_parent() -> None:
    """Linux: ask for SIGTERM when the supervisor is gone, however it went. Runs in the child, between fork and exec."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def say(name: str, line: str) -> None:
    """One line of the log, with its source in front; coloured on a terminal unless NO_COLOR is set."""
    label = f"{name:<{WIDTH}}|"
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        label = f"\033[{COLOURS.get(name, 37)}m{label}\033[0m"
    print(label, line, flush=True)


def run(command: Sequence[str], env: Mapping[str, str], fds: tuple[int, ...] = ()) -> Launch:
    """How a command starts, in a session of its own; its lines come through one pipe. The descriptors `fds` go along."""

    async def launch() -> Program:
        return await asyncio.create_subprocess_exec(
            *command,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=fds,
            start_new_session=True,
            preexec_fn=die_with_parent,
            limit=2**20,
        )

    return launch


@dataclass
class Child:
    """A program to keep running, and what is known of its life."""

    name: str
    launch: Launch
    grace: float = 10.0  # seconds between SIGTERM and SIGKILL
    heal: Callable[[], None] | None = None  # called when it keeps dying
    quiet: Callable[[str], bool] = lambda _line: False  # lines that help nobody
    process: Program | None = None
    short_lives: int = 0
    ending: bool = False
    task: asyncio.Task[None] | None = None
    heard: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.task = asyncio.create_task(self.keep())

    async def keep(self) -> None:
        while not self.ending:
            began = time.monotonic()
            code = await self.live()
            if self.ending:
                return
            lived_long = time.monotonic() - began > LONG_ENOUGH
            self.short_lives = 0 if code == 0 or lived_long else self.short_lives + 1
            await self.rest(code)

    async def live(self) -> int:
        """One life, from start to end; gives the exit code."""
        try:
            self.process = await self.launch()
        except OSError as error:
            say(self.name, f"cannot be started: {error}")
            return 1
        await self.listen(self.process)
        return await self.process.wait()

    async def listen(self, process: Program) -> None:
        if process.stdout is None:
            return
        while line := await next_line(process.stdout):
            if not self.quiet(line):
                say(self.name, line.rstrip("\n"))

    async def rest(self, code: int) -> None:
        if code == 0:
            return
        if self.heal is not None and self.short_lives == 3:
            self.heal()
        pause = PAUSES[min(self.short_lives, len(PAUSES)) - 1] if self.short_lives else 0
        say(self.name, f"ended {how(code)}; starting it again" + (f" in {pause:g} s" if pause else ""))
        await asyncio.sleep(pause)

    async def stop(self) -> None:
        """SIGTERM, then after the grace SIGKILL; back when it is gone."""
        self.ending = True
        if self.running():
            self.signal(signal.SIGTERM)
        if self.task is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self.gone()), self.grace)
            self.kill()
            self.task.cancel()

    async def gone(self) -> None:
        if self.process is not None:
            await self.process.wait()

    def kill(self) -> None:
        """End it and all it started, at once."""
        self.ending = True
        if self.running() and self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def signal(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None


async def next_line(stream: asyncio.StreamReader) -> str:
    """The next line, or what there is of one that is too long; empty at the end."""
    try:
        return (await stream.readline()).decode(errors="replace")
    except ValueError:
        return "(a very long line)\n"


def how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
