"""The one writer of a loop: what waits for each socket, sent with one call a turn, bounded for whoever reads too slowly."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from app.lib.live import system
from app.lib.live.peer import Peer
from app.lib.live.system import READ, WRITE, Watch

BACKLOG = 256 * 1024  # bytes that may wait for one slow reader


class Writer:
    """Belongs to the loop thread. `doomed` are the peers that cannot be served any more; the loop drops them."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.send = system.sender()
        self.dirty: list[Peer] = []
        self.doomed: list[Peer] = []

    def post_all(self, room: Iterable[Peer], frame: bytes) -> None:
        """Put one frame into everybody's hands; it leaves with `flush`, together with what else this turn brings."""
        dirty = self.dirty
        for peer in room:
            if peer.out:
                self.queue(peer, frame)
            else:
                peer.out = frame
                dirty.append(peer)

    def post(self, peer: Peer, frame: bytes) -> None:
        self.post_all((peer,), frame)

    def queue(self, peer: Peer, frame: bytes) -> None:
        if len(peer.out) + len(frame) > BACKLOG:
            self.push(peer)
        if len(peer.out) + len(frame) > BACKLOG:
            self.doomed.append(peer)
        elif peer.out:
            peer.out += frame
        else:
            peer.out = frame
            self.dirty.append(peer)

    def flush(self) -> None:
        send, dirty, self.dirty = self.send, self.dirty, []
        for peer in dirty:
            out = peer.out
            if peer.stuck or not out:
                continue
            try:
                sent = send(peer.fd, out)  # type: ignore[arg-type]  # bytes as long as it is not stuck
            except OSError:
                self.doomed.append(peer)
                continue
            if sent == len(out):
                peer.out = b""
                if peer.closing:
                    shut(peer)
            else:
                self.stick(peer, max(sent, 0))

    def push(self, peer: Peer) -> None:
        """Send what one peer has waiting, before its turn: many frames in one turn make no slow reader."""
        try:
            if peer.stuck:
                return self.drain(peer)
            sent = self.send(peer.fd, bytes(peer.out))
        except OSError:
            self.doomed.append(peer)
            return
        if sent == len(peer.out):
            peer.out = b""
        else:
            self.stick(peer, max(sent, 0))

    def stick(self, peer: Peer, sent: int) -> None:
        """The kernel takes no more: keep the rest and be told when it does."""
        peer.out, peer.stuck = bytearray(peer.out[sent:]), True
        self.watch.change(peer.fd, READ | WRITE)

    def drain(self, peer: Peer) -> None:
        """The kernel takes more. Raises OSError when the peer is gone."""
        while peer.out:
            sent = self.send(peer.fd, bytes(peer.out[:65536]))
            if sent < 0:
                return
            del peer.out[:sent]  # type: ignore[union-attr]  # a bytearray while it is stuck
        peer.out, peer.stuck = b"", False
        self.watch.change(peer.fd, READ)
        if peer.closing:
            shut(peer)


def shut(peer: Peer) -> None:
    """Our Close has left: shut our half, so that the peer reads the end and nothing is reset."""
    with suppress(OSError):
        peer.sock.shutdown(1)
