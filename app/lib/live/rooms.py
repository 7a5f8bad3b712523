"""Who listens to which stream, in this process."""

from __future__ import annotations

from collections.abc import Iterable

from app.lib.live.peer import Peer


class Rooms(dict[str, set[Peer]]):
    """The peers of each stream; a stream that nobody listens to is not here."""

    def enter(self, peer: Peer) -> None:
        for stream in peer.streams:
            self.setdefault(stream, set()).add(peer)

    def leave(self, peer: Peer) -> None:
        for stream in peer.streams:
            room = self.get(stream, set())
            room.discard(peer)
            if not room:
                self.pop(stream, None)

    def listeners(self, streams: Iterable[str]) -> set[Peer]:
        """Everybody in these streams; "*" stands for all."""
        names = set(streams)
        return set().union(*(self.values() if "*" in names else (self.get(name, set()) for name in names)))
