"""What one app has of live: its settings, its loop (started with the first socket or frame, one per process), its leases."""

from __future__ import annotations

import atexit
import hashlib
import os
import threading
from typing import cast
from urllib.parse import urlsplit
from weakref import WeakSet

from flask import Flask, current_app

from app.lib.live.leases import LEASE, Leases
from app.lib.live.loop import Loop
from app.lib.live.peer import Peer

_hubs: WeakSet[Hub] = WeakSet()


class Hub:
    def __init__(self, redis_url: str, prefix: str, hosts: set[str], most: int, most_per_address: int) -> None:
        self.redis_url, self.prefix, self.hosts = redis_url, prefix, hosts
        self.most, self.most_per_address = most, most_per_address
        self.leases = Leases(redis_url, prefix)
        self.lock = threading.Lock()
        self.running: Loop | None = None
        _hubs.add(self)

    def loop(self) -> Loop:
        """The loop of this process, started when there is none yet."""
        if self.running is None:
            with self.lock:
                if self.running is None:
                    self.running = Loop(self.redis_url, self.prefix, self.keep_here, self.gone).start()
                    atexit.register(self.running.stop)
        return self.running

    def publish(self, stream: str, text: str) -> None:
        """Send text to everybody in a stream. Never waits, never raises; without sockets and without Redis there is nobody to tell."""
        if self.redis_url or self.running:
            self.loop().publish(stream, text)

    def room_for(self, address: str) -> int:
        """0 when another socket from this address is welcome, else the HTTP status that says why not: 503 full, 429 too many of yours."""
        if self.running is None:
            return 0
        if len(self.running.peers) >= self.most:
            return 503
        return 429 if self.running.addresses[address] >= self.most_per_address else 0

    def stop(self) -> None:
        """End the loop of this process; the next socket starts another."""
        loop, self.running = self.running, None
        if loop:
            atexit.unregister(loop.stop)
            loop.stop()

    def forget(self) -> None:
        """In a forked child: the loop's thread stayed with the parent, only its open files came along."""
        loop, self.running = self.running, None
        self.lock = threading.Lock()
        self.leases = Leases(self.redis_url, self.prefix)
        if loop:
            atexit.unregister(loop.stop)
            loop.close()

    # ---- whoever has an open socket is online; in the loop's thread

    def keep_here(self, peer: Peer) -> None:
        for stream in peer.streams if peer.who else ():
            field, lease = self.leases.note(stream, peer.who, LEASE, "online", tab_of(peer))
            self.tell_redis(self.leases.words_to_keep(stream, field, lease, LEASE))

    def gone(self, peer: Peer) -> None:
        for stream in peer.streams if peer.who else ():
            field = self.leases.forget(stream, peer.who, tab_of(peer))
            self.tell_redis([["HDEL", self.leases.key(stream), field]])

    def tell_redis(self, commands: list[list[str]]) -> None:
        wire = self.running.wire if self.running else None
        for words in commands if wire else ():
            wire.write(*words)  # type: ignore[union-attr]  # checked one line up


def tab_of(peer: Peer) -> str:
    return f"{os.getpid()}.{id(peer):x}"


def running_loops() -> list[Loop]:
    """Every live loop of this process; one, unless several apps live in it."""
    return [one.running for one in list(_hubs) if one.running]


def hub() -> Hub:
    """The hub of the current app."""
    return cast("Hub", current_app.extensions["live"])


def after_fork() -> None:
    for one in list(_hubs):
        one.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork)


def make_hub(app: Flask) -> Hub:
    settings = app.config["SETTINGS"]
    hosts = {urlsplit(settings.base_url).netloc, *(name.strip() for name in settings.allowed_hosts.split(",") if name.strip())}
    # Pub/sub knows no database numbers: installations that share a Redis are told apart by their secret.
    prefix = "fd" + hashlib.sha256(app.config["SECRET_KEY"].encode()).hexdigest()[:12]
    return Hub(settings.redis_url, prefix, hosts, settings.live_sockets, settings.live_sockets_per_address)
