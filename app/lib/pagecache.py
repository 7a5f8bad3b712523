"""Whole pages for strangers, answered before the app is asked: rendered once, kept for seconds, never for anybody with a cookie of ours.

A page with a form is kept with places for what is each visitor's own: its token (with the session that goes with it) and the time now.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import struct
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, g, request
from itsdangerous import URLSafeTimedSerializer
from prometheus_client import Counter
from werkzeug.http import dump_cookie, generate_etag
from werkzeug.wrappers import Response

from app.lib import clock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask.sessions import SecureCookieSessionInterface

View = TypeVar("View", bound=Callable[..., Any])
Key = tuple[str, str, str]
MOST_PAGES, MOST_BYTES = 2000, 1_000_000
OWN_COOKIES = "fd_"
WISH = "frontdesk.page_wish"
OWN_TO_ONE_ANSWER = {"content-length", "x-request-id", "date"}
TOKEN_FIELD, TOKEN_SALT = "csrf_token", "wtf-csrf-token"
# Nobody can write these into a page: they are new in each process.
TOKEN_PLACE, NOW_PLACE = (f"place-{os.urandom(16).hex()}" for _ in range(2))
PLACES = re.compile(f"({TOKEN_PLACE}|{NOW_PLACE})".encode())
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
SERVED = Counter("frontdesk_pages_from_cache_total", "Pages answered to strangers without asking the app.")


@dataclass(frozen=True)
class Kept:
    """One page as it leaves: status line, headers, body plain and gzipped, and when it must be made anew (monotonic seconds)."""

    status: str
    headers: list[tuple[str, str]]
    etag: str
    plain: bytes
    packed: bytes
    until: float
    pieces: tuple[tuple[bytes, bytes], ...] = ()


def keep_for_strangers(seconds: int) -> Callable[[View], View]:
    """Answer this GET view to people without a cookie of ours from memory for up to `seconds`.

    The page must depend on nothing but its path and content/. An answer that sets a cookie, or is no 200, is never kept.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def kept(*args: Any, **kwargs: Any) -> Any:
            request.environ.get(WISH, {})["seconds"] = seconds
            return view(*args, **kwargs)

        return cast("View", kept)

    return mark


def keep_form_for_strangers(seconds: int) -> None:
    """The same, said by a view about the page it is just making, which holds a form: each visitor gets a token of their own in it."""
    wish = request.environ.get(WISH)
    if wish is not None and wish.get("askable"):
        wish["seconds"] = seconds
        # Flask-WTF takes what stands here and starts no session.
        setattr(g, TOKEN_FIELD, TOKEN_PLACE)


def now_in_page() -> str:
    """Unix seconds for a hidden field: those of the answer, also in a page that is kept."""
    return NOW_PLACE if g.get(TOKEN_FIELD) == TOKEN_PLACE else str(int(clock.now().timestamp()))


