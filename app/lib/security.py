"""Headers and doors: a strict content-security policy, Host and Origin checks, and the few headers a browser should get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, current_app, g, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

View = TypeVar("View", bound=Callable[..., Any])

POLICY: dict[str, tuple[str, ...]] = {
    "default-src": ("'self'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:", "blob:"),
    "media-src": ("'self'", "blob:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "frame-src": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(self), browsing-topics=()",
    "X-Frame-Options": "DENY",
}


class Parameters(ImmutableMultiDict[str, Any]):
    """What an address or a form brings, without NUL characters: PostgreSQL cannot hold them, and nobody types them."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = MultiDict(mapping).items(multi=True)
        super().__init__([(key, value.replace("\0", "") if isinstance(value, str) else value) for key, value in pairs])


class CleanRequest(Request):
    """Flask's request with its parameters cleaned."""

    parameter_storage_class = Parameters


def allow_source(directive: str, *sources: str) -> None:
    """Open the policy of this one response for named hosts, for example a payment provider's frame."""
    extra = g.setdefault("policy_extra", {})
    extra[directive] = (*extra.get(directive, ()), *sources)


def policy() -> str:
    extra = g.get("policy_extra", {})
    parts = {name: [*sources, *extra.get(name, ())] for name, sources in POLICY.items()}
    if current_app.config["SETTINGS"].https:
        parts["upgrade-insecure-requests"] = []
    return "; ".join(" ".join([name, *sources]) for name, sources in parts.items())


def clean_values(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The same for the variable parts of an address."""
    if values:
        values.update({name: value.replace("\0", "") for name, value in values.items() if isinstance(value, str)})


def check_host() -> None:
    """A request for a name that is not ours is answered 421 and never reaches a view. Probes come by the number of this machine."""
    if request.blueprint == "health":
        return
    name = urlsplit(f"//{request.host}").hostname or ""
    if f"[{name}]" not in current_app.config["SETTINGS"].hosts and name not in current_app.config["SETTINGS"].hosts:
        abort(421)


def check_origin() -> None:
    """A write that a browser sends from another site is refused, before CSRF tokens are even looked at."""
    if request.method in {"GET", "HEAD", "OPTIONS"} or getattr(view(), "_from_anywhere", False):
        return
    if not same_origin(request.headers.get("Origin")):
        abort(403)


def same_origin(origin: str | None) -> bool:
    """True when there is no Origin header, or when it names this host (RFC 6454). `null` is another origin."""
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.host.lower()
    except ValueError:
        return False


def from_anywhere(view: View) -> View:
    """This view takes writes from other machines (webhooks): no Origin check, no CSRF token; it must verify a signature."""
    view._from_anywhere = True  # type: ignore[attr-defined]
    return view


def takes_files(most: int) -> Callable[[View], View]:
    """This view takes a form with so many files, each as large as one may be; any other request may be as large as one file."""

    def mark(view: View) -> View:
        view._most_files = most  # type: ignore[attr-defined]
        return view

    return mark


def make_room() -> None:
    """Before anything reads the form: how large this request may be."""
    most: int = getattr(view(), "_most_files", 1)
    request.max_content_length = (most * current_app.config["SETTINGS"].max_upload_mb + 1) * 1024 * 1024


def view() -> object:
    return current_app.view_functions.get(request.endpoint or "", None)


def add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", policy())
    if current_app.config["SETTINGS"].https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload")
    return response


def init_app(app: Flask) -> None:
    app.request_class = CleanRequest
    app.url_value_preprocessor(clean_values)
    app.before_request(check_host)
    app.before_request(check_origin)
    app.before_request(make_room)
    app.after_request(add_headers)
