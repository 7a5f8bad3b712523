"""Python programs with the app in them, started as copies of a process that has it loaded: in the twentieth part of the time."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from jobs.nursery import its_own_end, move_in, opened


class Copied:
    """`python -m module words`, with what subprocess.Popen can do. All it says is added to the file `log`."""

    def __init__(self, module: str, words: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.process = opened().Process(target=begin, args=(module, list(words), dict(env), str(log)), daemon=True)
        self.process.start()
        self.pid = self.process.pid or 0

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self.process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self.process.name, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def begin(module: str, words: list[str], env: dict[str, str], log: str) -> None:
    move_in(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    os.environ.clear()
    os.environ.update(env)
    sys.argv = [module, *words]
    with its_own_end():
        runpy.run_module(module, run_name="__main__", alter_sys=True)
