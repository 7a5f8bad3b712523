"""Pages kept for strangers: the same for everybody, never for somebody we know, never with a cookie in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, Response, session
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.lib import pagecache

made: list[str] = []


@pytest.fixture
def kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], object]], None]]:
    """Puts a view in the place of /healthz, kept for a minute."""
    marked = app.view_functions["health.alive"]

    def put(view: Callable[[], object]) -> None:
        kept_view = pagecache.keep_for_strangers(60)(view)
        kept_view._serves = "everybody"  # type: ignore[attr-defined]
        monkeypatch.setitem(app.view_functions, "health.alive", kept_view)

    made.clear()
    pagecache.forget(app)
    yield put
    pagecache.forget(app)
    assert marked


def home() -> str:
    made.append("home")
    return "<h1>Welcome</h1>" * 100


def test_a_page_is_made_once_for_many_strangers(kept: Callable[..., None], client: FlaskClient) -> None:
    kept(home)
    answers = [client.get("/healthz") for _ in range(3)]
    assert len(made) == 1
    assert {answer.data for answer in answers} == {home().encode()}
    assert answers[1].headers["Content-Security-Policy"] and "X-Request-ID" not in answers[1].headers


def test_it_is_packed_for_those_who_read_gzip(kept: Callable[..., None], client: FlaskClient) -> None:
    kept(home)
    packed = client.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and len(packed.data) < 200
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_an_unchanged_page_is_not_sent_again(kept: Callable[..., None], client: FlaskClient) -> None:
    kept(home)
    etag = client.get("/healthz").headers["ETag"]
    again = client.get("/healthz", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_somebody_we_know_is_always_asked_for(
    kept: Callable[..., None], client: FlaskClient, ada: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    kept(home)
    client.get("/healthz")
    client_of(ada).get("/healthz")
    client.get("/healthz?page=2")
    client.get("/healthz", headers={"HX-Request": "true"})
    assert len(made) == 4


def test_a_page_that_sets_a_cookie_is_never_kept(kept: Callable[..., None], app: Flask) -> None:
    def personal() -> str:
        session["cart"] = made.append("personal")
        return "yours"

    kept(personal)
    first, second = app.test_client().get("/healthz"), app.test_client().get("/healthz")
    assert "Set-Cookie" in first.headers and "Set-Cookie" in second.headers and len(made) == 2


def test_an_error_is_never_kept(kept: Callable[..., None], client: FlaskClient) -> None:
    kept(lambda: Response("busy", 503))
    assert client.get("/healthz").status_code == 503
    kept(home)
    assert client.get("/healthz").status_code == 200


def test_another_host_has_pages_of_its_own(kept: Callable[..., None], client: FlaskClient) -> None:
    kept(home)
    client.get("/healthz")
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 421


def test_the_memory_is_bounded(app: Flask) -> None:
    cache = pagecache.PageCache(lambda environ, start: [])
    for number in range(pagecache.MOST_PAGES + 10):
        cache.pages[("http", "localhost", f"/{number}")] = pagecache.Kept("200 OK", [], "", b"", b"", 0)
    cache.app = lambda environ, start: Response("x")(environ, start)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/new", "wsgi.url_scheme": "http", pagecache.WISH: {"seconds": 60}}
    list(cache(environ, lambda *_: None))  # type: ignore[arg-type, return-value]
    assert len(cache.pages) == pagecache.MOST_PAGES
