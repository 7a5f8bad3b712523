"""Pages and parts: one function answers a whole page to a browser and the asked-for block to htmx."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from flask import Flask, Response, current_app, has_request_context, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse


def page(template: str, status: int = 200, **ctx: Any) -> Response:
    """Render `template` whole, or only its block named like the element that an htmx part request targets."""
    block = wanted_block(template)
    body = render_block(template, block, ctx) if block else render_template(template, **ctx)
    response = make_response(body, status)
    response.vary.update({"HX-Request-Type", "HX-Target"})
    return response


def part(template: str, **ctx: Any) -> Markup:
    """Render one partial file, for a live frame or a second target. Gives markup that is safe as it stands.

    In a worker, where no request is under way, `url_for` gives paths as it does on a page.
    """
    nobody = nullcontext() if has_request_context() else current_app.test_request_context()
    with nobody:
        return Markup(render_template(template, **ctx))  # noqa: S704 - our own template, autoescaped


def see(endpoint: str, **values: Any) -> BaseResponse:
    """303 to an endpoint, or to a path of ours that begins with a slash."""
    return redirect(endpoint if endpoint.startswith("/") else url_for(endpoint, **values), 303)


def is_part() -> bool:
    return request.headers.get("HX-Request-Type") == "partial"


def wanted_block(template: str) -> str | None:
    if not is_part():
        return None
    name = request.headers.get("HX-Target", "").rpartition("#")[2].replace("-", "_")
    return name if name in current_app.jinja_env.get_template(template).blocks else None


def render_block(template: str, name: str, ctx: dict[str, Any]) -> str:
    found = current_app.jinja_env.get_template(template)
    current_app.update_template_context(ctx)
    return "".join(found.blocks[name](found.new_context(ctx)))


def safe_next(target: str | None, fallback: str) -> str:
    """`target` when it is a plain path on this site, else `fallback`: no other host, no scheme, no control characters."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable() and "\\" not in target:
        return target
    return fallback


def absolute(endpoint: str, **values: Any) -> str:
    """The full address of an endpoint, or of a path of ours, for letters and webhooks; from the base_url setting, never the Host header."""
    base: str = current_app.config["SETTINGS"].base_url
    if endpoint.startswith("/"):
        return base.rstrip("/") + endpoint
    with current_app.test_request_context(base_url=base):
        return base.rstrip("/") + url_for(endpoint, **values)


def url_if(endpoint: str, **values: Any) -> str | None:
    """The address of an endpoint when its slice is mounted, else None: no link leads nowhere."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def attributes(given: Mapping[str, Any]) -> Markup:
    """Template filter: HTML attributes from a mapping, with a blank in front. True stands alone, False and None are left out."""
    pairs = ((name, value) for name, value in given.items() if value is not None and value is not False)
    return Markup("").join(Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, value) for name, value in pairs)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(url_if=url_if)
    app.jinja_env.filters["attributes"] = attributes
    if "ui.html" in app.jinja_env.list_templates():
        app.jinja_env.globals["ui"] = app.jinja_env.get_template("ui.html", globals=app.jinja_env.globals).module
