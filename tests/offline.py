"""No test reaches another machine: it would depend on it, or write to it. What tries to, fails and says where it wanted to go."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

LOCAL = {"localhost", "localhost.localdomain", "", None, socket.gethostname()}


class ReachedOut(Exception):
    """A test wanted to connect to another machine, or to ask for its address."""


def local(host: Any) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in LOCAL:
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def listen(event: str, words: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"} and isinstance(words[1], tuple) and not local(words[1][0]):
        raise ReachedOut(f"{words[1]}")
    if event == "socket.getaddrinfo" and not local(words[0]):
        raise ReachedOut(f"name {words[0]!r}")


def shut() -> None:
    """For the rest of this process."""
    sys.addaudithook(listen)
