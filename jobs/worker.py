"""A worker: takes nudges from one queue and runs the rows they name, one after the other, in this process.

It survives a Redis that goes and comes back, and ends by itself after some hundred rows, for the supervisor to start afresh.
"""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType
from typing import Any

import structlog
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app.lib import jobs
from jobs.entry import the_app

ROWS = 1000  # a fresh process after so many: memory that leaked is given back
PAUSES = (1, 2, 5, 10)  # seconds between tries while Redis is away

log = structlog.get_logger("frontdesk.worker")
stopped = threading.Event()


class Worker(SimpleWorker):
    """No fork: forking shares database connections, and crashes on macOS. One queue: only then is no nudge lost in a crash."""

    max_connection_wait_time = 5.0

    def procline(self, message: str) -> None:
        """RQ would write what it does into the title of the process; the title says which program this is."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        stopped.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def work(url: str) -> int:
    """Work until asked to stop, until ROWS rows are done, or until Redis fails; gives the number of rows."""
    # The three intervals make RQ notice an orphaned nudge within two minutes. The ticker would do so anyway.
    worker = Worker(
        [jobs.QUEUE],
        connection=jobs.connect(url, patience=5),
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=60,
        job_monitoring_interval=15,
        log_job_description=False,
    )
    worker.log_result_lifespan = False
    worker.work(max_jobs=ROWS, logging_level="WARNING")
    return int(worker.successful_job_count + worker.failed_job_count)


def keep_working(url: str) -> None:
    failures = done = 0
    while done < ROWS and not stopped.is_set():
        try:
            listen_for_signals()
            done += work(url)
            failures = 0
        except (RedisError, OSError) as error:
            if failures == 0:
                log.warning("redis is away, waiting for it", error=type(error).__name__)
            failures += 1
        listen_for_signals()
        stopped.wait(PAUSES[min(failures, len(PAUSES) - 1)] if failures else 0.1)


def listen_for_signals() -> None:
    """Outside of RQ's loop, where no row is being worked on, a signal ends the process at once, whatever Redis keeps it waiting for."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def stop(_signum: int, _frame: Any) -> None:
    stopped.set()
    sys.exit(0)


def main() -> int:
    listen_for_signals()
    url = the_app().config["SETTINGS"].redis_url
    if url:
        keep_working(url)
    else:
        log.info("no REDIS_URL: the ticker does the work")
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
