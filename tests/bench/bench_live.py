"""Live frames: one message in Redis fanned out to rooms of 2, 50 and 1,000, and what open sockets cost, beside node's `ws`."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.table import Row, at_most, beside, note
from tests.servers import Server, Valkey, free_port, listening, wait_until

HERE = Path(__file__).resolve().parent
PACKAGES = {"ws": "8.23.0", "redis": "6.3.1"}
KEY = "a key for live tests only, long enough"
RUNS = 3
MANY = 10_000
ROOMS = {2: 200, 50: 100, 1000: 30}  # sockets in a room: rounds
Figures = dict[str, float]


class Ours(Server):
    """One gunicorn web process, 4 threads: how the product is run."""

    token = "bench..."  # stands where a web process puts its own name
    name = "frontdesk"

    def serve(self, port: int, store: Valkey) -> None:
        # --no-control-socket: the default one lives in the home directory.
        command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", "4", "-b", f"127.0.0.1:{port}"]
        mine = {
            "REDIS_URL": store.url,
            "LIVE_TEST_INSTANCE": str(self.folder),
            "LIVE_TEST_PER_ADDRESS": "1000000",
            "LIVE_TEST_MOST": "1000000",
        }
        self.spawn([*command, "--no-control-socket", "tests.lib.live_site:from_environment()"], env={**os.environ, **mine})

    def worker(self) -> int:
        """The pid of the process that holds the sockets."""
        parent = self.process.pid if self.process else 0
        return int(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0])


class Node(Server):
    """node with `ws`, one process, fed by the same Redis."""

    token = ""
    name = "node ws"

    def serve(self, port: int, store: Valkey) -> None:
        where = {**os.environ, "NODE_PATH": str(node_packages() / "node_modules")}
        self.spawn(["node", HERE / "live_node.js", str(port), store.socket, prefix()], env=where)

    def worker(self) -> int:
        return self.process.pid if self.process else 0


def prefix() -> str:
    return "fd" + hashlib.sha256(KEY.encode()).hexdigest()[:12]


def node_packages() -> Path:
    """A folder with the pinned packages, installed once."""
    stamp = "-".join(f"{name}{version}" for name, version in PACKAGES.items())
    folder = Path(tempfile.gettempdir()) / f"frontdesk-bench-{os.getuid()}-{stamp}"
    if not (folder / "node_modules" / "redis").exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *wanted], cwd=folder, check=True, capture_output=True)
    return folder


def has_node() -> bool:
    """Whether the baseline can run; says in one line why not."""
    try:
        if not shutil.which("node") or not shutil.which("npm"):
            raise FileNotFoundError("there is no node here")
        node_packages()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"bench_live: without node's ws as a baseline: {error}", file=sys.stderr)
        return False
    return True


class Crowd:
    """The browsers, in a process of their own."""

    def __init__(self, port: int, store: Valkey, token: str) -> None:
        command = [sys.executable, "-m", "tests.bench.crowd", str(port), store.url, prefix(), token]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, do: str, **order: Any) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the crowd has gone home")
        return json.loads(answer)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def served(server: type[Ours] | type[Node]) -> Iterator[tuple[Ours | Node, Crowd, int]]:
    """A running server of a kind, a crowd for it and its port, with a Valkey between."""
    with Valkey() as store:
        one, port = server(), free_port()
        one.serve(port, store)
        try:
            wait_until(lambda: listening(port), one.name)
            crowd = Crowd(port, store, one.token)
            try:
                crowd("open", count=20, room="warm")
                crowd("measure", room="warm", rounds=20)
                yield one, crowd, port
            finally:
                crowd.close()
        finally:
            one.stop()


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def resident(pid: int) -> float:
    """Kilobytes of memory a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


