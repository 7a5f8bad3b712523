"""The doors of the site: hosts, origins, form tokens, headers, access, errors, health."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.lib import access, page
from app.lib.access import serves


def test_a_foreign_host_name_is_turned_away(client: FlaskClient) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "xn--lcalhost-23a"):
        assert client.get("/help/", headers={"Host": host}).status_code == 421
    assert client.get("/healthz", headers={"Host": "localhost:8000"}).status_code == 200


def test_a_nul_never_comes_in(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context("/?q=a%00b&q=c&%00=x", method="POST", data={"words": "re\0fund", "file": (io.BytesIO(b"a\0b"), "a.txt")}):
        assert request.args.getlist("q") == ["ab", "c"]
        assert request.form["words"] == "refund" and request.values["words"] == "refund"
        assert request.files["file"].read() == b"a\0b"
    assert client.get("/help/a%00b/").status_code == 404


def test_a_write_from_another_site_is_refused(app: Flask, client: FlaskClient) -> None:
    for origin in ("https://evil.example", "null", "http://localhost.evil.example", "http://localhost:81", "garbage"):
        assert client.post("/sign-in", headers={"Origin": origin}).status_code in {403, 405}


def test_every_answer_has_the_strict_policy(client: FlaskClient) -> None:
    for path in ("/healthz", "/nowhere"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert client.get(path).headers["X-Content-Type-Options"] == "nosniff"


def test_a_request_id_is_echoed_only_when_it_is_harmless(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-12345678"}).headers["X-Request-ID"] == "abc-12345678"
    assert "<" not in client.get("/healthz", headers={"X-Request-ID": "<script>alert(1)</script>"}).headers["X-Request-ID"]


def test_metrics_stay_shut_without_the_token(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/metrics").status_code == 404
    object.__setattr__(app.config["SETTINGS"], "metrics_token", "a token")
    try:
        assert client.get("/metrics", headers={"Authorization": "Bearer é"}).status_code == 404
        assert b"frontdesk_requests_total" in client.get("/metrics", headers={"Authorization": "Bearer a token"}).data
    finally:
        object.__setattr__(app.config["SETTINGS"], "metrics_token", "")


def test_readiness_asks_the_database(client: FlaskClient) -> None:
    assert client.get("/readyz").data == b"ready\n"


def test_every_route_says_whom_it_serves(app: Flask) -> None:
    silent = [rule.endpoint for rule in app.url_map.iter_rules() if serves(app, rule.endpoint) is None]
    assert silent == []


def test_a_view_that_says_nothing_refuses_everybody(app: Flask, linus: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    app.view_functions["health.alive"], marked = (lambda: "open"), app.view_functions["health.alive"]
    try:
        assert client_of(linus).get("/healthz").status_code == 403
    finally:
        app.view_functions["health.alive"] = marked


HOSTILE = (
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil",
    "javascript:alert(1)",
    "/a\r\nSet-Cookie: x",
    "",
    None,
    "/\x00",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_next_never_leads_away(hostile: str | None) -> None:
    assert page.safe_next(hostile, "/account") == "/account"


def test_a_plain_path_is_followed() -> None:
    assert page.safe_next("/desk/?view=mine", "/account") == "/desk/?view=mine"


def test_guards_name_what_they_need() -> None:
    @access.needs("agent")
    def view() -> str:
        return ""

    assert getattr(view, access.MARK) == "agent"


def test_probes_by_the_number_of_the_machine_are_answered(client: FlaskClient) -> None:
    for path in ("/healthz", "/readyz"):
        assert client.get(path, headers={"Host": "10.1.2.3:8000"}).status_code == 200
    assert client.get("/metrics", headers={"Host": "10.1.2.3:8000"}).status_code == 404
