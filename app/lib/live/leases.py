"""Who is here: leases that end by themselves. In Redis for all processes, in this process alone while Redis is away.

Presence is advice (a ring around a face, "somebody is typing a reply"); what must not go wrong is decided in the database.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, TypeVar, cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.lib import clock

Answer = TypeVar("Answer")
LEASE = 60.0  # seconds; renew every 20 to 25
PATIENCE = 0.3  # seconds that a page waits for Redis at most, twice
PAUSE = 5.0  # seconds without asking after Redis did not answer
MANY = 50  # leases that ended long ago are swept out of Redis together
STRENGTH = {"online": 1, "viewing": 2, "replying": 3}
Held = dict[str, tuple[float, str]]


class Leases:
    """Leases per stream. One field per person and tab, so that closing one tab does not take the other away."""

    def __init__(self, redis_url: str = "", prefix: str = "live") -> None:
        self.url, self.prefix = redis_url, prefix
        self.own: dict[str, Held] = {}
        self.lock = threading.Lock()
        self.client: redis.Redis | None = None
        self.ask_again_at = 0.0

    def enter(self, stream: str, who: str, ttl: float = LEASE, state: str = "viewing", tab: str = "") -> None:
        """`who` is in `stream` for the next `ttl` seconds: online, viewing or replying. Call again to stay or to change the state."""
        field, lease = self.note(stream, who, ttl, state, tab)
        self.ask(lambda store: run(store, self.words_to_keep(stream, field, lease, ttl)), None)

    def leave(self, stream: str, who: str, tab: str = "") -> None:
        """End the lease of this person (in this tab) now."""
        field = self.forget(stream, who, tab)
        self.ask(lambda store: store.hdel(self.key(stream), field), None)

    def who(self, stream: str) -> dict[str, str]:
        """Everybody whose lease runs, with the strongest state of their tabs: {"person:7": "replying"}."""
        here: dict[str, str] = {}
        for (who, _), state in self.tabs(stream).items():
            if STRENGTH.get(state, 0) >= STRENGTH.get(here.get(who, ""), 0):
                here[who] = state
        return here

    def tabs(self, stream: str) -> dict[tuple[str, str], str]:
        """Every lease that runs, by person and tab: {("person:7", "k3j2"): "replying"}."""
        now, kept = clock.now().timestamp(), self.kept(stream)
        ended = [field for field, (until, _) in kept.items() if until < now - LEASE]
        if len(ended) >= MANY:
            # A tab has a field of its own and leaves it behind: a stream that is never empty would keep them all.
            self.ask(lambda store: store.hdel(self.key(stream), *ended), None)
        return {parted(field): state for field, (until, state) in kept.items() if until > now}

    def kept(self, stream: str) -> Held:
        """What Redis keeps for every process; while it is away, what this one remembers, which may have ended in another."""
        kept = cast("dict[bytes, bytes] | None", self.ask(lambda store: store.hgetall(self.key(stream)), None))
        if kept is not None:
            return {field.decode(): parse(value) for field, value in kept.items()}
        with self.lock:
            return dict(self.own.get(stream, {}))

    # ---- what the live loop uses, because it must not wait

    def note(self, stream: str, who: str, ttl: float, state: str, tab: str) -> tuple[str, tuple[float, str]]:
        field, lease = f"{who}\x1f{tab}", (clock.now().timestamp() + ttl, state)
        with self.lock:
            self.own.setdefault(stream, {})[field] = lease
            if random.random() < 0.01:  # noqa: S311 - housekeeping
                self.sweep()
        return field, lease

    def forget(self, stream: str, who: str, tab: str) -> str:
        field = f"{who}\x1f{tab}"
        with self.lock:
            leases = self.own.get(stream, {})
            leases.pop(field, None)
            if not leases:
                self.own.pop(stream, None)
        return field

    def words_to_keep(self, stream: str, field: str, lease: tuple[float, str], ttl: float) -> list[list[str]]:
        """The two Redis commands that keep a lease: the field, and an end for the whole hash."""
        key = self.key(stream)
        return [["HSET", key, field, f"{lease[0]:.3f} {lease[1]}"], ["EXPIRE", key, str(int(max(ttl, LEASE)) + 60)]]

    # ---- how

    def key(self, stream: str) -> str:
        return f"{self.prefix}:here:{stream}"

    def sweep(self) -> None:
        now = clock.now().timestamp()
        for stream in list(self.own):
            self.own[stream] = {field: lease for field, lease in self.own[stream].items() if lease[0] > now}
            if not self.own[stream]:
                del self.own[stream]

    def ask(self, question: Callable[[redis.Redis], Any], otherwise: Answer) -> Answer:
        """What Redis says, or `otherwise` when there is none, when it does not answer, or when it just did not."""
        if not self.url or monotonic() < self.ask_again_at:
            return otherwise
        try:
            return cast("Answer", question(self.connected()))
        except (RedisError, OSError):
            self.ask_again_at = monotonic() + random.uniform(0.6, 1.4) * PAUSE  # noqa: S311 - jitter
            return otherwise

    def connected(self) -> redis.Redis:
        if self.client is None:
            self.client = redis.Redis.from_url(
                self.url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=Retry(NoBackoff(), 0), health_check_interval=0
            )
        return self.client


def run(store: redis.Redis, commands: Iterable[list[str]]) -> None:
    pipe = store.pipeline(transaction=False)
    for words in commands:
        pipe.execute_command(*words)  # type: ignore[no-untyped-call]
    pipe.execute()


def parted(field: str) -> tuple[str, str]:
    who, _, tab = field.partition("\x1f")
    return who, tab


def parse(value: bytes) -> tuple[float, str]:
    until, _, state = value.decode().partition(" ")
    return float(until), state
