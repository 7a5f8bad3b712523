"""Slots: places in the shared layouts that slices fill, so that no layout knows a slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from flask import Flask, current_app, has_request_context, request
from jinja2 import Environment
from markupsafe import Markup

Context = Callable[[], dict[str, Any] | None]
KEPT = "frontdesk.everywhere"


class Filling(NamedTuple):
    """One partial of a slot."""

    order: int
    template: str
    context: Context
    kept: bool


_filled: dict[str, dict[str, Filling]] = {}


def nothing_more() -> dict[str, Any]:
    return {}


def fill(slot: str, template: str, context: Context | None = None, order: int = 100, *, kept: bool = False) -> None:
    """Show the partial `template` in `slot`, sorted by `order`. `context` gives its variables; None from it leaves it out.

    `kept` says that the partial shows nothing but its own context (plain values) and to which endpoint the page belongs, and nothing of
    anybody else's page: then what was drawn once is shown again.
    """
    _filled.setdefault(slot, {})[template] = Filling(order, template, context or nothing_more, kept)


def slot(name: str, **given: Any) -> Markup:
    """Template global: everything that fills the slot, rendered in order. `given` reaches each partial."""
    if given or current_app.debug or not has_request_context():
        return Markup("").join(drawn(filling, {**given, **own}) for filling, own in shown(name))
    place = (request.endpoint, request.script_root)
    return Markup("").join(
        once_drawn(current_app.jinja_env, filling, place, tuple(own.items())) if filling.kept else drawn(filling, own)
        for filling, own in shown(name)
    )


def shown(name: str) -> Iterator[tuple[Filling, dict[str, Any]]]:
    """The partials of a slot that are not left out now, in their order, each with its context."""
    for filling in sorted(_filled.get(name, {}).values(), key=lambda filling: filling[:2]):
        own = filling.context()
        if own is not None:
            yield filling, own


def drawn(filling: Filling, own: dict[str, Any]) -> Markup:
    return Markup(current_app.jinja_env.get_template(filling.template).render({**everywhere(), **own}))  # noqa: S704 - our own partial


@lru_cache(maxsize=4096)
def once_drawn(_env: Environment, filling: Filling, _place: tuple[str | None, str], own: tuple[tuple[str, Any], ...]) -> Markup:
    return drawn(filling, dict(own))


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
