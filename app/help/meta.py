"""Front matter: every key an article may have, its shape, and what is said when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from app.help.models.articles import AUDIENCES, LEVELS, STATES
from app.lib.content import Document, Problem

ID = re.compile(r"[a-z0-9][a-z0-9-]{2,79}")
REQUIRED = ("id", "title", "description", "owner", "review_by")
LONGEST_TITLE, LONGEST_DESCRIPTION = 70, 160
US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass
class Reader:
    """Reads one document's front matter, key by key, collecting what is wrong. `strict` is off for mounted trees; `owner`
    is who looks after the file when it does not say."""

    document: Document
    strict: bool = True
    owner: str = ""
    problems: list[Problem] = field(default_factory=list)

    def complain(self, key: str, message: str) -> None:
        self.problems.append(self.document.problem(message, key))

    def words(self, key: str, default: str = "") -> str:
        """A single line of text; numbers and dates count as text."""
        value = self.document.meta.get(key, default)
        if value is None or isinstance(value, (list, dict)):
            if self.strict and value is not None:
                self.complain(key, f"`{key}` must be one line of words.")
            return default
        return " ".join(str(value).split())

    def one_of(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.words(key, default)
        if value in allowed or not value:
            return value or default
        if self.strict:
            self.complain(key, f"`{key}: {value}` is not known; use {', '.join(allowed)}.")
        return default

    def many(self, key: str) -> tuple[str, ...]:
        """A list of words; one word counts as a list of one."""
        value = self.document.meta.get(key)
        if value is None:
            return ()
        if isinstance(value, dict):
            if self.strict:
                self.complain(key, f"`{key}` must be a list.")
            return ()
        items = value if isinstance(value, list) else [value]
        return tuple(" ".join(str(item).split()) for item in items if item is not None and not isinstance(item, (list, dict)))

    def day(self, key: str) -> date | None:
        value = self.document.meta.get(key)
        if isinstance(value, datetime):
            return value.date()
        if value is None or isinstance(value, date):
            return value
        found = US_DATE.fullmatch(str(value))
        try:
            return date(int(found[3]), int(found[1]), int(found[2])) if found else date.fromisoformat(str(value))
        except ValueError:
            self.complain(key, f"`{key}: {value}` is not a date; write it like 2026-01-31.")
            return None

    def switch(self, key: str) -> bool:
        value = self.document.meta.get(key, False)
        if not isinstance(value, bool) and self.strict:
            self.complain(key, f"`{key}` must be true or false.")
        return value is True

    def number(self, key: str, default: float, least: float, most: float) -> float:
        value = self.document.meta.get(key, default)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        if self.strict:
            self.complain(key, f"`{key}` must be a number from {least:g} to {most:g}.")
        return default

    def table(self, key: str, keys: tuple[str, ...]) -> dict[str, str]:
        """A mapping with these keys, all words, the first one needed; {} when absent or wrong."""
        value = self.document.meta.get(key)
        return self.row(key, value, keys) if value is not None else {}

    def tables(self, key: str, keys: tuple[str, ...]) -> tuple[dict[str, str], ...]:
        value = self.document.meta.get(key)
        rows = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(row for item in rows if (row := self.row(key, item, keys)))

    def row(self, key: str, value: Any, keys: tuple[str, ...]) -> dict[str, str]:
        if not isinstance(value, dict) or not value.get(keys[0]):
            if self.strict:
                self.complain(key, f"`{key}` needs `{keys[0]}`; it may have {', '.join(keys[1:])}.")
            return {}
        return {name: " ".join(str(value[name]).split()) for name in keys if value.get(name) is not None}


def fields(reader: Reader) -> dict[str, Any]:
    """The front matter as keyword arguments of an Article. In a strict document what is missing or unknown is a problem."""
    meta = reader.document.meta
    if reader.strict:
        complain_of_gaps(reader)
        complain_of_strangers(reader)
    return {
        "title": reader.words("title"),
        "description": reader.words("description") or reader.words("summary"),
        "audience": reader.one_of("audience", AUDIENCES, "public") if reader.strict else "public",
        "professions": reader.many("professions"),
        "owner": reader.words("owner", reader.owner),
        "review_by": reader.day("review_by"),
        "status": reader.one_of("status", STATES, "published"),
        "level": reader.one_of("level", LEVELS, ""),
        "order": int(reader.number("order", 1000, 0, 10_000)),
        "pinned": reader.switch("pinned") if "pinned" in meta else False,
        "guide": reader.switch("guide") if "guide" in meta else False,
        "boost": reader.number("boost", 1.0, 0.5, 2.0) if reader.strict else 1.0,
        "aliases": reader.many("aliases"),
        "related": reader.many("related") if reader.strict else (),
        "answers": (*reader.many("answers"), *reader.many("ask")),
        "keywords": (*reader.many("keywords"), *reader.many("tags")),
        "video": reader.table("video", ("src", "captions", "poster", "title", "length")) if reader.strict else {},
        "downloads": reader.tables("downloads", ("file", "title", "note")) if reader.strict else (),
    }


KNOWN = {
    *("id", "title", "description", "summary", "category", "audience", "professions", "owner", "review_by", "status", "level", "order"),
    *("pinned", "guide", "boost", "aliases", "related", "answers", "ask", "keywords", "tags", "video", "downloads", "reviewed_at", "note"),
}
RULES: dict[str, Callable[[str], str | None]] = {
    "title": lambda v: f"The title has {len(v)} characters; {LONGEST_TITLE} is the most." if len(v) > LONGEST_TITLE else None,
    "description": lambda v: (
        f"The description has {len(v)} characters; {LONGEST_DESCRIPTION} is the most." if len(v) > LONGEST_DESCRIPTION else None
    ),
    "id": lambda v: None if ID.fullmatch(v) else "The id must be small letters, digits and hyphens, 3 to 80 of them.",
}


def complain_of_gaps(reader: Reader) -> None:
    for key in REQUIRED:
        value = reader.words(key, reader.owner if key == "owner" else "")
        if not value:
            reader.complain(key, f"`{key}` is missing.")
        elif key in RULES and (words := RULES[key](value)):
            reader.complain(key, words)


def complain_of_strangers(reader: Reader) -> None:
    for key in reader.document.meta:
        if str(key) not in KNOWN:
            close = get_close_matches(str(key), KNOWN, 1)
            reader.complain(str(key), f"`{key}` is not a key we know{f'; did you mean `{close[0]}`?' if close else '.'}")
