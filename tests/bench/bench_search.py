"""The search over a large foreign tree of markdown: index, one article again, queries with and without a slip, suggestions."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from flask import current_app

from app.help.catalog import Catalog
from app.help.compile import compiled
from app.lib.search import Index, find, suggest
from app.lib.search.evaluate import mistyped
from tests.bench.load import site
from tests.bench.table import Row, at_least, at_most

ARTICLES, QUERIES = 2400, 300
SYLLABLES = [first + second for first in "bcdfghklmnprstvw" for second in ("a", "e", "i", "o", "u", "an", "er", "il", "ot")]


def run() -> list[Row]:
    dice = random.Random(11)
    words = ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(9000)]
    with site().app.app_context(), tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        titles = write_tree(folder / "tree", words, dice)
        settings = current_app.config["SETTINGS"]
        (folder / "content" / "help").mkdir(parents=True)
        current_app.config["SETTINGS"] = replace(settings, content_dir=str(folder / "content"), help_mounts=str(folder / "tree"))
        try:
            return [*indexed(folder, titles), *asked(Index(folder / "index"), titles, dice)]
        finally:
            current_app.config["SETTINGS"] = settings


def write_tree(folder: Path, words: list[str], dice: random.Random) -> list[str]:
    """Articles whose words are as unevenly spread as in a language; gives their titles."""
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    titles = []
    for number in range(ARTICLES):
        titles.append(" ".join(dice.choices(words[200:], k=4)))
        body = "\n\n".join(" ".join(dice.choices(words, weights, k=60)).capitalize() + "." for _ in range(6))
        path = folder / f"shelf-{number % 20}" / f"article-{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\ntitle: {titles[-1]}\n---\n\n{body}\n")
    return titles


def indexed(folder: Path, titles: list[str]) -> list[Row]:
    index = Index(folder / "index")
    begun = perf_counter()
    catalog = compiled(Catalog(), index, with_git=False, with_related=False)
    whole = perf_counter() - begun
    Path(catalog.articles[0].file).write_text(f"---\ntitle: {titles[0]} again\n---\n\nOther words.\n")
    begun = perf_counter()
    compiled(catalog, index, with_git=False, with_related=False)
    again = perf_counter() - begun
    return [
        at_least("articles mounted from a foreign tree", len(catalog.articles), "", ARTICLES),
        at_most("whole index", whole, "s", 15),
        at_most("one changed article, against the whole index", 100 * again / whole, "%", 20),
    ]


def asked(index: Index, titles: list[str], dice: random.Random) -> list[Row]:
    queries = dice.sample(titles[1:], QUERIES)
    clean = [timed(lambda query=query: find(index, query)) for query in queries]
    slipped = [timed(lambda query=query: find(index, mistyped_once(query, dice))) for query in queries]
    suggested = [timed(lambda query=query: suggest(index, query[: dice.randint(3, 9)])) for query in queries]
    first = sum(bool(hits := find(index, query, limit=1).hits) and hits[0].plain_title == query for query in queries)
    return [
        at_least("title asked, first hit is the article", 100 * first / QUERIES, "%", 95),
        at_most("query, p50", median(clean), "ms", 15),
        at_most("query with a slip, p50", median(slipped), "ms", 15),
        at_most("suggestion, p95", quantiles(suggested, n=20)[-1], "ms", 10),
    ]


def mistyped_once(query: str, dice: random.Random) -> str:
    return mistyped(query, 1, dice)


def timed(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    begun = perf_counter()
    call()
    return (perf_counter() - begun) * 1000
