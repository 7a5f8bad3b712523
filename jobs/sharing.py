"""How web processes share the visitors: who has no thread free leaves new connections to the others for a moment."""

from __future__ import annotations

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

MOMENT = 0.1  # seconds; an idle process takes a connection in a hundredth of it


class SharingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, which takes no new connection in the first moment in which all its threads are busy.

    A kept-alive connection stays with the process that took it. When many come at once the first process awake would take them all, and
    they would queue there for its threads beside an idle one. What nobody has taken after a moment finds all processes busy: it queues
    behind the connections they have, or those that keep asking would shut it out for as long as they do.
    """

    busy = 0
    full_since = float("-inf")

    def enqueue_req(self, conn: Any) -> None:
        """A request begins, or waits for a thread."""
        self.busy += 1
        if self.busy == self.cfg.threads:
            self.full_since = time.monotonic()
            self.set_accept_enabled(False)
        super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """A request is over; the loop takes connections again at its next turn."""
        self.busy -= 1
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:
        leaves_them = self.busy >= self.cfg.threads and time.monotonic() - self.full_since < MOMENT
        super().set_accept_enabled(enabled and not leaves_them)
