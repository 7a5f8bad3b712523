"""The other end of a live socket, for tests: a small WebSocket client that can also misbehave."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

from wsproto.frame_protocol import Frame, FrameProtocol, Opcode


def request(path: str, host: str, origin: str | None = None, **headers: str) -> bytes:
    """The opening handshake of RFC 6455 as a browser sends it."""
    lines = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Extensions": "permessage-deflate",
        "Origin": origin if origin is not None else f"http://{host}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()


def masked(opcode: int, payload: bytes = b"", fin: bool = True, rsv: int = 0, mask: bool = True) -> bytes:
    """A client's frame with every knob."""
    first = (0x80 if fin else 0) | rsv | opcode
    size = len(payload)
    length = struct.pack("!B", size | 0x80 * mask) if size < 126 else struct.pack("!BH", 126 | 0x80 * mask, size)
    return bytes([first]) + length + (b"\0\0\0\0" if mask else b"") + payload


# How long a handshake may take on a machine that does much else.
PATIENCE = 60


class Client:
    opened: ClassVar[list[Client]] = []

    def __init__(self, sock: socket.socket) -> None:
        self.opened.append(self)
        self.sock = sock
        self.protocol = FrameProtocol(client=True, extensions=[])
        self.pings = 0
        self.pongs: list[bytes] = []
        self.answers_pings = True
        self.close_code = 0
        self.ended = False
        self.waiting: list[str] = []
        self.part = ""

    @classmethod
    def connect(cls, port: int, path: str, **headers: str) -> Client:
        """Open a socket on this machine. Raises ConnectionRefusedError with the status line when it is not let in."""
        sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        sock.sendall(request(path, f"127.0.0.1:{port}", **headers))
        head = b""
        while b"\r\n\r\n" not in head:
            data = sock.recv(1)
            if not data:
                break
            head += data
        client = cls(sock)
        client.head = head.decode("latin-1")
        if " 101 " not in client.head.split("\r\n")[0]:
            sock.close()
            raise ConnectionRefusedError(client.head.split("\r\n")[0])
        return client

    head = ""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def text(self, seconds: float = PATIENCE) -> str | None:
        """The next text frame; None when none came in time or the socket was closed."""
        until = time.monotonic() + seconds
        while not self.waiting:
            left = until - time.monotonic()
            if left <= 0 or not self.read(left):
                return None
        return self.waiting.pop(0)

    def event(self, seconds: float = PATIENCE) -> Any:
        text = self.text(seconds)
        return json.loads(text) if text is not None else None

    def words(self, seconds: float = PATIENCE) -> str | None:
        """The next frame that is not the loop's own `ready`."""
        text = self.text(seconds)
        while text is not None and text.startswith('{"live"'):
            text = self.text(seconds)
        return text

    def read(self, seconds: float) -> bool:
        self.sock.settimeout(max(seconds, 0.001))
        try:
            data = self.sock.recv(65536)
        except TimeoutError:
            return False
        except ConnectionError:
            data = b""
        if not data:
            self.ended = True
            return False
        self.protocol.receive_bytes(data)
        for frame in self.protocol.received_frames():
            self.take(frame)
        return True

    def take(self, frame: Frame) -> None:
        payload: Any = frame.payload
        if frame.opcode is Opcode.TEXT:
            self.part += payload
            if frame.message_finished:
                self.waiting.append(self.part)
                self.part = ""
        elif frame.opcode is Opcode.PING:
            self.pings += 1
            if self.answers_pings:
                self.send(masked(0xA, payload))
        elif frame.opcode is Opcode.PONG:
            self.pongs.append(bytes(payload))
        elif frame.opcode is Opcode.CLOSE:
            self.close_code = int(payload[0])

    def closed(self, seconds: float = PATIENCE) -> int:
        """Wait for the end of the connection; gives the close code, 0 when it just ended, -1 when it did not end."""
        until = time.monotonic() + seconds
        while self.read(until - time.monotonic()):
            pass
        return self.close_code if self.ended else -1

    def close(self) -> None:
        self.sock.close()

    @classmethod
    def close_all(cls) -> None:
        while cls.opened:
            cls.opened.pop().close()


class Reading:
    """A client that reads `count` frames in a thread of its own: `read` gives the next one.

    Whoever tells them calls `keep_up` before each: a busy machine may let no thread of ours read for a while, and that is not the loop's
    doing.
    """

    def __init__(self, read: Callable[[], str | None], count: int) -> None:
        self.got: list[str | None] = []
        self.ahead = threading.Semaphore(5)
        self.thread = threading.Thread(target=self.run, args=(read, count))
        self.thread.start()

    def run(self, read: Callable[[], str | None], count: int) -> None:
        for _ in range(count):
            self.got.append(read())
            self.ahead.release()

    def keep_up(self) -> None:
        assert self.ahead.acquire(timeout=PATIENCE)

    def first_words(self) -> list[str | None]:
        """The first word of each frame, when all have come."""
        self.thread.join()
        return [text and text.split()[0] for text in self.got]
