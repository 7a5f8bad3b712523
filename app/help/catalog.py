"""The catalogue: everything the help center has, as one value; written to a file once, read by every worker.

It holds no article text: pages read that from the render cache, passages from the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from app.help.models.articles import Article, Category, Change, Faq, Topic, plain_value
from app.lib.content import Problem
from app.lib.search.segment import write

FORMAT = 4
MOST_NEAR = 3
Kind = TypeVar("Kind")


@dataclass
class Catalog:
    """`stamps` remembers the files it was made from, `heads` the git commits; `also` the computed neighbours: ids of articles
    by an article's id, ids of questions by `faq:` and a question's id."""

    articles: list[Article] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    faqs: list[Faq] = field(default_factory=list)
    also: dict[str, list[str]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    stamps: dict[str, tuple[int, int]] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    version: str = ""

    @cached_property
    def by_id(self) -> dict[str, Article]:
        return {article.id: article for article in self.articles}

    @cached_property
    def by_address(self) -> dict[tuple[str, str], Article]:
        return {(article.category, article.slug): article for article in self.articles}

    @cached_property
    def by_path(self) -> dict[str, Article]:
        return {article.path: article for article in self.articles}

    @cached_property
    def by_category(self) -> dict[str, list[Article]]:
        """Published articles of each category in reading order."""
        shelves: dict[str, list[Article]] = {category.slug: [] for category in self.categories}
        for article in self.articles:
            if article.status == "published":
                shelves.setdefault(article.category, []).append(article)
        return shelves

    @cached_property
    def faq_by_id(self) -> dict[str, Faq]:
        return {faq.id: faq for faq in self.faqs}

    def subject(self, name: str) -> Article | Faq | None:
        """What readers speak about: an article by its id, or a question by `faq:` and its id."""
        return self.by_id.get(name) or self.faq_by_id.get(name.removeprefix("faq:"))

    def category(self, slug: str) -> Category | None:
        return next((category for category in self.categories if category.slug == slug), None)

    def related(self, article: Article) -> list[Article]:
        """What the editors name, then what the index found near it: five at most, published ones only."""
        ids = dict.fromkeys([*article.related, *self.also.get(article.id, [])])
        found = (self.by_id.get(name) for name in ids)
        return [one for one in found if one and one.is_public and one.id != article.id][:5]

    def near(self, faq: Faq) -> list[Article | Faq]:
        """What the editors put beside a question, then questions that the index found near it: public ones only."""
        named: list[Article | Faq | None] = [self.by_id.get(name) or self.faq_by_id.get(name) for name in faq.related]
        named += [self.faq_by_id.get(name) for name in self.also.get(f"faq:{faq.id}", [])[:MOST_NEAR]]
        found = [one for one in named if one is not None and one is not faq and is_public(one)]
        return list({(type(one), one.id): one for one in found}.values())

    def neighbours(self, article: Article) -> tuple[Article | None, Article | None]:
        """The public article before and after this one on its shelf."""
        shelf, at = self.by_category.get(article.category, []), self._places.get(article.id)
        if at is None:
            return None, None
        return next((one for one in reversed(shelf[:at]) if one.is_public), None), next(
            (one for one in shelf[at + 1 :] if one.is_public), None
        )

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where each published article stands on its shelf, by id."""
        return {article.id: place for shelf in self.by_category.values() for place, article in enumerate(shelf)}

    def save(self, path: Path) -> None:
        """Write the catalogue all at once."""
        words = {item.name: [asdict(one) for one in getattr(self, item.name)] for item in fields(self) if item.name in LISTS}
        rest = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in LISTS}
        write(path, json.dumps({"format": FORMAT, **rest, **words}, default=plain_value).encode())

    @classmethod
    def load(cls, path: Path) -> Catalog:
        """The saved catalogue; an empty one when there is none or it is of another format."""
        try:
            raw = json.loads(path.read_bytes())
            if raw.pop("format") != FORMAT:
                return cls()
            made: dict[str, Any] = {name: [build(row) for row in raw.pop(name)] for name, build in LISTS.items()}
            raw["stamps"] = {name: tuple(stamp) for name, stamp in raw["stamps"].items()}
            return cls(**raw, **made)
        except (OSError, ValueError, KeyError, TypeError):
            return cls()


def article_of(row: dict[str, Any]) -> Article:
    row = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    row["review_by"] = date.fromisoformat(row["review_by"]) if row["review_by"] else None
    row["headings"] = tuple((level, anchor, title) for level, anchor, title in row["headings"])
    row["changes"] = tuple(change_of(change) for change in row["changes"])
    return Article(**row)


def change_of(row: dict[str, Any]) -> Change:
    return Change(datetime.fromisoformat(row["at"]), row["author"], row["subject"], tuple(row["approved_by"]))


def faq_of(row: dict[str, Any]) -> Faq:
    made: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Faq(**made)


LISTS: dict[str, Any] = {
    "articles": article_of,
    "categories": lambda row: Category(**row),
    "topics": lambda row: Topic(**row),
    "faqs": faq_of,
    "problems": lambda row: Problem(**row),
}


def is_public(one: Article | Faq) -> bool:
    return one.is_public if isinstance(one, Article) else one.audience == "public"


def public(items: Iterable[Article]) -> list[Article]:
    return [article for article in items if article.is_public]
