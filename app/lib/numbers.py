"""Numbers from outside that name a row or a place in a list: what no row can have is no number, on any database."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1  # of an INTEGER in PostgreSQL; SQLite fails beyond 64 bits
DIGITS = 10


class RowNumbers(IntegerConverter):
    """`<int:…>` in an address: 404 for a number that no row can have."""

    def __init__(self, map: Map, **wanted: Any) -> None:
        super().__init__(map, **({"max": LARGEST} | wanted))


def row_number(text: str) -> int:
    """For `type=` of forms and queries. Raises ValueError for what is no number from 0, or one that no row can have."""
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS) or int(text) > LARGEST:
        raise ValueError("That is not the number of a row.")
    return int(text)


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = RowNumbers
