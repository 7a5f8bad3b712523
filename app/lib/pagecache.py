"""Whole pages for strangers, answered before the app is asked: rendered once, kept for seconds, never for anybody with a cookie of ours."""

from __future__ import annotations

import gzip
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, request
from prometheus_client import Counter
from werkzeug.http import generate_etag
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])
Key = tuple[str, str, str]
MOST_PAGES, MOST_BYTES = 2000, 1_000_000
OWN_COOKIES = "fd_"
WISH = "frontdesk.page_wish"
OWN_TO_ONE_ANSWER = {"content-length", "x-request-id", "date"}
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


class PageCache:
    """WSGI middleware in front of the app; bounded, least recently used goes first. Each process keeps its own."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.pages: OrderedDict[Key, Kept] = OrderedDict()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        key = key_of(environ)
        if key is None:
            return self.app(environ, start)
        kept = self.pages.get(key)
        if kept is None or kept.until < time.monotonic():
            return self.ask(key, environ, start)
        SERVED.inc()
        return answer(kept, environ, start)

    def ask(self, key: Key, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Let the app answer; keep what the view allowed to be kept."""
        wish: dict[str, int] = environ.setdefault(WISH, {})
        response = Response.from_app(self.app, environ)
        seconds = wish.get("seconds")
        if seconds is None or not may_be_kept(response):
            return response(environ, start)
        kept = self.pages[key] = kept_page(response, seconds)
        while len(self.pages) > MOST_PAGES:
            self.pages.popitem(last=False)
        return answer(kept, environ, start)


def kept_page(response: Response, seconds: int) -> Kept:
    plain = response.get_data()
    etag = f'"{generate_etag(plain)}"'
    # Revalidated each time: that is cheap here, and signing in must not show a stranger's page from the browser's cache.
    response.headers["Cache-Control"], response.headers["ETag"] = "no-cache", etag
    response.vary.update(("Accept-Encoding", "Cookie"))
    headers = [(name, value) for name, value in response.headers if name.lower() not in OWN_TO_ONE_ANSWER]
    return Kept(response.status, headers, etag, plain, gzip.compress(plain, 6, mtime=0), time.monotonic() + seconds)


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
    cache = PageCache(app.wsgi_app)
    app.extensions["pagecache"] = cache
    app.wsgi_app = cache  # type: ignore[assignment, method-assign]
