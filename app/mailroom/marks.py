"""Signed marks that bring a reply home: in the plus-address and in our Message-IDs. They name the thread and whom it was written to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from app.lib import tokens

MARK = re.compile(r"(?<![a-z2-7])([a-z2-7]{32})(?![a-z2-7])", re.IGNORECASE)
SIGNED_BYTES = 10
PURPOSE = "mail mark"


@dataclass(frozen=True)
class Mark:
    """Conversation and recipient (person id) that a letter of ours carried."""

    conversation_id: int
    person_id: int


def make(conversation_id: int, person_id: int) -> str:
    """32 lower-case base32 characters: two 5-byte ids and 80 bits of HMAC-SHA256. Fits a local part and survives lower-casing."""
    body = struct.pack(">QQ", conversation_id, person_id)
    packed = body[3:8] + body[11:16]
    return base64.b32encode(packed + signature(packed, tokens.keys()[-1])).decode().lower()


def read(text: str) -> Mark | None:
    """The first mark in `text` with a true signature under any of our keys, else None."""
    keys = tokens.keys()
    for found in MARK.finditer(text):
        packed = base64.b32decode(found[1].upper())
        body, given = packed[:SIGNED_BYTES], packed[SIGNED_BYTES:]
        if any(hmac.compare_digest(given, signature(body, key)) for key in keys):
            return Mark(int.from_bytes(body[:5], "big"), int.from_bytes(body[5:], "big"))
    return None


def signature(body: bytes, key: str) -> bytes:
    return hmac.new(tokens.derived(PURPOSE, key), body, hashlib.sha256).digest()[:SIGNED_BYTES]


def reply_address(address: str, mark: str) -> str:
    """support@firm.example -> support+<mark>@firm.example (RFC 5233 subaddress)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{mark}@{domain}"


def message_id(mark: str, entry_id: int, domain: str) -> str:
    return f"<{mark}.{entry_id}@{domain}>"


def first_mark(places: Iterable[str]) -> Mark | None:
    """The mark in the first of these places that bears one."""
    return next((mark for mark in map(read, places) if mark is not None), None)
