"""Fetching: public addresses only, and never more, longer or further than we said."""

from __future__ import annotations

import dataclasses
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from app.lib import fetch as door
from app.lib import tls
from app.lib.fetch import Unfetchable, fetch, may_reach

Answer = Callable[[bytes], bytes]


@pytest.fixture
def near(app: Flask) -> Iterator[None]:
    """Loopback may be reached, as an installation can allow its own network."""
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(settings, fetch_allow="127.0.0.0/8")
    yield
    app.config["SETTINGS"] = settings


class Server:
    """Answers each connection with what `answer` makes of the request; `drip` sends it byte by byte."""

    def __init__(self, answer: Answer, drip: float = 0) -> None:
        self.answer, self.drip, self.asked = answer, drip, list[bytes]()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self.socket.accept()
                with line, suppress(OSError):
                    self.talk(line)

    def talk(self, line: socket.socket) -> None:
        request = line.recv(65536)
        if b"PROPFIND" in request and not request.endswith(b">"):
            request += line.recv(65536)
        self.asked.append(request)
        for piece in [self.answer(request)] if not self.drip else [bytes([byte]) for byte in self.answer(request)]:
            line.sendall(piece)
            time.sleep(self.drip)

    def stop(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


@pytest.fixture
def serve(near: None) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: Answer | bytes, drip: float = 0) -> Server:
        servers.append(Server(answer if callable(answer) else lambda _request: answer, drip))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def response(body: bytes, head: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: " + str(len(body)).encode() + b"\r\n" + head + b"\r\n" + body


def test_an_answer_comes_with_status_headers_and_body(serve: Callable[..., Server]) -> None:
    server = serve(response(b"BEGIN", b'ETag: "1"\r\n'))
    answer = fetch(f"{server.url}/a?b=c", headers={"If-None-Match": '"1"'})
    assert (answer.status, answer.headers["etag"], answer.body, answer.ok) == (200, '"1"', b"BEGIN", True)
    assert server.asked[0].startswith(b"GET /a?b=c HTTP/1.1\r\n") and b'If-None-Match: "1"' in server.asked[0]


def test_other_methods_carry_a_body(serve: Callable[..., Server]) -> None:
    server = serve(response(b"", status=b"207 Multi-Status"))
    assert fetch(server.url, method="PROPFIND", body=b"<x/>", headers={"Depth": "0"}).status == 207
    assert server.asked[0].startswith(b"PROPFIND / ") and server.asked[0].endswith(b"<x/>")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://firm.example/x", "file:///etc/passwd", "http://", "//x", "http://a b/", "http://user:pw@127.0.0.1/", "http://127.0.0.1:22/",
        "http://127.0.0.1:99999/", "http://[::1", "gopher://x", "http://x\r\nHost: y/", "",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_never_asked(near: None, url: str) -> None:
    with pytest.raises(Unfetchable):
        fetch(url)


PRIVATE = """
    127.0.0.1 10.0.0.1 192.168.1.1 172.16.0.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 255.255.255.255 ::1 fe80::1 fc00::1
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: ::127.0.0.1 ff02::1 2001::1
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private_addresses_are_refused_in_every_disguise(app: Flask, address: str) -> None:
    assert not may_reach(ipaddress.ip_address(address))
    with pytest.raises(Unfetchable):
        fetch(f"http://[{address}]/" if ":" in address else f"http://{address}/")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_addresses_may_be_reached(app: Flask, address: str) -> None:
    assert may_reach(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1"])
def test_odd_spellings_of_loopback_are_judged_by_where_they_lead(app: Flask, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    monkeypatch.setattr(door.socket, "getaddrinfo", lambda *_args, **_more: [entry])
    with pytest.raises(Unfetchable, match="private"):
        fetch(f"http://{host}/")


def test_a_redirect_into_a_private_network_is_refused(serve: Callable[..., Server]) -> None:
    server = serve(response(b"", b"Location: http://10.0.0.1/secret\r\n", b"302 Found"))
    with pytest.raises(Unfetchable, match="private"):
        fetch(server.url)


def test_redirects_end_and_drop_secrets_when_they_leave_the_host(serve: Callable[..., Server]) -> None:
    last = serve(response(b"here"))
    first = serve(response(b"", f"Location: {last.url}/x\r\n".encode(), b"307 Temporary Redirect"))
    assert fetch(first.url, headers={"Authorization": "Basic abc"}).body == b"here"
    assert b"Authorization" in first.asked[0] and b"Authorization" not in last.asked[0]
    loop = serve(response(b"", b"Location: /again\r\n", b"302 Found"))
    with pytest.raises(Unfetchable, match="without end"):
        fetch(loop.url)
    assert len(loop.asked) == 4


def test_too_much_is_cut_off(serve: Callable[..., Server]) -> None:
    with pytest.raises(Unfetchable, match="more than"):
        fetch(serve(response(b"x" * 2001)).url, largest=2000)
    assert len(fetch(serve(response(b"x" * 2000)).url, largest=2000).body) == 2000


def test_a_bomb_of_zeros_is_cut_off(serve: Callable[..., Server]) -> None:
    server = serve(response(gzip.compress(b"\0" * 10_000_000), b"Content-Encoding: gzip\r\n"))
    with pytest.raises(Unfetchable, match="more than"):
        fetch(server.url, largest=100_000)


@pytest.mark.parametrize("drip", [0.05])
def test_a_server_that_drips_does_not_hold_us(serve: Callable[..., Server], drip: float) -> None:
    began = time.monotonic()
    with pytest.raises(Unfetchable):
        fetch(serve(response(b"x" * 500), drip).url, seconds=0.5)
    assert time.monotonic() - began < 12


@pytest.mark.parametrize("nonsense", [b"", b"hello\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"])
def test_a_server_that_speaks_no_http_is_unfetchable(serve: Callable[..., Server], nonsense: bytes) -> None:
    with pytest.raises(Unfetchable):
        fetch(serve(nonsense).url)


def test_a_closed_port_is_unfetchable(near: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(Unfetchable, match="Nothing answers"):
        fetch(f"http://127.0.0.1:{port}/")


def certificate(folder: Path, name: str = "localhost") -> Path:
    """A certificate that signed itself for `name`, with its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / f"{name}.pem"
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + plain)
    return file


