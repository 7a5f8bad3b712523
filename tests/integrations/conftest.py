"""Plugs in tests: a real Radicale, feeds from a real HTTP server on loopback, hosts whose calendars are linked."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask

from app.accounts.models import Person
from app.consults.models import CalendarLink, Host
from app.lib.db import add, unit_of_work
from tests.consults.conftest import hosts, make_host, monday, nothing_kept, write_type
from tests.servers import Radicale
from tests.standin import running

__all__ = ["hosts", "make_host", "monday", "nothing_kept", "write_type"]


@pytest.fixture
def near(app: Flask) -> Iterator[None]:
    """Loopback may be fetched, as an installation can allow its own network."""
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(settings, fetch_allow="127.0.0.0/8")
    yield
    app.config["SETTINGS"] = settings


@pytest.fixture
def radicale(caldav_server: Radicale) -> Radicale:
    return caldav_server


@dataclasses.dataclass
class Collection:
    """One calendar on the server, as another program of the host would use it."""

    url: str
    user: str

    @property
    def auth(self) -> tuple[str, str]:
        return self.user, "any"

    def put(self, name: str, *lines: str, uid: str = "") -> None:
        text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", f"UID:{uid or name}", "DTSTAMP:20260101T000000Z"])
        body = "\r\n".join([text, *lines, "END:VEVENT", "END:VCALENDAR", ""])
        requests.put(
            f"{self.url}{name}.ics", data=body, headers={"Content-Type": "text/calendar"}, auth=self.auth, timeout=10
        ).raise_for_status()

    def delete(self, name: str) -> None:
        requests.delete(f"{self.url}{name}.ics", auth=self.auth, timeout=60).raise_for_status()

    def texts(self) -> list[str]:
        found = requests.request("PROPFIND", self.url, headers={"Depth": "1"}, auth=self.auth, timeout=60).text
        names = {part.partition("</href>")[0] for part in found.split("<href>")[1:] if part.partition("</href>")[0].endswith(".ics")}
        return [requests.get(self.url.partition("/ruth")[0] + name, auth=self.auth, timeout=60).text for name in sorted(names)]


@pytest.fixture
def collection(radicale: Radicale) -> Callable[..., Collection]:
    """Gives a function that makes a fresh calendar on the server."""
    count, turn = iter(range(1000)), next(made)

    def make(name: str = "") -> Collection:
        user = f"ruth{turn}-{name or next(made)}"
        made_there = Collection(f"{radicale.url}{user}/work{next(count)}/", user)
        requests.request("MKCALENDAR", made_there.url, auth=made_there.auth, timeout=60).raise_for_status()
        return made_there

    return make


made = iter(range(10_000))


@pytest.fixture
def link(near: None) -> Callable[..., CalendarLink]:
    """Gives a function that links a calendar to a host."""

    def make(host: Host, url: str, kind: str = "caldav", writes: bool = True, **more: Any) -> CalendarLink:
        user = urlsplit(url).path.strip("/").partition("/")[0]
        secrets = {"username": user, "password": "any"}
        with unit_of_work():
            return add(CalendarLink(host_id=host.id, kind=kind, name="Work", url=url, writes=writes, secrets=secrets, **more))

    return make


@pytest.fixture
def served() -> Iterator[Callable[..., Any]]:
    """Gives a function that serves a feed which the test may change; `asked` remembers the conditions of each request."""
    servers = contextlib.ExitStack()

    def serve(body: bytes, **headers: str) -> Any:
        server = servers.enter_context(running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)))
        server.body, server.extra, server.asked, server.status = body, headers, [], 200  # type: ignore[attr-defined]
        server.url = f"http://127.0.0.1:{server.server_port}/feed.ics"  # type: ignore[attr-defined]
        return server

    with servers:
        yield serve


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append(dict(self.headers))
        fresh = self.headers.get("If-None-Match") == server.extra.get("ETag") and "ETag" in server.extra
        self.send_response(304 if fresh else server.status)
        for name, value in server.extra.items():
            self.send_header(name, value)
        body = b"" if fresh else server.body
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def ruth(grace: Person) -> Person:
    return grace
