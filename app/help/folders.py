"""A large shelf, one folder at a time, as in a file browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.help.models.articles import Article
from app.help.places import OWN


@dataclass(frozen=True)
class Folder:
    """A folder of a shelf: its path in addresses, what it is called on disk, how many articles lie in it and below."""

    path: str
    title: str
    count: int = 0


@dataclass(frozen=True)
class Level:
    """What one folder shows: those above it, the folders in it, the articles right in it."""

    path: str
    above: list[Folder] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)


def opened(articles: list[Article], path: str) -> Level:
    """The folder at `path` ('' for the shelf itself). One that has nothing but a single folder is passed through."""
    inside = [one for one in articles if one.slug.startswith(f"{path}/")] if path else articles
    counts, here = sorted_by_folder(inside, path)
    while not here and len(counts) == 1:
        path = next(iter(counts))
        counts, here = sorted_by_folder(inside, path)
    named = {place: Folder(place, title_of(inside, place), count) for place, count in sorted(counts.items())}
    return Level(path, above(articles, path), list(named.values()), here)


def sorted_by_folder(inside: Iterable[Article], path: str) -> tuple[Counter[str], list[Article]]:
    """How many lie in each folder right below `path`, and the articles that lie in none of them."""
    counts, here = Counter[str](), list[Article]()
    start = len(path) + 1 if path else 0
    for one in inside:
        end = one.slug.find("/", start)
        if end < 0:
            here.append(one)
        else:
            counts[one.slug[:end]] += 1
    return counts, here


def above(articles: list[Article], path: str) -> list[Folder]:
    """The folders on the way to `path`, itself the last."""
    parts = path.split("/") if path else []
    places = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    return [Folder(place, title_of(articles, place)) for place in places]


def title_of(articles: Iterable[Article], path: str) -> str:
    """The folder's own name: addresses have it in small letters and without dots."""
    one = next((one for one in articles if one.slug.startswith(f"{path}/")), None)
    names = one.path.split("/")[2 if one.mount == OWN else 1 : -1] if one else []
    depth = path.count("/")
    return names[depth] if depth < len(names) else path.rpartition("/")[2]
