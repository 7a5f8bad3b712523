"""Tallies: small numbers that every page of somebody's shows, such as what is unread or waits. One statement reads all of them."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import has_request_context, request
from flask_login import current_user
from sqlalchemy import Integer, Select, bindparam, select

from app.lib.db import db

ME = bindparam("me", type_=Integer)
KEPT = "frontdesk.tallies"
_tallies: dict[str, tuple[str, Select[int]]] = {}


def tally(name: str, of: Select[int], serves: str) -> None:
    """Register the statement of one number under a dotted name. It may use ME, the id of who asks; `serves` is what they must be."""
    _tallies[name] = (serves, of)
    reading.cache_clear()


def tallied(name: str) -> int:
    """The number under this name for who is signed in; 0 where it is not for them. The first asked for in a request reads all."""
    kept: dict[str, Any] = request.environ if has_request_context() else {}
    if KEPT not in kept:
        kept[KEPT] = read() if current_user.is_authenticated else {}
    numbers: dict[str, int] = kept[KEPT]
    return numbers.get(name, 0)


def read() -> dict[str, int]:
    names = tuple(name for name, (serves, _) in _tallies.items() if current_user.may(serves))
    if not names:
        return {}
    db.session.flush()  # what this request has just changed counts
    row = db.session.connection().execute(reading(names), {"me": current_user.id}).one()
    return {name: number or 0 for name, number in zip(names, row, strict=True)}


@cache
def reading(names: tuple[str, ...]) -> Any:
    return select(*(_tallies[name][1].scalar_subquery() for name in names))