class SafeServer(Server):
    """The same over TLS, with a certificate of its own making."""

    def __init__(self, answer: Answer, file: Path) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(file)
        super().__init__(answer)
        self.url = f"https://localhost:{self.socket.getsockname()[1]}"

    def talk(self, line: socket.socket) -> None:
        with suppress(ssl.SSLError), self.context.wrap_socket(line, server_side=True) as safe:
            super().talk(safe)


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Gives a function that lets this machine trust a certificate."""

    def this(file: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        tls.trusted.cache_clear()

    yield this
    monkeypatch.undo()
    tls.trusted.cache_clear()


def hello(_request: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def test_a_certificate_that_nobody_vouches_for_is_refused(near: None, tmp_path: Path) -> None:
    server = SafeServer(hello, certificate(tmp_path))
    with pytest.raises(Unfetchable, match="SSLCertVerificationError"):
        fetch(server.url)


def test_a_certificate_that_the_machine_trusts_is_taken(near: None, tmp_path: Path, trust: Callable[[Path], None]) -> None:
    file = certificate(tmp_path)
    trust(file)
    assert fetch(SafeServer(hello, file).url).body == b"hello"


def test_a_trusted_certificate_for_another_name_is_refused(near: None, tmp_path: Path, trust: Callable[[Path], None]) -> None:
    file = certificate(tmp_path, "other.example")
    trust(file)
    with pytest.raises(Unfetchable, match="SSLCertVerificationError"):
        fetch(SafeServer(hello, file).url)
