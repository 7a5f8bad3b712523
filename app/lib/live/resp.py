"""The protocol of Redis (RESP3), both ways, as far as publish and subscribe need it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

EOL = b"\r\n"


class Trouble(Exception):
    """An error reply, or bytes that are no RESP: the connection is of no more use."""


class Unfinished(Exception):
    """The reply is not all here yet."""


def command(*words: str | bytes | int) -> bytes:
    """One command as an array of bulk strings."""
    parts = [b"*%d" % len(words)]
    for word in words:
        raw = word if isinstance(word, bytes) else str(word).encode()
        parts += [b"$%d" % len(raw), raw]
    return EOL.join(parts) + EOL


def replies(buffer: bytearray) -> Iterator[Any]:
    """Take every whole reply out of `buffer`: bytes, int, None, or a list of those. Raises Trouble."""
    done = 0
    try:
        while True:
            value, done_next = reply(buffer, done)
            done = done_next
            yield value
    except Unfinished:
        pass
    finally:
        del buffer[:done]


def reply(buffer: bytearray, at: int) -> tuple[Any, int]:
    end = buffer.find(EOL, at)
    if end < 0:
        raise Unfinished
    kind, rest, after = buffer[at : at + 1], bytes(buffer[at + 1 : end]), end + 2
    if kind in b"$=":
        return bulk(buffer, int(rest), after)
    if kind in b"*>~%|":
        return many(buffer, int(rest) * (2 if kind in b"%|" else 1), after)
    if kind in b"-!":
        raise Trouble(rest.decode(errors="replace"))
    if kind not in b"+:_#,(":
        raise Trouble(f"not RESP: {bytes(kind)!r}")
    return (int(rest) if kind == b":" else None if kind == b"_" else rest), after


def bulk(buffer: bytearray, size: int, at: int) -> tuple[bytes | None, int]:
    if size < 0:
        return None, at
    if len(buffer) < at + size + 2:
        raise Unfinished
    return bytes(buffer[at : at + size]), at + size + 2


def many(buffer: bytearray, count: int, at: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(count):
        item, at = reply(buffer, at)
        items.append(item)
    return items, at
