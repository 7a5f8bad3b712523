"""A site whose processes die: a customer who tries again, and a look at what its outbox has left to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import func, or_, select, update

from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.outbox import Errand
from tests.site import Site

HANDS = 30


class Wire:
    """A browser without scripts on the other end of a line that may break; it then does what people do, and tries again."""

    def __init__(self, site: Site) -> None:
        self.site, self.session = site, requests.Session()
        self.session.mount("http://", HTTPAdapter(pool_maxsize=HANDS, pool_block=True))
        self.aim: Callable[[], Callable[[], None]] | None = None

    def get(self, path: str, **more: Any) -> Any:
        return self.patiently("GET", path, **more)

    def post(self, path: str, **more: Any) -> Any:
        if self.aim is not None:
            threading.Thread(target=self.aim()).start()
        return self.patiently("POST", path, **more)

    def patiently(self, method: str, path: str, **more: Any) -> Any:
        until = time.monotonic() + 120
        while True:
            try:
                answer = self.session.request(method, self.site.url + path, allow_redirects=False, timeout=60, **more)
                if answer.status_code < 500:
                    return answer
            except requests.RequestException:
                pass
            assert time.monotonic() < until, "the site did not come back"
            time.sleep(0.2)


@contextmanager
def inside(site: Site) -> Iterator[None]:
    with site.app.app_context():
        yield
        db.session.remove()


def unfinished(site: Site) -> int:
    """How many rows of the outbox are being worked on, or are due."""
    with inside(site):
        due = or_(Errand.state == "running", (Errand.state == "waiting") & (Errand.due_at <= clock.now()))
        return db.session.scalar(select(func.count(Errand.id)).where(due)) or 0


def let_leases_end(site: Site) -> None:
    """As five minutes later: the rows that the dead had in hand may be taken by others."""
    with inside(site), unit_of_work():
        rows = update(Errand).where(Errand.state == "running").values(lease_until=clock.now() - timedelta(seconds=1))
        db.session.execute(rows.execution_options(synchronize_session=False))
