"""Slots: places in the shared layouts that slices fill, so that no layout knows a slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, has_request_context, request
from markupsafe import Markup

Context = Callable[[], dict[str, Any] | None]
KEPT = "frontdesk.everywhere"
_filled: dict[str, dict[str, tuple[int, Context]]] = {}


def nothing_more() -> dict[str, Any]:
    return {}


def fill(slot: str, template: str, context: Context | None = None, order: int = 100) -> None:
    """Show the partial `template` in `slot`, sorted by `order`. `context` gives its variables; None from it leaves it out."""
    _filled.setdefault(slot, {})[template] = (order, context or nothing_more)


def slot(name: str, **given: Any) -> Markup:
    """Template global: everything that fills the slot, rendered in order. `given` reaches each partial."""
    entries = sorted(((o, t, c) for t, (o, c) in _filled.get(name, {}).items()), key=lambda entry: entry[:2])
    return Markup("").join(rendered(template, context, given) for _, template, context in entries)


def rendered(template: str, context: Context, given: dict[str, Any]) -> Markup:
    own = context()
    if own is None:
        return Markup("")
    found = current_app.jinja_env.get_template(template)
    return Markup(found.render({**everywhere(), **given, **own}))  # noqa: S704 - our own partial


def everywhere() -> dict[str, Any]:
    """What every template of this request sees, gathered once: a page of the desk fills some twenty slots."""
    kept: dict[str, Any] = request.environ if has_request_context() else {}
    if KEPT not in kept:
        kept[KEPT] = {}
        current_app.update_template_context(kept[KEPT])
    seen: dict[str, Any] = kept[KEPT]
    return seen


def filled() -> dict[str, list[str]]:
    return {name: sorted(entries) for name, entries in _filled.items()}


def init_app(app: Flask) -> None:
    app.jinja_env.globals["slot"] = slot
