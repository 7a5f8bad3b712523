"""Bytes to words: every charset that a mail claims, rightly or wrongly, without losing a letter."""

from __future__ import annotations

import binascii
import re
from email.policy import Compat32
from email.quoprimime import header_decode

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
FOLD = re.compile(r"\r?\n[ \t]*|\r")
WORD = re.compile(r"=\?([^?\s]{1,80})\?([bq])\?([^?]*)\?=", re.IGNORECASE)
WORDS = re.compile(rf"{WORD.pattern}(?:\s+{WORD.pattern})*", re.IGNORECASE)
CLAIM = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# What says so is Windows-1252 nearly always, and nowhere else do the two differ (WHATWG Encoding Standard, 4.2).
WESTERN = {"ascii", "us-ascii", "iso-8859-1", "latin-1", "latin1"}
LONGEST_HEADER = 100_000
PEEK = 64_000


def as_text(content: bytes, claimed: str | None = None) -> str:
    """`content` in the claimed charset when that exists and fits, else UTF-8, else Windows-1252, else Latin-1, which takes anything."""
    given = (claimed or "").strip().lower()
    for name in (*(() if given in WESTERN else (given,)), "utf-8", "cp1252"):
        try:
            return whole(content.decode(name or "ascii"))
        except (LookupError, ValueError):
            # Charsets named in mails reach codecs that refuse everything ("undefined"), and names that are none.
            continue
    return content.decode("latin-1")


def whole(words: str) -> str:
    """Without halves of characters (some codecs give them), which no database takes."""
    return words.encode("utf-8", "replace").decode("utf-8")


def header(value: str, claimed: str | None = None) -> str:
    """A header as people read it: unfolded, encoded words (RFC 2047) and raw 8-bit letters (RFC 6532, and older customs) decoded."""
    flat = FOLD.sub(" ", value[:LONGEST_HEADER])
    if not flat.isascii():
        flat = as_text(flat.encode("utf-8", "surrogateescape"), None if is_utf8(flat) else claimed)
    return CONTROL.sub("", whole(WORDS.sub(lambda found: spelled(found[0]), flat)))


def is_utf8(value: str) -> bool:
    """Raw letters in headers are UTF-8 far more often than what the body claims, and other charsets rarely pass for it."""
    try:
        value.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def spelled(run: str) -> str:
    """A run of encoded words; a character may be cut in two between neighbours of the same charset, which are read as one."""
    joined: list[tuple[str, bytes]] = []
    for charset, coding, text in WORD.findall(run):
        name, content = charset.partition("*")[0].lower(), decoded(coding, text)
        if joined and joined[-1][0] == name:
            joined[-1] = (name, joined[-1][1] + content)
        else:
            joined.append((name, content))
    return "".join(as_text(content, name) for name, content in joined)


def decoded(coding: str, text: str) -> bytes:
    raw = text.encode("utf-8")
    if coding in "qQ":
        return header_decode(raw.decode("latin-1")).encode("latin-1")
    try:
        return binascii.a2b_base64(raw + b"===")
    except binascii.Error:
        return raw


def claim(raw: bytes) -> str | None:
    """The first charset that a mail names anywhere near its beginning: the one its raw headers are likely in, when they are not UTF-8."""
    found = CLAIM.search(raw[:PEEK])
    return found[1].decode("ascii") if found else None


def patient(claimed: str | None) -> Compat32:
    """The parser's policy: the old one, which takes nearly anything, but with headers decoded when they are asked for.

    The stored headers stay as they came, so that an enclosed mail is written again byte for byte.
    """

    class Patient(Compat32):
        def header_fetch_parse(self, name: str, value: str) -> str:
            return header(value, claimed)

    return Patient()
