"""Real servers for tests: PostgreSQL, Valkey, SMTP, IMAP and CalDAV, each in a folder of its own, gone when the test is."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from jobs import valkey
from jobs.child import die_with_parent
from tests import machine
from tests.copies import Copied

WAIT = 90.0  # seconds a server may take to come up on a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], Any], what: str, seconds: float = WAIT) -> None:
    """Ask again and again until `ready()` is true. Raises TimeoutError that names `what`."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come up in {seconds:g} s")
        time.sleep(0.02)


def listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def scratch() -> Path:
    """A short-named folder: paths of unix sockets may not be long."""
    return Path(tempfile.mkdtemp(prefix="fd-", dir="/tmp" if os.access("/tmp", os.W_OK) else None))


@dataclass
class Server:
    """A program in a scratch folder, its words in the file log."""

    folder: Path = field(default_factory=scratch)
    process: subprocess.Popen[bytes] | Copied | None = None

    def spawn(self, command: Sequence[str | Path], **more: Any) -> None:
        words = [str(word) for word in command]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, preexec_fn=die_with_parent, **more
            )

    def copy(self, module: str, *words: str, env: Mapping[str, str]) -> None:
        """The same for a Python module that needs the app."""
        self.process = Copied(module, words, env, self.folder / "log")

    def words(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> Self:
        raise NotImplementedError

    def kill(self) -> None:
        """kill -9, as a machine would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def halt(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()


def as_nobody(folder: Path) -> dict[str, Any]:
    """For servers that refuse root: who runs them instead, and the folder given to him. Empty when we are not root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class Postgres(Server):
    """A PostgreSQL cluster on a unix socket, without the fsyncs that only matter when the power fails."""

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> Self:
        binaries = machine.postgres_bin()
        if binaries is None:
            raise RuntimeError("no PostgreSQL here")
        who = as_nobody(self.folder)
        data = self.folder / "data"
        locale = ("-E", "UTF8", "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C")
        init = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", *locale]
        subprocess.run([str(word) for word in init], check=True, capture_output=True, cwd=self.folder, **who)
        speed = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=200")
        options = [word for option in speed for word in ("-c", option)]
        self.spawn([binaries / "postgres", "-D", data, "-k", self.folder, *options], cwd=self.folder, **who)
        wait_until(self.answers, "PostgreSQL")
        return self

    def answers(self) -> bool:
        ready = machine.postgres_bin() or Path()
        return subprocess.run([str(ready / "pg_isready"), "-q", "-h", str(self.folder)], check=False).returncode == 0

    def halt(self) -> None:
        # The default, a smart shutdown, waits for every client; SIGINT is the fast one.
        if self.process is not None:
            self.process.send_signal(2)
        super().halt()


class Valkey(Server):
    """A Valkey (or Redis) on a unix socket; with `durable` its writes outlive a kill -9."""

    durable: bool = False

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        return valkey.url(self.socket)

    def start(self) -> Self:
        program = valkey.program()
        if program is None:
            raise RuntimeError("no Valkey or Redis here")
        command = valkey.command(program, self.socket, self.folder)
        options = [] if self.durable else ["--appendonly", "no"]
        self.spawn([*command, *options], env={**os.environ, "LC_ALL": "C"})
        wait_until(self.answers, "Valkey")
        return self

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(str(self.socket))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False


class Radicale(Server):
    """A CalDAV server without passwords: any user name sees /<user>/."""

    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> Self:
        self.port = free_port()
        options = ("--config", "", "--server-hosts", f"127.0.0.1:{self.port}", "--auth-type", "none")
        self.spawn([sys.executable, "-m", "radicale", *options, "--storage-filesystem-folder", self.folder / "calendars"])
        wait_until(lambda: listening(self.port), "Radicale")
        return self
