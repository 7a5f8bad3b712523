"""The one loop of a process: a thread that owns every open live socket, so that none of them holds a thread of its own.

One writer by construction. A frame is encoded once for a room and sent to each socket with one call; what a slow reader does not take
waits in a bounded buffer, and a reader that falls behind it is dropped: it comes back and asks for what it missed.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from wsproto.frame_protocol import CloseReason

from app.lib.live import frames, system
from app.lib.live.peer import Peer
from app.lib.live.rooms import Rooms
from app.lib.live.system import READ, WRITE
from app.lib.live.wire import Wire
from app.lib.live.writer import Writer

log = logging.getLogger(__name__)

BEATS = 25  # seconds between two pings of one socket; a peer that does not answer until the next is dropped
LIFETIME = 4 * 3600.0  # seconds; after that the browser comes again, and its rights are looked up again
PARTING = 2.0  # seconds a peer has to answer a Close
HERD = 1000  # clients asked to catch up per second after an outage

Hook = Callable[[Peer], None]


class Loop:
    """Start with `start`; `join`, `publish`, `end`, `call` and `stop` may be called from any thread and return at once."""

    def __init__(self, redis_url: str = "", prefix: str = "live", on_beat: Hook | None = None, on_gone: Hook | None = None) -> None:
        self.watch = system.watch()
        self.writer = Writer(self.watch)
        self.wire: Wire | None = Wire(redis_url, prefix, self) if redis_url else None
        self.rooms: Rooms = Rooms()
        self.peers: dict[int, Peer] = {}
        self.addresses: Counter[str] = Counter()
        self.waiting: deque[Peer] = deque()
        self.on_beat, self.on_gone = on_beat, on_gone
        self.todo: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self.bell_in, self.bell_out = os.pipe()
        self.rung = False
        self.beats = 0
        self.tick_at = 0.0
        self.end_at = 0.0
        self.frames_sent: int = 0
        self.readers_dropped: int = 0
        self.thread = threading.Thread(target=self.run, name="live", daemon=True)

    # ---- for any thread

    def start(self) -> Loop:
        system.make_room()
        for end in (self.bell_in, self.bell_out):
            os.set_blocking(end, False)
        self.watch.add(self.bell_in, READ)
        self.thread.start()
        return self

    def join(self, peer: Peer) -> None:
        """Give a socket to the loop; from now on nobody else touches it."""
        self.call(self.admit, peer)

    def publish(self, stream: str, text: str) -> None:
        """Send `text` to every socket of `stream`, here and in the other processes."""
        self.call(self.spread, stream, text)

    def end(self, who: str) -> None:
        """Close every socket of `who`, here and in the other processes: their rights have changed."""
        self.call(self.end_everywhere, who)

    def stop(self, seconds: float = 1.0) -> None:
        """Say goodbye (1001) to everybody, let what is under way leave for at most `seconds`, end the thread."""
        if self.thread.is_alive() and threading.current_thread() is not self.thread:
            self.call(self.close_all, monotonic() + seconds)
            self.thread.join(seconds + 1)

    def call(self, do: Callable[..., None], *given: Any) -> None:
        """Run `do` in the loop's thread, in the order of the calls."""
        self.todo.append((do, given))
        if not self.rung:
            self.rung = True
            with suppress(OSError):
                os.write(self.bell_out, b"!")

    # ---- the thread

    def run(self) -> None:
        while not self.over():
            try:
                self.turn()
            except Exception:
                log.exception("live: a turn of the loop failed")
        self.close()

    def turn(self) -> None:
        for fd, mask in self.watch.wait(self.patience()):
            if fd == self.bell_in:
                self.answer_bell()
            elif self.wire and fd == self.wire.fd:
                self.wire.ready(mask)
            elif peer := self.peers.get(fd):
                self.touch(peer, mask)
        for _ in range(len(self.todo)):
            do, given = self.todo.popleft()
            try:
                do(*given)
            except Exception:
                log.exception("live: %s failed", getattr(do, "__name__", do))
        if monotonic() >= self.tick_at:
            self.tick()
        self.writer.flush()
        self.drop_doomed()

    def patience(self) -> float | None:
        if self.todo:
            return 0
        if self.end_at:
            return 0.05
        return max(0.0, self.tick_at - monotonic()) if self.peers or self.wire else None

    def answer_bell(self) -> None:
        with suppress(BlockingIOError):
            os.read(self.bell_in, 64)
        self.rung = False

    def over(self) -> bool:
        return bool(self.end_at) and (monotonic() >= self.end_at or self.wire is None or self.wire.settled)

    # ---- coming and going

    def admit(self, peer: Peer) -> None:
        if self.end_at:
            return peer.sock.close()
        # Never skip this: a send that waits would hold the interpreter lock, and with it the whole process.
        system.tune(peer.sock)
        self.peers[peer.fd] = peer
        self.addresses[peer.address] += 1
        self.watch.add(peer.fd, READ)
        self.rooms.enter(peer)
        if self.on_beat:
            self.on_beat(peer)
        return self.greet(peer)

    def greet(self, peer: Peer) -> None:
        """Say `ready` as soon as no frame can be missed any more: at once, or when Redis has answered what follows the subscription."""
        if self.wire and self.wire.up:
            self.waiting.append(peer)
            self.wire.greet([stream for stream in peer.streams if stream not in self.wire.channels])
        else:
            self.writer.post(peer, frames.encode(frames.ready()))

    def drop(self, peer: Peer, rude: bool = False) -> None:
        """Forget a socket. Rudely: the kernel also forgets what it still holds for a reader that does not read."""
        if self.peers.pop(peer.fd, None) is None:
            return
        self.rooms.leave(peer)
        self.addresses[peer.address] -= 1
        if self.addresses[peer.address] <= 0:
            del self.addresses[peer.address]
        with suppress(OSError):
            self.watch.forget(peer.fd)
        if rude:
            system.forget_unsent(peer.sock)
        peer.fd, peer.out = -1, b""
        peer.sock.close()
        if self.on_gone:
            self.on_gone(peer)

    def drop_doomed(self) -> None:
        doomed, self.writer.doomed = self.writer.doomed, []
        for peer in doomed:
            self.readers_dropped += peer.fd in self.peers
            self.drop(peer, rude=True)

    def part(self, peer: Peer, code: int, reason: str = "") -> None:
        """Begin the close handshake: our Close, our half shut once it has left, then the peer's end or a little patience."""
        if not peer.closing:
            self.rooms.leave(peer)
            self.writer.post(peer, frames.farewell(code, reason))
            peer.closing = monotonic() + PARTING

    # ---- frames

    def spread(self, stream: str, text: str) -> None:
        self.deliver(stream, text)
        if self.wire:
            self.wire.publish(stream, text)

    def deliver(self, stream: str, text: str) -> None:
        """Hand a frame to everybody in a room of this process; encoded once."""
        if room := self.rooms.get(stream):
            self.frames_sent += len(room)
            self.writer.post_all(room, frames.encode(text))

    def end_everywhere(self, who: str) -> None:
        self.show_out(who)
        if self.wire:
            self.wire.tell_all({"out": who})

    # ---- what the wire says

    def greeted(self) -> None:
        if self.waiting:
            self.writer.post(self.waiting.popleft(), frames.encode(frames.ready()))

    def wire_is_down(self) -> None:
        while self.waiting:
            self.greeted()

    def missed(self, streams: list[str]) -> None:
        """Ask everybody in these streams ("*": in all) to catch up, spread over a time that the pages can bear."""
        peers = self.rooms.listeners(streams)
        self.writer.post_all(peers, frames.encode(frames.ready(within=len(peers) / HERD)))

    def show_out(self, who: str) -> None:
        for peer in [peer for peer in self.peers.values() if peer.who == who]:
            self.part(peer, CloseReason.POLICY_VIOLATION, "sign in again")

    # ---- what peers say

    def touch(self, peer: Peer, mask: int) -> None:
        try:
            if mask & WRITE and peer.stuck:
                self.writer.drain(peer)
            if mask & READ:
                self.read(peer)
        except BlockingIOError:
            pass
        except OSError:
            self.drop(peer)

    def read(self, peer: Peer) -> None:
        data = peer.sock.recv(8192)
        if not data:
            return self.drop(peer)
        if not peer.closing:
            answer, code = peer.hear(data)
            if answer:
                self.writer.post(peer, answer)
            if code:
                self.part(peer, code)
        return None

    # ---- time

    def tick(self) -> None:
        """Once a second: ping one socket in twenty-five, drop the dead, let go of empty rooms."""
        now = monotonic()
        self.tick_at = now + 1.0
        self.beats += 1
        for peer in list(self.peers.values()):
            if peer.closing:
                if now > peer.closing:
                    self.drop(peer, rude=True)
            elif (peer.fd + self.beats) % BEATS == 0:
                self.beat(peer, now)
        if self.wire:
            self.wire.tick(now)
            if empty := [stream for stream in self.wire.channels if stream not in self.rooms]:
                self.wire.unsubscribe(empty)

    def beat(self, peer: Peer, now: float) -> None:
        if peer.silent:
            return self.drop(peer, rude=True)
        if now - peer.born > LIFETIME:
            return self.part(peer, CloseReason.SERVICE_RESTART, "come again")
        peer.silent, peer.heard = True, 0
        self.writer.post(peer, frames.frame(frames.PING))
        return self.on_beat(peer) if self.on_beat else None

    # ---- the end

    def close_all(self, end_at: float) -> None:
        for peer in list(self.peers.values()):
            self.part(peer, CloseReason.GOING_AWAY)
        self.end_at = end_at

    def close(self) -> None:
        """Let go of everything this loop holds. In a forked child it only closes the child's copies."""
        self.rung = True  # nobody writes to the bell any more: its number may soon be another file's
        for peer in list(self.peers.values()):
            peer.sock.close()
        self.peers.clear()
        self.rooms.clear()
        if self.wire:
            self.wire.close()
        self.watch.close()
        for end in (self.bell_in, self.bell_out):
            with suppress(OSError):
                os.close(end)