def cpu(pid: int) -> float:
    """Seconds of CPU that all threads of a process have used."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def fan_out(server: type[Ours] | type[Node]) -> Figures:
    """p99 in ms for each room, CPU microseconds per delivery, and frames a second in a burst, with about 1,050 sockets open."""
    figures: Figures = {}
    with served(server) as (one, crowd, _):
        for size in ROOMS:
            crowd("open", count=size, room=f"room{size}")
        for size, rounds in ROOMS.items():
            crowd("measure", room=f"room{size}", rounds=5)
            before = cpu(one.worker())
            late = crowd("measure", room=f"room{size}", rounds=rounds)["late"]
            figures[f"cpu {size}"] = (cpu(one.worker()) - before) / len(late) * 1e6
            figures[f"p99 {size}"] = p99(late) * 1000
        spans = crowd("measure", room="room1000", rounds=5, burst=20)["spans"]
        figures["burst"] = 20 * 1000 / statistics.median(spans)
    return figures


def page_p99(port: int) -> float:
    """Milliseconds for a page on a kept-alive connection, the median of three p99 over 400 requests."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    runs = []
    for _ in range(RUNS):
        times = []
        for _ in range(400):
            start = time.perf_counter()
            line.request("GET", "/test/page")
            line.getresponse().read()
            times.append(time.perf_counter() - start)
        runs.append(p99(times) * 1000)
    line.close()
    return statistics.median(runs)


def idle(server: type[Ours] | type[Node]) -> Figures:
    """Kilobytes per idle socket at 1,000 and 10,000, each in a stream of its own, and pages before and with them."""
    figures: Figures = {}
    with served(server) as (one, crowd, port):
        figures["page idle"] = page_p99(port)
        empty = resident(one.worker())
        for count, name in ((1000, "kb 1000"), (MANY - 1000, "kb 10000")):
            total = crowd("open", count=count, room=name.replace(" ", ""), alone=True)
            figures[name] = (resident(one.worker()) - empty) / (total - 20)
        figures["page full"] = page_p99(port)
        figures["p99 full"] = p99(crowd("measure", room="warm", rounds=100)["late"]) * 1000
    return figures


def medians(measure: Callable[[type[Ours] | type[Node]], Figures], kinds: list[Any], runs: int) -> dict[Any, Figures]:
    """Run each kind in turn, several times, so that a busy moment meets both; the median of each figure."""
    seen: dict[Any, list[Figures]] = {kind: [] for kind in kinds}
    for _ in range(runs):
        for kind in kinds:
            seen[kind].append(measure(kind))
    return {kind: {name: statistics.median(one[name] for one in all_) for name in all_[0]} for kind, all_ in seen.items()}


def run() -> list[Row]:
    if sys.platform != "linux":
        print("bench_live: needs Linux (/proc, epoll)", file=sys.stderr)
        return []
    kinds = [Ours, Node] if has_node() else [Ours]
    rooms = medians(fan_out, kinds, RUNS)
    rows = [row for size in ROOMS for row in room_rows(size, rooms)]
    rows += compared("live: burst of 20 x 1,000 frames, ms per 1,000", "burst", rooms, lambda per_second: 1e6 / per_second, "ms")
    sockets = medians(idle, kinds, 1)
    mine = sockets[Ours]
    rows.append(at_most("live: idle socket, 1,000 open", mine["kb 1000"], "kB", 8))
    rows.append(at_most("live: idle socket, 10,000 open", mine["kb 10000"], "kB", 8))
    rows += compared("live: idle socket, 10,000 open", "kb 10000", sockets, lambda kb: kb, "kB") if Node in sockets else []
    rows.append(beside("page p99 with 10,000 sockets open", mine["page full"], "ms", "no socket open", mine["page idle"], 2))
    rows.append(note("live: room of 20 p99 with 10,000 sockets open", mine["p99 full"], "ms"))
    return rows


def room_rows(size: int, rooms: dict[Any, Figures]) -> list[Row]:
    same = lambda figure: figure  # noqa: E731 - one word
    return [
        *compared(f"live: room of {size:,}, p99", f"p99 {size}", rooms, same, "ms"),
        *compared(f"live: room of {size:,}, CPU per delivery", f"cpu {size}", rooms, same, "us"),
    ]


def compared(name: str, figure: str, seen: dict[Any, Figures], turn: Callable[[float], float], unit: str) -> list[Row]:
    mine = turn(seen[Ours][figure])
    if Node not in seen:
        return [note(name, mine, unit)]
    return [beside(name, mine, unit, Node.name, turn(seen[Node][figure]), 1)]
