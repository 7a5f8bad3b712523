"""E-mail addresses with letters beyond ASCII: how people read them, and how they go over the wire."""

from __future__ import annotations

import re

import idna

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
