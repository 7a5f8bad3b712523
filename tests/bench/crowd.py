"""A crowd of browsers for bench_live.py, in a process of its own: `python -m tests.bench.crowd <port> <redis url> <prefix>`.

Reads one JSON order a line, {"do": "open", "count": 50, "room": "r"} or {"do": "measure", "room": "r", "rounds": 30, "burst": 1}, and
answers one JSON line. Times are seconds from PUBLISH to the last byte at each browser. In between it answers pings, as browsers do.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time
from typing import Any

import redis

from app.lib.live.system import make_room
from tests.lib.live_client import request

PING, PONG = b"\x89\x00", b"\x8a\x80\0\0\0\0"


class Crowd:
    def __init__(self, port: int, redis_url: str, prefix: str, token: bytes) -> None:
        self.port, self.prefix, self.token = port, prefix, token
        self.store = redis.Redis.from_url(redis_url)
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.rooms: dict[str, list[int]] = {}

    def open(self, count: int, room: str, alone: bool = False) -> int:
        """Open sockets, 200 at a time; from a second loopback address on when the ports of the first run out."""
        for start in range(0, count, 200):
            fresh = [self.knock(f"{room}{start + n}" if alone else room) for n in range(min(200, count - start))]
            for sock in fresh:
                self.greeted(sock)
                self.poll.register(sock.fileno(), select.EPOLLIN)
                self.sockets[sock.fileno()] = sock
                self.rooms.setdefault(room, []).append(sock.fileno())
            self.answer_pings()
        time.sleep(0.3)
        self.answer_pings()
        return len(self.sockets)

    def answer_pings(self) -> None:
        for fd, _ in self.poll.poll(0, len(self.sockets) + 1):
            if fd:
                self.read(fd)

    def knock(self, room: str) -> socket.socket:
        home = f"127.0.0.{2 + len(self.sockets) // 20_000}"
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(home, 0))
        sock.sendall(request(f"/test/live/{room}", f"127.0.0.1:{self.port}"))
        return sock

    def greeted(self, sock: socket.socket) -> None:
        data = b""
        while b'"live":"ready"' not in data:
            more = sock.recv(4096)
            if not more:
                raise ConnectionError(data.decode(errors="replace"))
            data += more
        sock.send(PONG * data.count(PING))
        sock.setblocking(False)

    def measure(self, room: str, rounds: int, burst: int = 1, size: int = 300, pause: float = 0.02) -> dict[str, Any]:
        """Publish `rounds` times `burst` frames and wait until everybody in the room has them all."""
        text = b"<p>" + b"x" * (size - 7) + b"</p>"
        frame = len(text) + (4 if len(text) > 125 else 2)
        late: list[float] = []
        spans: list[float] = []
        for _ in range(rounds):
            missing = {fd: frame * burst for fd in self.rooms[room]}
            start = time.perf_counter()
            pipe = self.store.pipeline(transaction=False)
            for _ in range(burst):
                pipe.publish(f"{self.prefix}:{room}", self.token + text)
            pipe.execute()
            self.collect(missing, start, late)
            spans.append(time.perf_counter() - start)
            time.sleep(pause)
        return {"late": sorted(late), "spans": sorted(spans)}

    def collect(self, missing: dict[int, int], start: float, late: list[float]) -> None:
        until = start + 30
        while missing:
            for fd, _ in self.poll.poll(1, 1024):
                if fd == 0 or not (words := self.read(fd)):
                    continue
                missing[fd] = missing.get(fd, 0) - words
                if missing[fd] <= 0:
                    late.append(time.perf_counter() - start)
                    if missing.pop(fd) < 0:
                        raise AssertionError("more arrived than was sent")
            if time.perf_counter() > until:
                raise TimeoutError(f"{len(missing)} sockets did not get everything")

    def read(self, fd: int) -> int:
        """Take what is there; pings are answered, as browsers do, and not counted."""
        try:
            data = self.sockets[fd].recv(262144)
        except BlockingIOError:  # an order in between has read it
            return 0
        pings = data.count(PING) if PING[0] in data else 0
        if pings:
            self.sockets[fd].send(PONG * pings)
        return len(data) - len(PING) * pings

    def close(self) -> None:
        for sock in self.sockets.values():
            sock.close()
        self.sockets.clear()
        self.rooms.clear()


def main() -> None:
    make_room()
    port, redis_url, prefix, token = sys.argv[1:]
    crowd = Crowd(int(port), redis_url, prefix, token.encode())
    crowd.poll.register(0, select.EPOLLIN)
    while True:
        for fd, _ in crowd.poll.poll():
            if fd != 0:
                crowd.read(fd)
            elif not obey(crowd, os.read(0, 4096)):
                return


def obey(crowd: Crowd, line: bytes) -> bool:
    """One order, one answer; the one who asks waits for it. False at the end of the input."""
    if line:
        order = json.loads(line)
        answer = getattr(crowd, order.pop("do"))(**order)
        os.write(1, json.dumps(answer).encode() + b"\n")
    return bool(line)


if __name__ == "__main__":
    main()
