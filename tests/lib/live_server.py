"""The live test site behind a real server, and what tests ask it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
from typing import Any

from tests.lib.live_client import Client
from tests.servers import Server, free_port, listening, wait_until


class Site(Server):
    """One web process in a process of its own. Killed and served again, it has the same address."""

    port: int = 0

    def serve(self, redis_url: str = "", *, dev: bool = False, threads: int = 4, options: tuple[str, ...] = (), **settings: str) -> Site:
        self.port = self.port or free_port()
        gunicorn = ["gunicorn", "-k", "gthread", "-w", "1", "--threads", str(threads), "-b", f"127.0.0.1:{self.port}"]
        site = ["--no-control-socket", "--graceful-timeout", "5", *options, "tests.lib.live_site:from_environment()"]
        told = {"REDIS_URL": redis_url, "LIVE_TEST_INSTANCE": str(self.folder), "PORT": str(self.port), **settings}
        self.copy(*(["tests.lib.live_site"] if dev else [*gunicorn, *site]), env={**os.environ, **told})
        wait_until(lambda: listening(self.port), "the site")
        if not any("certfile" in option for option in options):
            self.answered()
        return self

    def answered(self) -> None:
        """The master listens long before its worker has read the app, and who knocks meanwhile waits."""
        self.ask("GET", "/test/page", within=120)

    def kill_all(self) -> None:
        """kill -9 of the web process and of what watches over it."""
        worker = self.figures()["pid"]
        self.kill()
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)

    def ask_json(self, path: str, thing: Any) -> None:
        assert self.ask("POST", path, json.dumps(thing), "application/json")[0] < 400

    def ask(self, method: str, path: str, words: str = "", kind: str = "text/plain", within: float = 30) -> tuple[int, str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=within)
        with contextlib.closing(line):
            line.request(method, path, words.encode(), {"Content-Type": kind})
            answer = line.getresponse()
            return answer.status, answer.read().decode()

    def say(self, stream: str, words: str) -> None:
        assert self.ask("POST", f"/test/say/{stream}", words)[0] == 200

    def figures(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self.ask("GET", "/test/figures")[1])
        return known

    def here(self, stream: str) -> dict[str, str]:
        known: dict[str, str] = json.loads(self.ask("GET", f"/test/here/{stream}")[1])
        return known

    def listen(self, streams: str, **headers: str) -> Client:
        client = Client.connect(self.port, f"/test/live/{streams}", **headers)
        assert client.event()["live"] == "ready"
        return client
