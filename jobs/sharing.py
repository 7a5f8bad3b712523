"""How web processes share the visitors: who has no thread free leaves new connections to the others."""

from __future__ import annotations

from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class SharingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, which takes no new connection while all its threads are busy.

    A kept-alive connection stays with the process that took it. When many come at once the first process awake would take them all, and
    they would queue there for its threads beside an idle one. Connections that nobody takes wait in the kernel for whoever is free first.
    """

    busy = 0

    def enqueue_req(self, conn: Any) -> None:
        """A request begins, or waits for a thread."""
        self.busy += 1
        if self.busy >= self.cfg.threads:
            self.set_accept_enabled(False)
        super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """A request is over; the loop takes connections again at its next turn."""
        self.busy -= 1
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled and self.busy < self.cfg.threads)
