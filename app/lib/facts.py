"""Facts: typed news that a slice tells upward. One outbox row per listener, written in the teller's transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Select, select

from app.lib import outbox
from app.lib.db import db


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happened. Fields are ids and plain JSON values; subclasses live in `<slice>/events.py` and have a docstring."""


Kind = TypeVar("Kind", bound=Fact)
Wants = Callable[[Any], bool | ColumnElement[bool]] | None

_listeners: dict[type[Fact], dict[str, Wants]] = {}


def on(
    kind: type[Kind], when: Callable[[Kind], bool | ColumnElement[bool]] | None = None
) -> Callable[[Callable[[Kind], None]], Callable[[Kind], None]]:
    """Register the decorated function as a listener of `kind`.

    It is called after the teller's commit with an equal fact, at least once: load rows by their ids and be idempotent. `when` is asked in
    the teller's transaction whether this one is of any interest: a fact that is told often must not write rows for nothing. It changes
    nothing, and may give a small condition (an `exists`) instead of an answer: one statement asks the database those of all listeners.
    The fact's fields are its parameters (`bindparam("conversation_id")`), so that it is made once and not with every fact.
    """

    def register(listener: Callable[[Kind], None]) -> Callable[[Kind], None]:
        name = f"{listener.__module__}:{listener.__qualname__}"
        _listeners.setdefault(kind, {})[name] = when
        outbox.errand(name)(lambda **payload: listener(kind(**payload)))
        return listener

    return register


def tell(fact: Fact) -> None:
    """Write one outbox row for each listener that wants this fact into the current transaction."""
    outbox.all_later(wanting(fact), asdict(fact))


def wanting(fact: Fact) -> list[str]:
    """The names of the listeners that want this fact."""
    said = {name: wants is None or wants(fact) for name, wants in _listeners.get(type(fact), {}).items()}
    asked = {name: condition for name, condition in said.items() if not isinstance(condition, bool)}
    if asked:
        db.session.flush()
        answers = db.session.connection().execute(question(*asked.values()), asdict(fact)).one()
        said.update(zip(asked, answers, strict=True))
    return [name for name, wanted in said.items() if wanted]


@lru_cache(maxsize=256)
def question(*conditions: ColumnElement[bool]) -> Select[Any]:
    return cast("Select[Any]", select(*conditions))


def heard() -> dict[type[Fact], list[str]]:
    """Who hears what: the kinds of facts with the names of their listeners."""
    return {kind: sorted(names) for kind, names in _listeners.items()}
