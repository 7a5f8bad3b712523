"""The browser that votes or works through a guide: a random name in a cookie of its own, made at the first such act.

It is no visitor and no person: votes and ticks are counted once a browser, nothing else hangs on it.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Response, abort, current_app, g, request

from app.lib import security, tokens

COOKIE = "help_reader"
AGE = timedelta(days=365)


def known_reader() -> str | None:
    """The digest that stands for this browser in our rows; None when it never acted."""
    token = g.get("reader_token") or request.cookies.get(COOKIE)
    return tokens.digest(token) if token else None


def reader() -> str:
    """The same, made now if need be."""
    if known_reader() is None:
        g.reader_token = tokens.secret()
    return known_reader() or ""


def keep_cookie(response: Response) -> Response:
    token = g.get("reader_token")
    if token and response.status_code < 400:
        secure = current_app.config["SETTINGS"].https
        response.set_cookie(COOKIE, token, max_age=AGE, httponly=True, samesite="Lax", secure=secure)
    return response


def from_here() -> None:
    """Refuse a write that another site's page sent. The pages are kept for strangers, so their forms carry no token: the
    browser's own word on where a request comes from (Origin, Sec-Fetch-Site) stands in for it."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if not security.same_origin(request.headers.get("Origin")) or site not in {"same-origin", "none"}:
        abort(403)
