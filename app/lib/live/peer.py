"""One open socket as the loop sees it: what it may hear, what waits to be sent, and how the peer's own bytes are judged."""

from __future__ import annotations

import socket
from time import monotonic

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from app.lib.live import frames

LONGEST_WORD = 4096  # bytes in one message from a browser; people's words arrive by POST, not here
ALLOWANCE = 16 * 1024  # bytes a browser may send between two pings of ours
EMPTY_PONG = (b"\x8a\x80", 6)


class Peer:
    """A browser at the other end. Owned by the loop thread once it has joined."""

    __slots__ = ("address", "born", "closing", "ear", "fd", "heard", "out", "silent", "sock", "streams", "stuck", "who")

    def __init__(self, sock: socket.socket, streams: tuple[str, ...], who: str = "", address: str = "") -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.streams = streams
        self.who = who
        self.address = address
        self.born = monotonic()
        self.out: bytes | bytearray = b""
        self.stuck = False
        self.silent = False
        self.heard = 0
        self.closing = 0.0
        self.ear: Ear | None = None

    def hear(self, data: bytes) -> tuple[bytes, int]:
        """Take what the peer sent; gives the bytes to answer and a close code, 0 to go on."""
        self.silent = False
        self.heard += len(data)
        if self.heard > ALLOWANCE:
            return b"", CloseReason.POLICY_VIOLATION
        if self.ear is None:
            # The one frame that every browser sends needs no parser, so an idle socket has none.
            if len(data) == EMPTY_PONG[1] and data.startswith(EMPTY_PONG[0]):
                return b"", 0
            self.ear = Ear()
        return self.ear.listen(data)


class Ear:
    """The inbound half of RFC 6455 (wsproto): answers pings and the close handshake, ignores words, refuses what is wrong."""

    __slots__ = ("parser", "size")

    def __init__(self) -> None:
        self.parser = Connection(ConnectionType.SERVER)
        self.size = 0

    def listen(self, data: bytes) -> tuple[bytes, int]:
        answer = b""
        try:
            self.parser.receive_data(data)
            for event in self.parser.events():
                if isinstance(event, CloseConnection):
                    return answer, polite(event.code)
                if isinstance(event, Ping):
                    answer += frames.frame(frames.PONG, bytes(event.payload))
                if isinstance(event, TextMessage | BytesMessage) and self.too_long(event):
                    return answer, CloseReason.MESSAGE_TOO_BIG
        except LocalProtocolError:
            return answer, CloseReason.PROTOCOL_ERROR
        return answer, 0

    def too_long(self, part: TextMessage | BytesMessage) -> bool:
        self.size += len(part.data)
        if self.size > LONGEST_WORD:
            return True
        if part.message_finished:
            self.size = 0
        return False


def polite(code: int) -> int:
    """The code to close with after the peer's Close (or its mistake): its own when it may be sent, else 1000."""
    return CloseReason.NORMAL_CLOSURE if code in {CloseReason.NO_STATUS_RCVD, CloseReason.ABNORMAL_CLOSURE} else int(code)
