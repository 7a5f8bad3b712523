"""A second look by clamd, where one is set: the INSTREAM command of its socket protocol (clamd(8))."""

from __future__ import annotations

import socket
import struct
from urllib.parse import urlsplit

PIECE = 65536
TIMEOUT = 30


class Unreachable(ConnectionError):
    """The scanner did not answer; nothing may be taken unseen."""


def infection(url: str, content: bytes) -> str | None:
    """The name of what clamd at `url` (tcp://host:port or unix:///path) found in `content`, else None. Raises Unreachable."""
    try:
        with connected(url) as line:
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
            answer = whole_answer(line)
    except OSError as error:
        raise Unreachable(str(error)) from None
    return verdict(answer)


def connected(url: str) -> socket.socket:
    where = urlsplit(url)
    if where.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(TIMEOUT)
        line.connect(where.path)
        return line
    return socket.create_connection((where.hostname or "127.0.0.1", where.port or 3310), timeout=TIMEOUT)


def whole_answer(line: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < 4096:
        piece = line.recv(1024)
        if not piece:
            break
        answer += piece
    return answer.decode("utf-8", "replace").strip("\0\r\n ")


def verdict(answer: str) -> str | None:
    if answer.endswith(" FOUND"):
        return answer.removesuffix(" FOUND").partition(": ")[2] or "unknown"
    if answer.endswith(": OK"):
        return None
    raise Unreachable(f"clamd said {answer[:80]!r}.")
