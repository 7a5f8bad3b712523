"""The ticker: each second, one process of all looks which rows are due and nudges a worker; without workers it does the work itself.

Several tickers may run, on several machines: a lease in the database says which one ticks.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.lib import jobs, leases, outbox, rounds
from app.lib.db import db, roll_back, unit_of_work
from jobs.entry import the_app
from jobs.schedule import SCHEDULE

SECOND = 1.0
LEASE = timedelta(seconds=12)
RENEW = 4.0  # seconds; well inside the lease
AGAIN = 10.0  # seconds before a row that is still due is nudged once more
STARVED = 15.0  # seconds a due row waits for workers before the ticker takes it
BATCH = 200
SLICE = 4.0  # seconds of own work between two looks at the lease

log = structlog.get_logger("frontdesk.ticker")
stopped = threading.Event()


class Ticker:
    """One candidate for the lease, and what it remembers: when it nudged which row, and since when a row has been due."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{os.urandom(4).hex()}"
        self.nudged: dict[int, float] = {}
        self.seen: dict[int, float] = {}
        self.leads = False
        self.renewed = 0.0

    def tick(self) -> None:
        """One look: renew the lease, write what recurs, get due rows going. Call inside an app context."""
        if not self.lead():
            return
        with unit_of_work():
            rounds.go_round(SCHEDULE)
        due = list(db.session.scalars(outbox.Errand.due(limit=BATCH)))
        roll_back()
        self.remember(due)
        if due:
            self.get_going(due)

    def lead(self) -> bool:
        if self.leads and time.monotonic() < self.renewed + RENEW:
            return True
        with unit_of_work():
            leads = leases.hold("ticker", self.name, LEASE)
        if leads and not self.leads:
            log.info("this ticker leads")
        self.leads, self.renewed = leads, time.monotonic()
        return leads

    def remember(self, due: list[int]) -> None:
        now = time.monotonic()
        self.seen = {row: self.seen.get(row, now) for row in due}
        self.nudged = {row: self.nudged[row] for row in due if row in self.nudged}

    def get_going(self, due: list[int]) -> None:
        now = time.monotonic()
        in_queue = jobs.nudger().waiting()
        fresh = [row for row in due if in_queue == 0 or now - self.nudged.get(row, -AGAIN) >= AGAIN]
        if in_queue is not None and jobs.nudger().nudge(fresh):
            self.nudged.update(dict.fromkeys(fresh, now))
            due = [row for row in due if now - self.seen[row] >= STARVED]
        self.run(due)

    def run(self, rows: list[int]) -> None:
        """Do the work here, for a few seconds at most."""
        until = time.monotonic() + SLICE
        for row in rows:
            if stopped.is_set() or time.monotonic() > until:
                return
            outbox.run(row)

    def leave(self) -> None:
        with unit_of_work():
            leases.let_go("ticker", self.name)


def keep_ticking(ticker: Ticker) -> None:
    app = the_app()
    while not stopped.is_set():
        began = time.monotonic()
        with app.app_context():
            attempt(ticker.tick)
        stopped.wait(max(0.0, began + SECOND - time.monotonic()))
    with app.app_context():
        attempt(ticker.leave)


def attempt(step: Any) -> None:
    """A database that is away for a while ends no ticker."""
    try:
        step()
    except SQLAlchemyError as error:
        log.error("the database does not answer", error=type(error).__name__)
        roll_back()


def stop(_signum: int, _frame: Any) -> None:
    stopped.set()


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    keep_ticking(Ticker())
    return 0


if __name__ == "__main__":
    sys.exit(main())
