"""The wire between web processes: one Redis connection per process, spoken by the live loop without ever waiting for it.

Every frame carries the name of the process that published it; that process has already delivered it and skips the echo. So frames
reach the sockets of their own process with Redis or without, and no switch between the two ways can lose or double one.
"""

from __future__ import annotations

import json
import logging
import random
import secrets
import socket
import ssl
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.retry import Retry

from app.lib.live import resp
from app.lib.live.rooms import Rooms
from app.lib.live.system import READ, WRITE, Watch

log = logging.getLogger(__name__)

DIAL_SECONDS = 2.0
CALL_EVERY, DEAD_AFTER = 5.0, 12.0
LONGEST_PAUSE = 30.0
BACKLOG = 4 * 1024 * 1024
MOST_UNSURE = 5000
NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Ends(Protocol):
    """What the wire needs of its loop."""

    watch: Watch
    rooms: Rooms

    def call(self, do: Callable[..., None], *given: Any) -> None: ...
    def deliver(self, stream: str, text: str) -> None: ...
    def greeted(self) -> None: ...
    def wire_is_down(self) -> None: ...
    def missed(self, streams: list[str]) -> None: ...
    def show_out(self, who: str) -> None: ...


class Wire:
    """Belongs to the loop thread; only dialling happens in a thread of its own."""

    def __init__(self, url: str, prefix: str, ends: Ends) -> None:
        self.url, self.prefix, self.ends = url, prefix, ends
        self.name = secrets.token_hex(4).encode()
        self.control = f"{prefix}!"
        self.link: Any = None
        self.sock: socket.socket | None = None
        self.fd = -1
        self.dialling = False
        self.tries = 0
        self.dial_at = 0.0
        self.inbox, self.outbox = bytearray(), bytearray()
        self.wants_write = False
        self.heard_at = self.called_at = 0.0
        self.channels: set[str] = set()
        self.recent: dict[str, float] = {}
        self.unsure: set[str] = set()

    @property
    def up(self) -> bool:
        return self.sock is not None

    @property
    def settled(self) -> bool:
        """Whether nothing is under way that a last moment of patience would help."""
        return not self.outbox if self.up else not self.dialling or self.tries > 0

    # ---- what the loop asks for

    def greet(self, streams: list[str]) -> None:
        """Subscribe to what is new; Redis answers in order, so the answer to the PING comes when every subscription stands."""
        self.subscribe(streams)
        self.write("PING", "greet")

    def subscribe(self, streams: list[str]) -> None:
        self.channels.update(streams)
        if streams:
            self.write("SUBSCRIBE", *(f"{self.prefix}:{stream}" for stream in streams))

    def unsubscribe(self, streams: list[str]) -> None:
        self.channels.difference_update(streams)
        self.write("UNSUBSCRIBE", *(f"{self.prefix}:{stream}" for stream in streams))

    def publish(self, stream: str, text: str) -> None:
        self.recent[stream] = monotonic()
        if self.up:
            self.write("PUBLISH", f"{self.prefix}:{stream}", self.name + text.encode())
        else:
            self.doubt([stream])

    def tell_all(self, order: dict[str, Any]) -> None:
        """An order to every other process: {"gap": [streams]} or {"out": who}."""
        self.write("PUBLISH", self.control, self.name + json.dumps(order).encode())

    def write(self, *words: str | bytes | int) -> None:
        if not self.up:
            return
        self.outbox += resp.command(*words)
        if len(self.outbox) > BACKLOG:
            self.hang_up("it reads nothing")
        elif not self.wants_write:
            self.flush()

    # ---- time

    def tick(self, now: float) -> None:
        """Once a second: dial, call, notice silence, forget what is long delivered."""
        for stream in [stream for stream, at in self.recent.items() if at < now - DEAD_AFTER - 3]:
            del self.recent[stream]
        if not self.up:
            self.dial(now)
        elif now - self.heard_at > DEAD_AFTER:
            self.hang_up("it is silent")
        elif now - self.called_at > CALL_EVERY:
            self.called_at = now
            self.write("PING")

    def dial(self, now: float) -> None:
        if not self.dialling and now >= self.dial_at:
            self.dialling = True
            threading.Thread(target=self.connect, name="live-dial", daemon=True).start()

    def connect(self) -> None:
        """In a thread of its own: names, TLS, passwords and protocol are the client library's, and may take their seconds."""
        try:
            options = {"protocol": 3, "socket_connect_timeout": DIAL_SECONDS, "socket_timeout": DIAL_SECONDS}
            link = ConnectionPool.from_url(self.url, retry=Retry(NoBackoff(), 0), **options).make_connection()
            link.connect()  # type: ignore[no-untyped-call]
        except Exception as error:  # whatever it was, the loop must hear that nobody answered
            self.ends.call(self.no_answer, error)
        else:
            self.ends.call(self.answered, link)

    def no_answer(self, error: Exception) -> None:
        level = logging.DEBUG if self.tries else logging.WARNING
        log.log(level, "live: no Redis (%s), frames stay in this process", type(error).__name__)
        self.dialling = False
        self.wait_before_dialling()

    def wait_before_dialling(self) -> None:
        self.tries += 1
        self.dial_at = monotonic() + random.uniform(0.1, min(LONGEST_PAUSE, 0.5 * 2 ** min(self.tries, 8)))  # noqa: S311 - jitter

    def answered(self, link: Any) -> None:
        self.dialling, self.tries, self.link = False, 0, link
        sock: socket.socket = link._sock  # the library has no public way to lend its socket
        sock.setblocking(False)
        self.sock, self.fd = sock, sock.fileno()
        self.heard_at = self.called_at = monotonic()
        self.ends.watch.add(self.fd, READ)
        self.write("SUBSCRIBE", self.control)
        self.join_again()

    def join_again(self) -> None:
        streams = list(self.ends.rooms)
        for start in range(0, len(streams), 500):
            self.subscribe(streams[start : start + 500])
        self.write("PING", "joined")
        if self.unsure:
            self.tell_all({"gap": sorted(self.unsure)})
            self.unsure.clear()

    def hang_up(self, why: str) -> None:
        if self.sock is None:
            return
        log.warning("live: Redis left (%s), frames stay in this process until it is back", why)
        self.ends.watch.forget(self.fd)
        self.close()
        self.doubt(list(self.recent))
        self.wait_before_dialling()
        self.ends.wire_is_down()

    def close(self) -> None:
        if self.sock is not None:
            self.sock.close()
        self.link, self.sock, self.fd, self.wants_write = None, None, -1, False
        self.inbox.clear()
        self.outbox.clear()
        self.channels.clear()

    def doubt(self, streams: list[str]) -> None:
        """These may not have reached the other processes; they are told so when Redis is back."""
        if len(self.unsure) > MOST_UNSURE:
            self.unsure = {"*"}
        elif self.unsure != {"*"}:
            self.unsure.update(streams)

    # ---- bytes

    def ready(self, mask: int) -> None:
        if mask & WRITE:
            self.flush()
        if mask & READ:
            self.read()

    def flush(self) -> None:
        try:
            while self.outbox and self.sock is not None:
                del self.outbox[: self.sock.send(bytes(self.outbox[:65536]))]
        except NOT_NOW:
            pass
        except OSError as error:
            return self.hang_up(type(error).__name__)
        if bool(self.outbox) != self.wants_write and self.up:
            self.wants_write = bool(self.outbox)
            self.ends.watch.change(self.fd, READ | WRITE if self.wants_write else READ)

    def read(self) -> None:
        try:
            while self.sock is not None:
                data = self.sock.recv(65536)
                if not data:
                    return self.hang_up("it closed")
                self.inbox += data
                if len(data) < 65536 and not isinstance(self.sock, ssl.SSLSocket):
                    break
        except NOT_NOW:
            pass
        except OSError as error:
            return self.hang_up(type(error).__name__)
        self.heard_at = monotonic()
        self.understand()

    def understand(self) -> None:
        try:
            for said in resp.replies(self.inbox):
                if isinstance(said, list) and len(said) == 3:
                    self.pushed(*said)
                elif said == b"greet":
                    self.ends.greeted()
                elif said == b"joined":
                    self.ends.missed(["*"])
        except (resp.Trouble, ValueError) as error:
            self.hang_up(str(error))

    def pushed(self, kind: bytes, channel: bytes, payload: Any) -> None:
        if kind == b"message" and not payload.startswith(self.name):
            self.arrived(channel.decode(), payload[len(self.name) :])

    def arrived(self, channel: str, payload: bytes) -> None:
        if channel != self.control:
            return self.ends.deliver(channel.removeprefix(f"{self.prefix}:"), payload.decode())
        order = json.loads(payload)
        if "gap" in order:
            self.ends.missed(order["gap"])
        if "out" in order:
            self.ends.show_out(order["out"])
