"""bin/run: one command that sets up the database, starts Valkey, web, workers and ticker, and keeps them up until Ctrl-C.

It imports nothing of the app: it starts in no time and is small. The programs are copies of one process that has it all (jobs/nursery.py).
On a server, systemd does this work: see docs/running.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import IO, NoReturn

from jobs import nursery, valkey
from jobs.child import Child, Launch, next_line, run, say

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT = 8000
READY_WITHIN = 90.0  # seconds
LOGIN = "login: "  # lines of jobs.prepare that begin so are shown when all is ready


def main() -> int:
    options = arguments()
    os.umask(0o077)
    instance = Path(os.environ.get("FRONTDESK_INSTANCE_DIR") or ROOT / "instance").resolve()
    lock = take_lock(instance)
    listener = open_port()
    supervisor = Supervisor(instance, lock, listener, reload=options.reload)
    return asyncio.run(supervisor.run())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/run", description="Serve Frontdesk on this machine.")
    parser.add_argument("--reload", action="store_true", help="start the web again when a Python file changes")
    parser.epilog = (
        "PORT=8080 chooses the port, HOST=0.0.0.0 the address, WORKERS=4 how many rows are worked on at once. All settings: docs/running.md"
    )
    return parser.parse_args()


def take_lock(instance: Path) -> IO[str]:
    """The lock of this installation; it lives as long as the supervisor or its Valkey does."""
    try:
        (instance / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (instance / "run" / "lock").open("a+")
    except OSError as error:
        refuse(f"{instance} cannot be written to: {error.strerror}.")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        refuse(f"Frontdesk already runs from {instance} ({lock.read().strip() or 'starting'}). Stop that one first.")
    return lock


def open_port() -> socket.socket:
    """A listening socket: on PORT, or on the first free port from 8000 on. The web gets it ready-made, so nobody can be faster."""
    host = os.environ.get("HOST", "127.0.0.1")
    wanted = number("PORT", 0)
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + 100):
        try:
            return socket.create_server((host, port), backlog=512)
        except OSError as error:
            reason = error.strerror
    refuse(
        f"Port {wanted or '8000 to 8099'} on {host} cannot be used: {reason}." + (" Choose another: PORT=8001 bin/run" if wanted else "")
    )


def number(name: str, default: int) -> int:
    given = os.environ.get(name, "")
    if given and not (given.isdigit() and 0 < int(given) < 65536):
        refuse(f"{name} must be a number from 1 to 65535, not {given!r}.")
    return int(given or default)


def refuse(words: str) -> NoReturn:
    print(f"frontdesk: {words}", file=sys.stderr)
    sys.exit(1)


class Supervisor:
    """The programs of one installation, their order, and the way down."""

    def __init__(self, instance: Path, lock: IO[str], listener: socket.socket, reload: bool = False) -> None:
        self.instance, self.lock, self.listener, self.reload = instance, lock, listener, reload
        host, self.port = listener.getsockname()[:2]
        self.url = os.environ.get("FRONTDESK_BASE_URL") or f"http://{'localhost' if host == '0.0.0.0' else host}:{self.port}"  # noqa: S104
        self.env = {**os.environ, "PYTHONUNBUFFERED": "1", "FRONTDESK_BASE_URL": self.url}
        self.children: list[Child] = []
        self.logins: list[str] = []
        self.asked = asyncio.Event()

    async def run(self) -> int:
        began = time.monotonic()
        self.watch_signals()
        self.note()
        try:
            up = await self.started()
            if up:
                self.welcome(time.monotonic() - began)
                await self.asked.wait()
            return 0 if up or self.asked.is_set() else 1
        finally:
            await self.stop()

    async def started(self) -> bool:
        """The outcome of the start, or False when somebody asks to stop before."""
        start, asked = asyncio.create_task(self.start()), asyncio.create_task(self.asked.wait())
        done, rest = await asyncio.wait({start, asked}, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        return start in done and start.result()

    def watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.ask)

    def ask(self) -> None:
        """The first signal stops in order, the second at once."""
        if self.asked.is_set():
            for child in self.children:
                child.kill()
        self.asked.set()

    def note(self) -> None:
        self.lock.truncate(0)
        self.lock.write(f"process {os.getpid()}, {self.url}\n")
        self.lock.flush()

    async def start(self) -> bool:
        redis = asyncio.create_task(self.start_valkey())
        if not await self.prepare():
            return False
        await redis
        self.keep(self.web())
        if not await self.healthy():
            return False
        # Only now, so that on a small machine nobody waits for the first page while they load.
        self.keep(*self.staff())
        return True

    def keep(self, *children: Child) -> None:
        for child in children:
            self.children.append(child)
            child.start()

    async def start_valkey(self) -> None:
        """Our own Valkey, unless REDIS_URL names another or this machine has none."""
        if os.environ.get("REDIS_URL"):
            return
        server = valkey.program()
        if server is None:
            say("valkey", "no Valkey or Redis program on this machine; the ticker does the work, a little slower")
            return
        path = valkey.socket_path(self.instance / "run")
        self.env["REDIS_URL"] = valkey.url(path)
        self.keep(self.valkey_child(server, path))
        if not await answers(path):
            say("valkey", "does not answer yet; going on without it")

    def valkey_child(self, server: Path, path: Path) -> Child:
        folder = self.instance / "redis"
        folder.mkdir(exist_ok=True, mode=0o700)
        # A locale that is named but not installed would keep the server from starting.
        env = {**self.env, "LC_ALL": "C"}
        command = valkey.command(server, path, folder)
        return Child("valkey", run(command, env, (self.lock.fileno(),)), heal=lambda: set_aside(folder), quiet=is_banner)

    async def prepare(self) -> bool:
        """Migrate and, once, fill in the demo; in a process of its own."""
        try:
            process = await self.ours("jobs.prepare")()
        except OSError as error:
            say("setup", f"cannot be started: {error}")
            return False
        while process.stdout is not None and (line := await next_line(process.stdout)):
            if line.startswith(LOGIN):
                self.logins.append(line.removeprefix(LOGIN).rstrip())
            else:
                say("setup", line.rstrip("\n"))
        return await process.wait() == 0

    def ours(self, module: str, *words: str, listener: socket.socket | None = None) -> Launch:
        """How one of our programs starts: as a copy where that is possible, else as a Python of its own."""
        if nursery.POSSIBLE and not self.reload:
            return nursery.copy(module, words, self.env, listener)
        fds = (listener.fileno(),) if listener is not None else ()
        return run([sys.executable, "-m", module, *nursery.with_listener(words, listener)], self.env, fds)

    def web(self) -> Child:
        options = {
            "--bind": nursery.LISTENER,
            "--worker-class": "jobs.sharing.SharingWorker",
            "--workers": "2",
            "--threads": "4",
            "--timeout": "60",
            "--graceful-timeout": "5",
            "--keep-alive": "15",
            "--log-level": "warning",
        }
        flags = ["--no-control-socket", *(["--reload"] if self.reload else [])]
        words = [*(word for pair in options.items() for word in pair), *flags, "wsgi:app"]
        return Child("web", self.ours("jobs.web", *words, listener=self.listener))

    def staff(self) -> list[Child]:
        names = {f"worker-{n}": "jobs.worker" for n in range(1, number("WORKERS", 2) + 1)} | {"ticker": "jobs.ticker"}
        if self.env.get("FRONTDESK_MAIL_LISTEN"):
            names["mail"] = "jobs.mailport"
        return [Child(name, self.ours(module)) for name, module in names.items()]

    async def healthy(self) -> bool:
        """Wait for the web's first answer; False when it cannot start at all."""
        web = next(child for child in self.children if child.name == "web")
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until and web.short_lives < 2:
            if await says_ok(self.listener.getsockname()[0], self.port):
                return True
            await asyncio.sleep(0.1)
        say("web", "does not start: the lines above say why")
        return False

    def welcome(self, seconds: float) -> None:
        lines = ["", f"Frontdesk is ready after {seconds:.1f} s:  {self.url}", f"The agents' desk:  {self.url}/desk/", *self.logins]
        print("\n  ".join([*lines, "Stop with Ctrl-C."]) + "\n", flush=True)

    async def stop(self) -> None:
        """Web first, so that no new work comes in; then who does the work; Valkey last."""
        self.listener.close()
        for names in (("web", "mail"), ("worker",), ("ticker",), ("valkey",)):
            await asyncio.gather(*(child.stop() for child in self.children if child.name.startswith(names)))
        if self.asked.is_set():
            print("frontdesk: stopped.", flush=True)


def set_aside(folder: Path) -> None:
    """Valkey cannot read its files: begin with empty ones. Nothing is lost, the outbox is in the database."""
    folder.rename(folder.with_name(f"redis.unreadable-{int(time.time())}"))
    folder.mkdir(mode=0o700)
    say("valkey", "its files cannot be read; they were set aside and it starts with empty ones")


def is_banner(line: str) -> bool:
    """What Valkey says that helps nobody: how the kernel should be tuned for big servers, and that it ends as it was told."""
    return not line.strip() or any(words in line for words in ("overcommit", "signal-handler", "ready to exit"))


async def answers(path: Path, within: float = 10.0) -> bool:
    """True when a server says PONG on the unix socket `path`."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_unix_connection(str(path))
            writer.write(b"PING\r\n")
            pong = await reader.readline()
            writer.close()
            if pong.startswith(b"+PONG"):
                return True
        await asyncio.sleep(0.05)
    return False


async def says_ok(host: str, port: int) -> bool:
    """One GET /healthz; True for 200."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104
        writer.write(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        status = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in status


if __name__ == "__main__":
    sys.exit(main())
