"""What /metrics says of live."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Gauge

from app.lib.live.hub import running_loops
from app.lib.live.loop import Loop


def tell(name: str, about: str, figure: Callable[[Loop], int]) -> None:
    """A Prometheus gauge that asks the loops of this process when it is read."""
    Gauge(f"frontdesk_live_{name}", about).set_function(lambda: float(sum(figure(loop) for loop in running_loops())))


tell("sockets", "Open live sockets.", lambda loop: len(loop.peers))
tell("streams", "Streams that somebody listens to.", lambda loop: len(loop.rooms))
tell("frames_sent", "Frames handed to sockets since the start.", lambda loop: loop.frames_sent)
tell("readers_dropped", "Sockets closed because they read too slowly.", lambda loop: loop.readers_dropped)
tell("wire_up", "1 while live frames travel between processes over Redis.", lambda loop: int(bool(loop.wire and loop.wire.up)))
