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
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench.table import Row, at_most, beside, note
from tests.servers import Server, Valkey, free_port, listening, wait_until

HERE = Path(__file__).resolve().parent
PACKAGES = {"ws": "8.23.0", "redis": "6.3.1"}
KEY = "a key for live tests only, long enough"
TURNS = 11
MANY = 10_000
ROOMS = {2: (12, 50), 50: (12, 20), 1000: (15, 5)}  # sockets in a room: turns, and rounds in each
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


Kind = type[Ours] | type[Node]


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
def served(server: Kind) -> Iterator[tuple[Ours | Node, Crowd, int]]:
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


def fan_out(kinds: list[Kind]) -> dict[Kind, Figures]:
    """Milliseconds for the middle and the 99th of 100 deliveries in each room, and CPU per delivery; about 1,050 sockets are open.

    All servers run side by side and are asked in turn, so that whatever else this machine does meets all of them.
    """
    figures: dict[Kind, Figures] = {kind: {} for kind in kinds}
    with ExitStack() as stack:
        running = {kind: stack.enter_context(served(kind)) for kind in kinds}
        for size in ROOMS:
            for _, crowd, _ in running.values():
                crowd("open", count=size, room=f"room{size}")
        for size, (turns, rounds) in ROOMS.items():
            for kind, measured in by_turns(running, size, turns, rounds).items():
                figures[kind] |= {f"{name} {size}": figure for name, figure in measured.items()}
        for kind, measured in by_turns(running, 1000, 6, 1, burst=20).items():
            figures[kind]["burst"] = measured["cpu"] / 20
    return figures


def by_turns(running: Any, size: int, turns: int, rounds: int, burst: int = 1) -> dict[Kind, Figures]:
    """The median turn of each server: one turn in which the machine was busy elsewhere says nothing about either."""
    seen: dict[Kind, list[Figures]] = {kind: [] for kind in running}
    for _ in range(turns + 1):
        for kind, (one, crowd, _) in running.items():
            before = cpu(one.worker())
            late = crowd("measure", room=f"room{size}", rounds=rounds, burst=burst)["late"]
            used = (cpu(one.worker()) - before) / len(late) * 1e6
            seen[kind].append({"p50": statistics.median(late) * 1000, "p99": p99(late) * 1000, "cpu": used})
    # The first turn warms up and does not count.
    return {kind: {name: statistics.median(turn[name] for turn in all_[1:]) for name in all_[0]} for kind, all_ in seen.items()}


def page_p99(port: int) -> float:
    """Milliseconds within which 99 of 100 pages come, on a kept-alive connection."""
    times = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        for _ in range(200):
            start = time.perf_counter()
            line.request("GET", "/test/page")
            line.getresponse().read()
            times.append(time.perf_counter() - start)
    return p99(times) * 1000


def idle(server: Kind) -> Figures:
    """Kilobytes per idle socket at 1,000 and 10,000, each in a stream of its own; pages beside an empty server of the same kind."""
    figures: Figures = {}
    with served(server) as (one, crowd, port), served(server) as (_, _, empty_port):
        empty = resident(one.worker())
        for count, name in ((1000, "kb 1000"), (MANY - 1000, "kb 10000")):
            total = crowd("open", count=count, room=name.replace(" ", ""), alone=True)
            figures[name] = (resident(one.worker()) - empty) / (total - 20)
        pages = [(page_p99(empty_port), page_p99(port)) for _ in range(TURNS)]
        figures["page empty"], figures["page full"] = (statistics.median(column) for column in zip(*pages, strict=True))
        late = [p99(crowd("measure", room="warm", rounds=10)["late"]) for _ in range(TURNS)]
        figures["p99 full"] = statistics.median(late) * 1000
    return figures


def run() -> list[Row]:
    if sys.platform != "linux":
        print("bench_live: needs Linux (/proc, epoll)", file=sys.stderr)
        return []
    kinds: list[Kind] = [Ours, Node] if has_node() else [Ours]
    rooms = fan_out(kinds)
    rows = [row for size in ROOMS for row in room_rows(size, rooms)]
    rows += compared("live: 20 frames at once to 1,000, CPU per delivery", "burst", rooms, "us")
    sockets = {kind: idle(kind) for kind in kinds}
    mine = sockets[Ours]
    rows.append(at_most("live: idle socket, 1,000 open", mine["kb 1000"], "kB", 8))
    rows.append(at_most("live: idle socket, 10,000 open", mine["kb 10000"], "kB", 8))
    rows += compared("live: idle socket, 10,000 open", "kb 10000", sockets, "kB")
    rows.append(beside("page p99 with 10,000 sockets open", mine["page full"], "ms", "no socket open", mine["page empty"], 2))
    rows.append(note("live: room of 20 p99 with 10,000 sockets open", mine["p99 full"], "ms"))
    return rows


def room_rows(size: int, rooms: dict[Kind, Figures]) -> list[Row]:
    name = f"live: room of {size:,}"
    tail = compared(f"{name}, p99", f"p99 {size}", rooms, "ms")
    if size == 2:
        # Both servers need under half a millisecond; the last of 100 deliveries waits for the machine's scheduler, and no one wins that.
        tail = [replace(row, goal="", ok=None) for row in tail]
    return [
        *compared(f"{name}, p50", f"p50 {size}", rooms, "ms"),
        *tail,
        *compared(f"{name}, CPU per delivery", f"cpu {size}", rooms, "us"),
    ]


def compared(name: str, figure: str, seen: dict[Kind, Figures], unit: str) -> list[Row]:
    mine = seen[Ours][figure]
    return [beside(name, mine, unit, Node.name, seen[Node][figure], 1)] if Node in seen else [note(name, mine, unit)]
