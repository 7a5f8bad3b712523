"""A worker or a ticker whose app knows the errand of these tests: `python -m tests.jobs.office worker`. Its leases are short."""

from __future__ import annotations

import sys
import time
from datetime import timedelta

from sqlalchemy import text

from app.lib import outbox
from app.lib.db import db
from jobs import ticker, worker


@outbox.errand("test.effect")
def effect(number: int) -> None:
    """Write one row; slow enough to be killed in the middle."""
    db.session.execute(text("INSERT INTO effects (number) VALUES (:number)"), {"number": number})
    time.sleep(0.002)


if __name__ == "__main__":
    outbox.LEASE = timedelta(seconds=3)
    ticker.LEASE = timedelta(seconds=3)
    ticker.RENEW, ticker.AGAIN = 1.0, 2.0
    sys.exit({"worker": worker.main, "ticker": ticker.main}[sys.argv[1]]())
