"""Fields: front matter and TOML taken apart with types and checks, each complaint with its file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from app.lib.content import Document, Problem

LARGEST = 10**12  # ten thousand million, in minor units: beyond it somebody slipped


@dataclass
class Fields:
    """Reads one mapping of `document`, and remembers what was wrong or never asked for. Never raises: a wrong value gives the default."""

    document: Document
    values: Mapping[str, Any]
    prefix: str = ""
    problems: list[Problem] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, document: Document) -> Fields:
        return cls(document, document.meta)

    def text(self, key: str, default: str | None = None) -> str:
        """Words on one line. Without `default` the key must be there."""
        value = self.take(key, default)
        if value is None:
            return ""
        if isinstance(value, (dict, list)):
            self.complain(key, "should be words")
            return default or ""
        return str(value).strip()

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        value, allowed = self.text(key, default), tuple(allowed)
        if value and value not in allowed:
            self.complain(key, f"is {value!r}; it may be {', '.join(allowed)}")
            return default or ""
        return value

    def number(self, key: str, default: int | None = None, least: int = 0) -> int:
        value = self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            if value is not None:
                self.complain(key, f"should be a whole number of at least {least}")
            return default or 0
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.take(key, default)
        if not isinstance(value, bool):
            self.complain(key, "should be true or false")
            return default
        return value

    def cents(self, key: str, default: int | None = None) -> int:
        """Money written as 2400, 2400.50 or "2,400.50", given as minor units."""
        value = self.take(key, None if default is None else Decimal(default) / 100)
        try:
            amount = Decimal(str(value).replace(",", "").replace("_", "")) * 100
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or not 0 <= amount <= LARGEST or amount != amount.to_integral_value():
            if value is not None:
                self.complain(key, "should be an amount such as 2400 or 2400.50")
            return default or 0
        return int(amount)

    def day(self, key: str, default: date | None = None) -> date | None:
        value = self.take(key, default)
        if value is not None and not isinstance(value, date):
            self.complain(key, "should be a date such as 2026-11-21")
            return default
        return value

    def words(self, key: str, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """A list of words; one word alone counts as a list of one."""
        value = self.take(key, default)
        listed = [value] if isinstance(value, (str, int)) else value
        if not isinstance(listed, (list, tuple)) or any(isinstance(item, (dict, list)) for item in listed):
            if value is not None:
                self.complain(key, "should be a list of words")
            return default or ()
        return tuple(str(item).strip() for item in listed)

    def rows(self, key: str) -> list[Fields]:
        """A list of mappings, each to be read by Fields of its own that share this one's problems."""
        value = self.take(key, [])
        if not isinstance(value, list) or any(not isinstance(row, dict) for row in value):
            self.complain(key, "should be a list of entries with names and values")
            return []
        return [Fields(self.document, row, f"{self.prefix}{key}[{n}].", self.problems) for n, row in enumerate(value, 1)]

    def part(self, key: str) -> Fields:
        """A mapping inside this one; empty when it is missing."""
        value = self.take(key, {})
        if not isinstance(value, dict):
            self.complain(key, "should hold names and values")
            value = {}
        return Fields(self.document, value, f"{self.prefix}{key}.", self.problems)

    def take(self, key: str, default: Any) -> Any:
        self.asked.add(key)
        value = self.values.get(key)
        if value is None:
            if default is None:
                self.complain(key, "is missing")
            return default
        return value

    def complain(self, key: str, message: str) -> None:
        self.problems.append(self.document.problem(f"{self.prefix}{key} {message}.", key))

    def done(self) -> list[Problem]:
        """All complaints so far, with one for each key nobody asked for (a slip of the pen, most often)."""
        for key in self.values:
            if key not in self.asked:
                self.complain(str(key), "is not known here")
        return self.problems
