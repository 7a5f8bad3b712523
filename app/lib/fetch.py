"""The door to other machines for addresses that people typed: only to public ones, within limits of size, time and redirects.

The name is looked up once, each address is judged, and the connection goes to the judged address itself, so that a name which
answers differently the next moment (DNS rebinding) gains nothing. Use it in jobs; a request of a visitor never waits for it.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import ipaddress
import socket
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from flask import current_app

from app.lib import tls

PORTS = {"http": 80, "https": 443}
MOVED = {301, 302, 303, 307, 308}
LARGEST = 5_000_000
SECONDS = 20.0
WRAPPED = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0/96")]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unfetchable(OSError):
    """The address may not be reached, does not answer in time, or sends too much; the words say which."""


@dataclass(frozen=True)
class Fetched:
    """An answer: status, headers with lower-case names, the body unpacked, and the address it came from at last."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Wish:
    """What is asked for, and until when (monotonic seconds)."""

    method: str
    headers: dict[str, str]
    body: bytes
    largest: int
    until: float

    def left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise Unfetchable("It does not answer in time.")
        return left


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    largest: int = LARGEST,
    seconds: float = SECONDS,
    redirects: int = 3,
) -> Fetched:
    """Ask an http or https address; any status is an answer. `largest` bytes and `seconds` hold for the whole of it, redirects included.

    A redirect keeps the method (303 asks with GET) and loses Authorization and Cookie when it leaves the host. Raises Unfetchable.
    """
    wish = Wish(
        method, {"Accept-Encoding": "gzip", "User-Agent": "Frontdesk", **(headers or {})}, body, largest, time.monotonic() + seconds
    )
    for _ in range(redirects + 1):
        answer = ask(checked(url), wish)
        if answer.status not in MOVED or "location" not in answer.headers:
            return answer
        onward = urljoin(answer.url, answer.headers["location"])
        if origin(urlsplit(onward)) != origin(urlsplit(url)):
            wish.headers = {name: value for name, value in wish.headers.items() if name.lower() not in {"authorization", "cookie"}}
        if answer.status == 303:
            wish.method, wish.body = "GET", b""
        url = onward
    raise Unfetchable("It leads from one address to the next without end.")


def origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def checked(url: str) -> SplitResult:
    """The parts of an address that may be asked at all: http or https, a host, no password in it, a port for the web or a high one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unfetchable("This is no web address.") from None
    if parts.scheme not in PORTS or not parts.hostname or not url.isprintable() or " " in url:
        raise Unfetchable("This is no web address.")
    if parts.username is not None or parts.password is not None:
        raise Unfetchable("Write name and password into their own fields, not into the address.")
    if port is not None and port not in (80, 443) and port < 1024:
        raise Unfetchable("That port is not for the web.")
    return parts


def ask(parts: SplitResult, wish: Wish) -> Fetched:
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    line = connected(host, port, wish)
    try:
        if parts.scheme == "https":
            line = tls.trusted().wrap_socket(line, server_hostname=host)
        return talk(parts, http.client.HTTPConnection(host, port), line, wish)
    except Unfetchable:
        raise
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise Unfetchable(f"It does not answer as it should ({type(error).__name__}).") from error
    finally:
        line.close()


def talk(parts: SplitResult, connection: http.client.HTTPConnection, line: socket.socket, wish: Wish) -> Fetched:
    connection.sock = PatientLine(line, wish)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request(wish.method, path, wish.body or None, wish.headers)
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Fetched(response.status, headers, unpacked(response, headers, wish), parts.geturl())


def connected(host: str, port: int, wish: Wish) -> socket.socket:
    """A connection to the first address of the host that may be reached and answers."""
    problem: OSError = Unfetchable("This address leads to a private network, and FRONTDESK_FETCH_ALLOW does not name that network.")
    for address in addresses(host, port):
        if not may_reach(address):
            continue
        try:
            return socket.create_connection((str(address), port), timeout=min(wish.left(), 10))
        except Unfetchable:
            raise
        except OSError as error:
            problem = Unfetchable(f"Nothing answers there ({type(error).__name__}).")
    raise problem


def addresses(host: str, port: int) -> list[Address]:
    with contextlib.suppress(ValueError):
        return [ipaddress.ip_address(host.partition("%")[0])]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Unfetchable("Nobody knows this host.") from None
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def may_reach(address: Address) -> bool:
    """Public addresses, and the networks that the installation allows (setting FRONTDESK_FETCH_ALLOW)."""
    allowed = [net.strip() for net in current_app.config["SETTINGS"].fetch_allow.split(",") if net.strip()]
    if any(address in ipaddress.ip_network(net) for net in allowed):
        return True
    hidden = any(address in net for net in WRAPPED if address.version == net.version)
    return address.is_global and not address.is_multicast and not hidden


def unpacked(response: http.client.HTTPResponse, headers: Mapping[str, str], wish: Wish) -> bytes:
    """The whole body. Raises Unfetchable when it is larger than allowed, packed or unpacked."""
    body = response.read(wish.largest + 1)
    if headers.get("content-encoding", "").lower() == "gzip" and body:
        try:
            body = zlib.decompressobj(31).decompress(body, wish.largest + 1)
        except zlib.error:
            raise Unfetchable("It sends something broken.") from None
    if len(body) > wish.largest:
        raise Unfetchable(f"It sends more than {wish.largest // 1000} kB.")
    return body


class PatientLine:
    """A socket for http.client on which every single read and write ends with the wish's own time."""

    def __init__(self, line: socket.socket, wish: Wish) -> None:
        self.line, self.wish = line, wish

    def sendall(self, data: bytes) -> None:
        self.line.settimeout(self.wish.left())
        self.line.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(PatientReader(self.line, self.wish))

    def close(self) -> None:
        # http.client closes while the body is still to be read; whoever opened the line closes it.
        return


class PatientReader(io.RawIOBase):
    def __init__(self, line: socket.socket, wish: Wish) -> None:
        self.line, self.wish = line, wish

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.line.settimeout(self.wish.left())
        return self.line.recv_into(buffer)
