"""Our own programs begin as copies of one process that has the app loaded: they share its memory and start in a blink.

That process is the fork server of Python's multiprocessing; it ends with the supervisor that started it. Only Linux lends itself to
it: macOS does not let a copy use the system's own libraries.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import multiprocessing
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess

from setproctitle import setproctitle

from jobs.child import Launch, Program, die_with_parent

POSSIBLE = sys.platform == "linux"
LISTENER = "fd://"
_loaded = threading.Event()


def copy(module: str, words: Sequence[str], env: Mapping[str, str], listener: socket.socket | None = None) -> Launch:
    """How `python -m module words` starts as a copy. `listener` goes along; where it is there goes in place of the word `fd://`."""

    async def launch() -> Program:
        context = opened()
        ours, told = context.Pipe(duplex=False)
        process = context.Process(target=begin, args=(module, list(words), dict(env), told, listener), daemon=True)
        try:
            await start(process)
        except EOFError as error:
            raise OSError("the app cannot be loaded") from error
        finally:
            told.close()
        return await Copy(process, ours).attend()

    return launch


def opened() -> ForkServerContext:
    """The way to copies. Begins the process they come from, when it is not there; it ends with the thread that called this first."""
    os.environ["SPT_NOENV"] = "1"  # setproctitle shall not write over the environment in /proc
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["jobs.loaded"])
    forkserver.ensure_running()
    return context


async def start(process: ForkServerProcess) -> None:
    """The first waits in a thread until the app is loaded; later ones start here: of two threads that ask for an end only one is told."""
    if _loaded.is_set():
        process.start()
    else:
        await asyncio.to_thread(process.start)
        _loaded.set()


class Copy:
    """A program that began as a copy; to whoever keeps it, what asyncio.subprocess.Process is."""

    def __init__(self, process: ForkServerProcess, lines: Connection) -> None:
        self.process, self.lines = process, lines
        self.pid, self.returncode = process.pid or 0, process.exitcode
        self.stdout = asyncio.StreamReader(limit=2**20)
        self.gone = asyncio.Event()

    async def attend(self) -> Copy:
        """From now on its lines and its end are heard."""
        loop = asyncio.get_running_loop()
        pipe = os.fdopen(os.dup(self.lines.fileno()), "rb", 0)
        self.lines.close()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(self.stdout), pipe)
        loop.add_reader(self.process.sentinel, self.end)
        return self

    def end(self) -> None:
        asyncio.get_running_loop().remove_reader(self.process.sentinel)
        self.returncode = self.process.exitcode
        self.gone.set()

    async def wait(self) -> int:
        await self.gone.wait()
        return self.returncode or 0

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)


def begin(module: str, words: list[str], env: dict[str, str], told: Connection, listener: socket.socket | None) -> None:
    """In the copy: a session, lines and a name of its own, then the program."""
    move_in(told.fileno())
    told.close()
    os.environ.update(env)
    sys.argv = [module, *with_listener(words, listener)]
    entitle(" ".join(sys.argv))
    with contextlib.suppress(AttributeError):
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with its_own_end():
        sys.exit(import_module(module).main())


def move_in(lines: int) -> None:
    """A session of its own, an end with its parent, and all it says into the descriptor `lines`."""
    os.setsid()
    die_with_parent()
    for stream in (1, 2):
        os.dup2(lines, stream)


@contextlib.contextmanager
def its_own_end() -> Iterator[None]:
    """What is registered with atexit is done at the end: multiprocessing leaves it out, and open sockets would get no goodbye."""
    try:
        yield
    finally:
        atexit._run_exitfuncs()


def with_listener(words: Sequence[str], listener: socket.socket | None) -> list[str]:
    """The words with the descriptor of the listener where the word `fd://` is."""
    return [f"{LISTENER}{listener.fileno()}" if listener is not None and word == LISTENER else word for word in words]


def entitle(words: str) -> None:
    """What `ps` and `top` show."""
    setproctitle(f"frontdesk {words}")
