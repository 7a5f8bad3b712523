"""E-mail addresses with letters beyond ASCII: how people read them, and how they go over the wire."""

from __future__ import annotations

import re
import unicodedata

import idna
from flask import Flask

# What is written in several scripts together as a matter of course (UTS 39, "highly restrictive").
TOGETHER = tuple(map(frozenset, (("LATIN", "CJK", "HIRAGANA", "KATAKANA"), ("LATIN", "CJK", "BOPOMOFO"), ("LATIN", "CJK", "HANGUL"))))
# Letters of other scripts that can be taken for those of ours.
ALIKE = frozenset("асԁеһіјӏорԗԛѕԝхуъьҽпгѵѡαγικνορτυω")
LAST_HOST = re.compile(r"@([^\s<>@]+)(>?)\s*$")
PREFIX = "xn--"


class Unsendable(ValueError):
    """No mail server takes this address, or ours does not: the reason in words."""


def on_wire(address: str) -> str:
    """The address with its domain as A-labels (RFC 5890, 5891, mapped as UTS 46 says); what is ASCII already stays as it is.

    The part before the @ stays too, it has no other form. Takes a header such as `Name <x@y>` as well. Raises Unsendable.
    """
    found = LAST_HOST.search(address)
    if found is None or found[1].isascii():
        return address
    try:
        host = idna.encode(found[1], uts46=True).decode()
    except idna.IDNAError as error:
        raise Unsendable(f"“{found[1]}” is not the name of a domain: {error}.") from error
    return f"{address[: found.start(1)]}{host}{found[2]}"


def in_words(address: str) -> str:
    """The address as its owner writes it, by which we know it: A-labels in its domain are read as what they stand for."""
    local, at, host = address.rpartition("@")
    if PREFIX not in host:
        return address
    try:
        return f"{local}{at}{idna.decode(host)}"
    except (idna.IDNAError, UnicodeError):
        return address


def needs_utf8(*addresses: str) -> bool:
    """Whether a server has to speak SMTPUTF8 (RFC 6531) for these, as they go over the wire."""
    return not all(address.isascii() for address in addresses)


def shown(address: str) -> str:
    """The address for somebody who decides whom to trust: where its domain could be taken for another, the A-labels stand beside it."""
    host = address.rpartition("@")[2]
    if host.isascii() or not any(could_be_another(label) for label in host.split(".")):
        return address
    try:
        return f"{address} ({idna.encode(host, uts46=True).decode()})"
    except idna.IDNAError:
        return address


def could_be_another(label: str) -> bool:
    """Whether a label of a domain mixes scripts, or is made of look-alikes alone."""
    letters = [letter for letter in label if letter.isalpha()]
    scripts = {re.split("[ -]", unicodedata.name(letter, "?"))[0] for letter in letters}
    mixed = len(scripts) > 1 and not any(scripts <= these for these in TOGETHER)
    return mixed or (bool(letters) and ALIKE.issuperset(letters))


def init_app(app: Flask) -> None:
    app.jinja_env.filters["address"] = shown
