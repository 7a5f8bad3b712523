"""Access: every view says whom it serves. A view that says nothing refuses everybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

View = TypeVar("View", bound=Callable[..., Any])
MARK = "_serves"


def public(view: View) -> View:
    """This view is for everybody, strangers included."""
    setattr(view, MARK, "everybody")
    return view


def needs(what: str) -> Callable[[View], View]:
    """This view is for people who `may(what)`: customer, agent, editor or admin. Strangers are sent to sign in; others get 403."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            refusal = refuse(what)
            return refusal if refusal is not None else view(*args, **kwargs)

        setattr(guarded, MARK, what)
        return cast("View", guarded)

    return mark


def refuse(what: str) -> Response | None:
    if not current_user.is_authenticated:
        return stranger()
    if not current_user.may(what):
        abort(403)
    return None


def only_for(what: str, **given: Any) -> Callable[[], dict[str, Any] | None]:
    """The context of a slot's partial (`slots.fill`): `given` for people who `may(what)`; for all others it is left out."""

    def shown() -> dict[str, Any] | None:
        # Itself, not what stands for it: a page of the desk asks this some twenty times.
        user = current_user._get_current_object()
        return given if user.is_authenticated and user.may(what) else None

    return shown


def stranger() -> Response:
    if request.method != "GET" or "HX-Request" in request.headers or request.path.startswith("/api/"):
        abort(401)
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("accounts.new_session", next=wanted), 303)


def serves(app: Flask, endpoint: str) -> str | None:
    """Whom a view serves: everybody, customer, agent, editor, admin; None when it never said."""
    return getattr(app.view_functions[endpoint], MARK, None)


def refuse_unmarked() -> None:
    if request.endpoint and serves(current_app, request.endpoint) is None:
        abort(403)


def init_app(app: Flask) -> None:
    if "static" in app.view_functions:
        public(app.view_functions["static"])
    app.before_request(refuse_unmarked)