class PageCache:
    """WSGI middleware in front of the app; bounded, least recently used goes first. Each process keeps its own."""

    def __init__(self, app: WSGIApplication, flask: Flask | None = None) -> None:
        self.app = app
        self.flask = flask
        self.pages: OrderedDict[Key, Kept] = OrderedDict()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        key = key_of(environ)
        if key is None:
            return self.app(environ, start)
        kept = self.pages.get(key)
        if kept is None or kept.until < time.monotonic():
            return self.ask(key, environ, start)
        SERVED.inc()
        return self.give(kept, environ, start)

    def give(self, kept: Kept, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return filled(kept, cast("Flask", self.flask), environ, start) if kept.pieces else answer(kept, environ, start)

    def ask(self, key: Key, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Let the app answer; keep what the view allowed to be kept."""
        wish: dict[str, int] = environ.setdefault(WISH, {})
        wish["askable"] = 1
        response = Response.from_app(self.app, environ)
        seconds = wish.get("seconds")
        if seconds is None:
            return response(environ, start)
        if not may_be_kept(response):
            return self.unkept(response)(environ, start)
        kept = self.pages[key] = kept_page(response, seconds)
        while len(self.pages) > MOST_PAGES:
            self.pages.popitem(last=False)
        return self.give(kept, environ, start)

    def unkept(self, response: Response) -> Response:
        """An answer that was made with places but may not be kept, such as an error: they are filled this once."""
        if self.flask is not None and PLACES.search(response.get_data()):
            token, cookie = new_session(self.flask)
            response.set_data(b"".join(values(PLACES.split(response.get_data()), token)))
            response.headers.add("Set-Cookie", cookie)
        return response


def kept_page(response: Response, seconds: int) -> Kept:
    plain = response.get_data()
    if PLACES.search(plain):
        return kept_form(response, plain, seconds)
    etag = f'"{generate_etag(plain)}"'
    # Revalidated each time: that is cheap here, and signing in must not show a stranger's page from the browser's cache.
    response.headers["Cache-Control"], response.headers["ETag"] = "no-cache", etag
    response.vary.update(("Accept-Encoding", "Cookie"))
    headers = [(name, value) for name, value in response.headers if name.lower() not in OWN_TO_ONE_ANSWER]
    return Kept(response.status, headers, etag, plain, gzip.compress(plain, 6, mtime=0), time.monotonic() + seconds)


def kept_form(response: Response, plain: bytes, seconds: int) -> Kept:
    """A page with places: its pieces, each also as a deflated part that may stand beside any other (RFC 1951, full flush)."""
    response.headers["Cache-Control"] = "no-store"
    response.vary.update(("Accept-Encoding", "Cookie"))
    parts = PLACES.split(plain)
    pieces = tuple((part, deflated(part, last=number == len(parts) - 1)) for number, part in enumerate(parts))
    headers = [(name, value) for name, value in response.headers if name.lower() not in OWN_TO_ONE_ANSWER]
    return Kept(response.status, headers, "", b"", b"", time.monotonic() + seconds, pieces)


def deflated(part: bytes, last: bool) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(part) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def stored(value: bytes) -> bytes:
    """A stored block of a deflate stream (RFC 1951, 3.2.4); up to 65,535 bytes, at a byte's border as a full flush leaves it."""
    return b"\x00" + struct.pack("<HH", len(value), len(value) ^ 0xFFFF) + value


def filled(kept: Kept, flask: Flask, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """The kept page with a new session's token in its places."""
    token, cookie = new_session(flask)
    body = list(values([plain for plain, _ in kept.pieces], token))
    headers = [*kept.headers, ("Set-Cookie", cookie)]
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        packed = packed_page(kept, body)
        start(kept.status, [*headers, ("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))])
        return [packed]
    start(kept.status, [*headers, ("Content-Length", str(sum(map(len, body))))])
    return body


def values(parts: list[bytes], token: str) -> Iterator[bytes]:
    """The parts with each place filled: re.split leaves the places between them."""
    own = {TOKEN_PLACE.encode(): token.encode(), NOW_PLACE.encode(): str(int(clock.now().timestamp())).encode()}
    return (own.get(part, part) for part in parts)


def packed_page(kept: Kept, body: list[bytes]) -> bytes:
    """One gzip file (RFC 1952) from parts that were deflated before and the new values, stored."""
    checksum, size, parts = 0, 0, [GZIP_HEAD]
    for (plain, deflate), part in zip(kept.pieces, body, strict=True):
        checksum, size = zlib.crc32(part, checksum), size + len(part)
        parts.append(deflate if part is plain else stored(part))
    return b"".join([*parts, struct.pack("<II", checksum, size & 0xFFFFFFFF)])


def new_session(flask: Flask) -> tuple[str, str]:
    """A form token and the Set-Cookie of the session that it belongs to, as Flask-WTF and Flask would make them."""
    secret = hashlib.sha256(os.urandom(32)).hexdigest()
    token = URLSafeTimedSerializer(str(flask.secret_key), salt=TOKEN_SALT).dumps(secret)
    signer = cast("SecureCookieSessionInterface", flask.session_interface).get_signing_serializer(flask)
    config = flask.config
    cookie = dump_cookie(
        config["SESSION_COOKIE_NAME"],
        str(signer.dumps({TOKEN_FIELD: secret})) if signer else "",
        path=flask.session_interface.get_cookie_path(flask),
        secure=config["SESSION_COOKIE_SECURE"],
        httponly=config["SESSION_COOKIE_HTTPONLY"],
        samesite=config["SESSION_COOKIE_SAMESITE"],
    )
    return str(token), cookie


def may_be_kept(response: Response) -> bool:
    return (
        response.status_code == 200
        and not {"Set-Cookie", "Content-Encoding"} & {name for name, _ in response.headers}
        and len(response.get_data()) <= MOST_BYTES
    )


def key_of(environ: WSGIEnvironment) -> Key | None:
    """Scheme, host and path of a request that may be answered from memory; None for everything else."""
    if environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING") or OWN_COOKIES in environ.get("HTTP_COOKIE", ""):
        return None
    if "HTTP_HX_REQUEST" in environ or "HTTP_AUTHORIZATION" in environ or "HTTP_UPGRADE" in environ:
        return None
    return environ["wsgi.url_scheme"], environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", "")


def answer(kept: Kept, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    if kept.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start("304 Not Modified", [("ETag", kept.etag), ("Vary", "Accept-Encoding, Cookie"), ("Cache-Control", "no-cache")])
        return []
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        start(kept.status, [*kept.headers, ("Content-Encoding", "gzip"), ("Content-Length", str(len(kept.packed)))])
        return [kept.packed]
    start(kept.status, [*kept.headers, ("Content-Length", str(len(kept.plain)))])
    return [kept.plain]


def forget(app: Flask) -> None:
    """Drop every kept page of this process, as after a change of content or in a test."""
    app.extensions["pagecache"].pages.clear()


def init_app(app: Flask) -> None:
    cache = PageCache(app.wsgi_app, app)
    app.extensions["pagecache"] = cache
    app.wsgi_app = cache  # type: ignore[assignment, method-assign]
