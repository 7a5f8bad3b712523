"""Rules over all articles at once: titles, reviews, owners, orphans, aliases."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from app.help.catalog import Catalog
from app.help.links import find_article, inside
from app.help.lint.links import LINK
from app.help.lint.sheet import ADVICE, ERROR, Finding
from app.help.models.articles import Article
from app.help.places import OWN
from app.lib import clock, content
from app.lib.content import Problem

LINE = re.compile(r"^(\w+):", re.M)


def findings(catalog: Catalog) -> Iterator[Finding]:
    ours = [article for article in catalog.articles if article.mount == OWN and article.status != "archived"]
    yield from same_titles(catalog)
    yield from categories(catalog, ours)
    yield from aliases(catalog, ours)
    yield from reviews(ours)
    yield from orphans(catalog, ours)


def at(article: Article, message: str, kind: str, key: str = "") -> Finding:
    document = article.source() if key else None
    return kind, Problem(content.shown(Path(article.file)), document.line_of(key) if document else 1, message)


def same_titles(catalog: Catalog) -> Iterator[Finding]:
    by_title: dict[str, list[Article]] = defaultdict(list)
    for article in catalog.articles:
        by_title[article.title.casefold()].append(article)
    for first, *others in by_title.values():
        for other in others:
            yield at(other, f"“{other.title}” is also the title of {first.path}.", ERROR if other.mount == OWN else ADVICE, "title")


def categories(catalog: Catalog, ours: list[Article]) -> Iterator[Finding]:
    listed = {category.slug for category in catalog.categories if category.order < 1000}
    for article in ours:
        if listed and article.category not in listed:
            yield at(article, f"`{article.category}` is no category of categories.toml.", ERROR, "category")


def aliases(catalog: Catalog, ours: list[Article]) -> Iterator[Finding]:
    taken: dict[str, Article] = {}
    for article in ours:
        for alias in article.aliases:
            address = alias.strip("/").removeprefix("help/")
            shelf, _, slug = address.partition("/")
            living = catalog.by_address.get((shelf, slug))
            if living or address in taken:
                other = living or taken[address]
                yield at(article, f"The alias {alias} belongs to {other.path}.", ERROR, "aliases")
            taken[address] = article


def reviews(ours: list[Article]) -> Iterator[Finding]:
    today = clock.now().date()
    for article in ours:
        if article.review_by and article.review_by < today:
            yield at(article, f"The review was due on {article.review_by} ({article.owner}).", ADVICE, "review_by")


def orphans(catalog: Catalog, ours: list[Article]) -> Iterator[Finding]:
    """Articles that no other article leads to."""
    reached = {name for article in ours for name in article.related}
    for article in ours:
        document = article.source()
        for _, bracketed, plain in LINK.findall(document.body) if document else ():
            target = find_article(inside(article.path, (bracketed or plain).partition("#")[0]), catalog)
            if target and target.id != article.id:
                reached.add(target.id)
    for article in ours:
        if article.id not in reached and article.status == "published":
            yield at(article, "No other article leads here.", ADVICE)
