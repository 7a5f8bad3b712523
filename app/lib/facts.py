"""Facts: typed news that a slice tells upward. One outbox row per listener, written in the teller's transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from app.lib import outbox


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happened. Fields are ids and plain JSON values; subclasses live in `<slice>/events.py` and have a docstring."""


Kind = TypeVar("Kind", bound=Fact)
Listener = Callable[[Any], None]

_listeners: dict[type[Fact], dict[str, Listener]] = {}


def on(kind: type[Kind]) -> Callable[[Callable[[Kind], None]], Callable[[Kind], None]]:
    """Register the decorated function as a listener of `kind`.

    It is called after the teller's commit with an equal fact, at least once: load rows by their ids and be idempotent.
    """

    def register(listener: Callable[[Kind], None]) -> Callable[[Kind], None]:
        name = f"{listener.__module__}:{listener.__qualname__}"
        _listeners.setdefault(kind, {})[name] = listener
        outbox.errand(name)(lambda **payload: listener(kind(**payload)))
        return listener

    return register


def tell(fact: Fact) -> None:
    """Write one outbox row for each listener of this kind of fact into the current transaction."""
    for name in _listeners.get(type(fact), {}):
        outbox.later(name, **asdict(fact))


def heard() -> dict[type[Fact], list[str]]:
    """Who hears what: the kinds of facts with the names of their listeners."""
    return {kind: sorted(names) for kind, names in _listeners.items()}
