"""What travels: HTML parts in htmx's own envelope, tiny JSON events, and the WebSocket frame around them (RFC 6455, 5.2)."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
LONGEST_TEXT = 64 * 1024
READY = "ready"


def partial(swap: str, target: str, html: str = "", seq: int | None = None) -> Markup:
    """One `<hx-partial>`: htmx puts `html` into the element with the id `target` in the way `swap` says.

    `html` that is not Markup is escaped. `seq` is the number of this change in its stream; a client that misses one asks for it.
    """
    mark = Markup(' data-seq="{}"').format(seq) if seq is not None else Markup()
    shell = Markup('<hx-partial hx-target="#{}" hx-swap="{}"{}>{}</hx-partial>')
    return shell.format(target.removeprefix("#"), swap, mark, html)


def event(what: Mapping[str, Any]) -> str:
    """A JSON object as compact text. Raises TypeError for what JSON cannot say."""
    return json.dumps(what, separators=(",", ":"), ensure_ascii=False)


def ready(within: float = 0) -> str:
    """Tell a client that nothing is missed from here on: ask for what came before, at a moment of your choice in `within` seconds."""
    return event({"live": READY, "within": round(within, 1) or 0})


def encode(text: str) -> bytes:
    """Text as one unmasked, final WebSocket frame."""
    return frame(TEXT, text.encode())


def frame(opcode: int, payload: bytes = b"") -> bytes:
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", opcode, size) + payload
    if size < 65536:
        return struct.pack("!BBH", opcode, 126, size) + payload
    return struct.pack("!BBQ", opcode, 127, size) + payload


def farewell(code: int, reason: str = "") -> bytes:
    """A Close frame: the code of RFC 6455 section 7.4.1 and a short ASCII reason."""
    return frame(CLOSE, struct.pack("!H", code) + reason.encode()[:120])
