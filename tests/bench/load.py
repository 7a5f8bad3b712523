"""Load for benchmarks: real web processes, kept-alive clients, and the CPU time that the workers spent on it."""

from __future__ import annotations

import atexit
import http.client
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from app.settings import ROOT
from tests.servers import free_port, listening, wait_until
from tests.site import Site

CLIENTS = 8
TICK = os.sysconf("SC_CLK_TCK")
GUNICORN = (
    "--worker-class",
    "gthread",
    "--workers",
    "2",
    "--threads",
    "4",
    "--keep-alive",
    "15",
    "--no-control-socket",
    "--log-level",
    "warning",
)


class Served:
    """A running gunicorn: where it is, and the processes that do its work."""

    def __init__(self, url: str, root: int) -> None:
        self.url, self.root = url, root

    def workers(self) -> list[int]:
        """The worker processes: the leaves below `root` that run gunicorn."""
        below = descendants(self.root)
        parents = {parent for _, parent in below}
        found = [number for number, _ in below if number not in parents and runs_gunicorn(number)]
        return found


def descendants(root: int) -> list[tuple[int, int]]:
    """(process, parent) of every process below `root`."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, level = [], {root}
    while level:
        children = {number for number, parent in parents.items() if parent in level}
        found += [(number, parents[number]) for number in children]
        level = children
    return found


def runs_gunicorn(number: int) -> bool:
    return b"gunicorn" in Path(f"/proc/{number}/cmdline").read_bytes()


def cpu_seconds(processes: list[int]) -> float:
    """User and system time that these processes have spent so far."""
    spent = 0.0
    for number in processes:
        words = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        spent += (int(words[11]) + int(words[12])) / TICK
    return spent


def ask(served: Served, path: str, count: int, headers: Mapping[str, str]) -> None:
    """`count` requests over one kept-alive connection; each must be answered with 200."""
    line = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=30)
    for _ in range(count):
        line.request("GET", path, headers=dict(headers))
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
    line.close()


def cpu_ms(served: Served, path: str = "/", requests: int = 2000, headers: Mapping[str, str] | None = None, rounds: int = 3) -> float:
    """Milliseconds of CPU that one GET of `path` costs the web processes: the median of some rounds, after a warm-up."""
    sent = {"User-Agent": "bench", "Accept-Encoding": "gzip", **(headers or {})}
    ask(served, path, 100, sent)
    return median(one_round(served, path, requests, sent) for _ in range(rounds))


def one_round(served: Served, path: str, requests: int, headers: Mapping[str, str]) -> float:
    workers = served.workers()
    before = cpu_seconds(workers)
    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(ask, served, path, requests // CLIENTS, headers) for _ in range(CLIENTS)]:
            done.result()
    return (cpu_seconds(workers) - before) * 1000 / (requests // CLIENTS * CLIENTS)


@cache
def bare() -> Served:
    """A bare Flask page, on the server and with the workers that Frontdesk has."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN, "tests.bench.bare:app"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
    atexit.register(process.terminate)
    wait_until(lambda: listening(port), "the bare page")
    return Served(f"http://127.0.0.1:{port}", process.pid)


@cache
def site(kind: str = "sqlite") -> Site:
    """The whole product with its demo firm, as bin/run serves it; `served(site())` is its web."""
    folder = Path(tempfile.mkdtemp(prefix="fd-bench-"))
    made = Site(folder, kind, FRONTDESK_DEMO="yes", FRONTDESK_ENV="development").start()
    atexit.register(made.stop)
    return made


def served(running: Site) -> Served:
    if running.process is None:
        raise RuntimeError("the site does not run")
    return Served(running.url, running.process.pid)


@cache
def bare_ms() -> float:
    """The CPU milliseconds of the bare page in this run: the baseline of all pages."""
    return cpu_ms(bare())
