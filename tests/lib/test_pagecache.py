"""Pages kept for strangers: the same for everybody, never for somebody we know, never with a cookie in them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask, Response, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from app.accounts.models import Person
from app.lib import clock, pagecache

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


def form() -> str:
    made.append("form")
    pagecache.keep_form_for_strangers(60)
    return f"<h1>Fill in</h1>{'<p>words</p>' * 200}token={generate_csrf()} since={pagecache.now_in_page()} <p>Thank you</p>"


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
    client.get("/healthz", headers={"Host": "evil.example"})
    client.get("/healthz")
    assert made == ["home", "home"]


def test_a_form_is_made_once_and_every_stranger_gets_a_token_that_fits_their_session(
    kept: Callable[..., None], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(form)
    first, second = (app.test_client().get("/healthz") for _ in range(2))
    assert len(made) == 1
    tokens = [answer.text.partition("token=")[2].partition(" ")[0] for answer in (first, second)]
    assert tokens[0] != tokens[1]
    for answer, token in zip((first, second), tokens, strict=True):
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
        with app.test_request_context(headers={"Cookie": cookie.partition(";")[0]}):
            validate_csrf(token)
    with app.test_request_context(headers={"Cookie": first.headers["Set-Cookie"].partition(";")[0]}), pytest.raises(ValidationError):
        validate_csrf(tokens[1])


def test_a_packed_form_unpacks_to_the_same_page(kept: Callable[..., None], client: FlaskClient) -> None:
    kept(form)
    client.get("/healthz")
    client.delete_cookie("fd_session")
    answer = client.get("/healthz", headers={"Accept-Encoding": "gzip"})
    words = gzip.decompress(answer.data).decode()
    assert words.startswith("<h1>Fill in</h1>") and words.endswith("<p>Thank you</p>")
    assert "place-" not in words and "ETag" not in answer.headers and answer.headers["Cache-Control"] == "no-store"
    assert int(answer.headers["Content-Length"]) == len(answer.data) < 1000
    assert len(made) == 1


def test_the_time_in_a_kept_form_is_that_of_the_answer(kept: Callable[..., None], app: Flask) -> None:
    kept(form)
    app.test_client().get("/healthz")
    with clock.at(datetime(2027, 1, 1, tzinfo=UTC)):
        assert "since=1798761600 " in app.test_client().get("/healthz").text
    assert len(made) == 1


def test_a_form_with_an_error_is_not_kept_but_works(kept: Callable[..., None], app: Flask) -> None:
    kept(lambda: Response(form(), 422))
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 422 and "place-" not in answer.text and "Set-Cookie" in answer.headers
    app.test_client().get("/healthz")
    assert len(made) == 2


def test_whoever_we_know_keeps_their_own_session(
    kept: Callable[..., None], ada: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    kept(form)
    browser = client_of(ada)
    assert "place-" not in browser.get("/healthz").text
    assert "place-" not in browser.get("/healthz").text
    assert len(made) == 2


def test_the_memory_is_bounded(app: Flask) -> None:
    cache = pagecache.PageCache(lambda environ, start: [])
    for number in range(pagecache.MOST_PAGES + 10):
        cache.pages[("http", "localhost", f"/{number}")] = pagecache.Kept("200 OK", [], "", b"", b"", 0)
    cache.app = lambda environ, start: Response("x")(environ, start)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/new", "wsgi.url_scheme": "http", pagecache.WISH: {"seconds": 60}}
    list(cache(environ, lambda *_: None))  # type: ignore[arg-type, return-value]
    assert len(cache.pages) == pagecache.MOST_PAGES
