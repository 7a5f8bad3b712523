"""winmail.dat: what some mail programs pack text and files into (MS-OXTNEF). Unpacked here, so that people get what was sent to them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.mailroom.charsets import as_text

SIGNATURE = 0x223E9F78
KINDS = {"application/ms-tnef", "application/vnd.ms-tnef"}
NEW_FILE, TITLE, DATA, FILE_PROPERTIES, PROPERTIES, BODY, CODEPAGE = 0x69002, 0x18010, 0x6800F, 0x69005, 0x69003, 0x2800C, 0x69007
LONG_NAME, TEXT, HTML = 0x3707, 0x1000, 0x1013
FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
WIDE, MANY, NAMED = 0x1F, 0x1000, 0x8000


class Odd(ValueError):
    """It is not what it says it is, or it ends in the middle."""


@dataclass
class Packed:
    """One file in the parcel."""

    name: str = ""
    content: bytes = b""


@dataclass
class Parcel:
    """What was in it: words, HTML, files. Any of them may be missing."""

    text: str = ""
    html: str = ""
    files: list[Packed] = field(default_factory=list)


def unpacked(content: bytes) -> Parcel:
    """Raises Odd."""
    try:
        return parcel(content)
    except struct.error as error:
        raise Odd("it ends in the middle") from error


def parcel(content: bytes) -> Parcel:
    found, charset = Parcel(), "cp1252"
    for name, data in attributes(content):
        if name == CODEPAGE:
            charset = f"cp{struct.unpack_from('<I', data)[0]}"
        elif name == BODY:
            found.text = words(data, charset)
        elif name == PROPERTIES:
            for tag, wide, value in properties(data):
                found.text = words(value, charset, wide) if tag == TEXT else found.text
                found.html = words(value, charset, wide) if tag == HTML else found.html
        elif name == NEW_FILE:
            found.files.append(Packed())
        elif found.files:
            fill(found.files[-1], name, data, charset)
    found.files = [file for file in found.files if file.content]
    return found


def fill(file: Packed, name: int, data: bytes, charset: str) -> None:
    if name == TITLE:
        file.name = file.name or words(data, charset)
    elif name == DATA:
        file.content = data
    elif name == FILE_PROPERTIES:
        # The title is cut to eight letters by old programs; this one is not.
        file.name = next((words(value, charset, wide) for tag, wide, value in properties(data) if tag == LONG_NAME), file.name)


def words(data: bytes, charset: str, wide: bool = False) -> str:
    return as_text(data, "utf-16-le" if wide else charset).partition("\0")[0]


def attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(name, data) one after the other: a level, a name, a length, the data, a check sum."""
    if struct.unpack_from("<I", content)[0] != SIGNATURE:
        raise Odd("it does not begin as one")
    at = 6
    while at + 9 <= len(content):
        _level, name, length = struct.unpack_from("<BII", content, at)
        at += 9
        if at + length > len(content):
            raise Odd("it ends in the middle")
        yield name, content[at : at + length]
        at += length + 2


def properties(data: bytes) -> Iterator[tuple[int, bool, bytes]]:
    """(id, whether it is UTF-16, first value) of each MAPI property."""
    count, at = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, len(data) // 4)):
        kind, tag = struct.unpack_from("<HH", data, at)
        at = past_name(data, at + 4) if tag & NAMED else at + 4
        size = FIXED.get(kind & ~MANY)
        if size is not None:
            many = struct.unpack_from("<I", data, at)[0] if kind & MANY else 1
            at += (4 if kind & MANY else 0) + size * many
            continue
        values, at = list_of(data, at)
        if values:
            yield tag, kind & ~MANY == WIDE, values[0]


def past_name(data: bytes, at: int) -> int:
    """Past the set and the number or words that a property outside the standard is known by."""
    by_words, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (padded(length) if by_words else 0)


def list_of(data: bytes, at: int) -> tuple[list[bytes], int]:
    count, values = struct.unpack_from("<I", data, at)[0], []
    at += 4
    for _ in range(min(count, len(data))):
        length = struct.unpack_from("<I", data, at)[0]
        values.append(data[at + 4 : at + 4 + length])
        at += 4 + padded(length)
    return values, at


def padded(length: int) -> int:
    return (length + 3) // 4 * 4
