"""Nudges: after a commit the workers hear over Redis which outbox row is due. A lost nudge costs a second: the ticker looks too."""

from __future__ import annotations

import time
from collections.abc import Iterable

import structlog
from flask import Flask, current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from app.lib import leases, outbox, rounds  # noqa: F401 - the tables of the ticker

QUEUE = "errands"
ENTRY = "jobs.entry.run"
PATIENCE = 0.5  # seconds a request may wait for Redis
REST = (1.0, 5.0, 15.0)  # seconds without a try, after one, two and more failures in a row
LONGEST_JOB = int(outbox.LEASE.total_seconds()) - 30  # a handler ends before somebody else may have its row

log = structlog.get_logger("frontdesk.jobs")


class Nudger:
    """Puts row numbers into the workers' queue. Never raises; while Redis is away it answers False without asking each time."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.failures = 0
        self.rests_until = 0.0
        self.queue = Queue(QUEUE, connection=connect(url), serializer=JSONSerializer) if url else None

    def nudge(self, ids: Iterable[int]) -> bool:
        """Queue the rows; True when Redis has them."""
        if self.queue is None or time.monotonic() < self.rests_until:
            return False
        try:
            for errand_id in ids:
                push(self.queue, errand_id)
        except (RedisError, OSError) as error:
            self.rest(error)
            return False
        self.failures = 0
        return True

    def waiting(self) -> int | None:
        """How many nudges lie in the queue; None when nobody knows because Redis is away."""
        if self.queue is None or time.monotonic() < self.rests_until:
            return None
        try:
            return self.queue.count
        except (RedisError, OSError) as error:
            self.rest(error)
            return None

    def rest(self, error: Exception) -> None:
        self.rests_until = time.monotonic() + REST[min(self.failures, len(REST) - 1)]
        self.failures += 1
        if self.failures == 1:
            log.warning("redis is away, the ticker does the work", error=type(error).__name__)


def connect(url: str, patience: float = PATIENCE) -> Redis:
    """A client that gives up after `patience` seconds and does not try again by itself, as the library would three times."""
    return Redis.from_url(url, socket_connect_timeout=patience, socket_timeout=patience, retry=Retry(NoBackoff(), 0))


def push(queue: Queue, errand_id: int) -> None:
    queue.enqueue_call(ENTRY, args=(errand_id,), timeout=LONGEST_JOB, result_ttl=0, failure_ttl=60, description=f"errand {errand_id}")


def nudger() -> Nudger:
    found: Nudger = current_app.extensions["frontdesk.jobs"]
    return found


def nudge_one(errand_id: int) -> None:
    nudger().nudge([errand_id])


def init_app(app: Flask) -> None:
    app.extensions["frontdesk.jobs"] = Nudger(app.config["SETTINGS"].redis_url)


outbox.on_nudge(nudge_one)
