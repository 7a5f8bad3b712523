"""Error pages: 4xx and 503 in the firm's look, 500 from a file that needs nothing; htmx gets the notice part instead."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.lib import db
from app.lib.logs import log

OWN_PAGES = {401, 403, 404, 413, 421, 422, 429, 503}
WORDS = {
    400: "We could not read that request.",
    401: "Please sign in first.",
    403: "You may not do that.",
    404: "There is nothing here.",
    405: "That does not work here.",
    413: "That is too large to send.",
    421: "This address is not served here.",
    422: "Please look at the form again.",
    429: "That was a little too often. Please wait a moment.",
    503: "We cannot do that right now. Nothing was lost; please try again in a moment.",
}


def answer(error: HTTPException) -> Response:
    db.roll_back()
    code = error.code or 500
    if error.response is not None:
        return make_response(error.response)
    if code >= 500 and code != 503:
        return static_500(code)
    words = WORDS.get(code, "That did not work.")
    if wants_json():
        return make_response({"error": words, "status": code}, code)
    if request.headers.get("HX-Request"):
        return notice(words, code)
    name = f"errors/{code if code in {403, 404, 422, 429, 503} else 403 if code in {401, 421} else 422}.html"
    response = make_response(render_template(name, words=words, code=code), code)
    if code in {429, 503}:
        response.headers["Retry-After"] = "30"
    return response


def wants_json() -> bool:
    return request.path.startswith(("/api/", "/webhooks/")) or request.accept_mimetypes.best == "application/json"


def notice(words: str, code: int) -> Response:
    response = make_response(render_template("errors/_notice.html", words=words), code)
    response.headers["HX-Retarget"] = "#notice"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def busy(error: OperationalError) -> Response:
    """The database is locked or gone: say so, with 503, and lose nothing silently."""
    log.error("database is away", error=type(error.orig).__name__)
    return answer(HTTPException503())


class HTTPException503(HTTPException):
    code = 503


def broken(error: Exception) -> Response:
    db.roll_back()
    original = getattr(error, "original_exception", None) or error
    log.error("unexpected", exc_info=original)
    return static_500(500)


def static_500(code: int) -> Response:
    if wants_json():
        return make_response({"error": "Something went wrong on our side.", "status": code}, code)
    html = (Path(__file__).resolve().parents[2] / "templates" / "errors" / "500.html").read_text(encoding="utf-8")
    response = Response(html, code, mimetype="text/html")
    response.headers["Content-Security-Policy"] = policy_for_own_style(html)
    return response


def policy_for_own_style(html: str) -> str:
    """The page brings its style with it, since nothing else may be there to serve one: allow exactly that, by its hash."""
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(CSRFError, answer)
    app.register_error_handler(OperationalError, busy)
    app.register_error_handler(InternalServerError, broken)
