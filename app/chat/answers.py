"""Articles that may answer it already: three for the page somebody comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from app.accounts.models import Person
from app.chat.greetings import Place
from app.help import library

FEW = 3


@dataclass(frozen=True)
class Suggested:
    """An article by its title and address."""

    title: str
    href: str


def articles_for(place: Place, person: Person | None) -> list[Suggested]:
    """What the search finds for the page's title, then what editors pinned; never the page itself."""
    found = {one.href: one for one in reversed([*islice(candidates(place, person), 12)]) if one.href != place.page}
    return list(reversed(found.values()))[:FEW]


def candidates(place: Place, person: Person | None) -> Iterator[Suggested]:
    results = library.find(query_for(place), person=person, kinds=("article",), limit=FEW + 1)
    yield from (Suggested(hit.plain_title, hit.url) for hit in results.hits if not results.weak)
    public = sorted(library.articles(), key=lambda article: (not article.pinned, article.order))
    yield from (Suggested(article.title, article.url) for article in public)


def query_for(place: Place) -> str:
    """The title, else the words of the path; nothing for the home page, whose title would find everything."""
    if place.page == "/":
        return ""
    return place.title or " ".join(re.findall(r"[a-z]{3,}", place.page.lower()))
