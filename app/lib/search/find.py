"""A search from the typed words to what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from app.lib.search.index import Index
from app.lib.search.plan import plan
from app.lib.search.rank import Candidate, Require, rank, weak
from app.lib.search.snippet import highlight, snippet, wanted_stems

LONGEST_QUERY = 300


@dataclass(frozen=True)
class Hit:
    """One found document. `title` and `snippet` are marked up with `<mark>`; `coverage` is 0 to 1."""

    key: str
    plain_title: str
    url: str
    title: Markup
    snippet: Markup
    summary: str
    score: float
    coverage: float
    facets: Mapping[str, list[str]]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """What a search gave. `shown` is the corrected query ('' when nothing was corrected); `weak` says that even the
    best hit is probably no answer; `total` counts the hits that could be paged through."""

    query: str
    hits: tuple[Hit, ...] = ()
    shown: str = ""
    weak: bool = True
    total: int = 0


def find(index: Index, query: str, *, limit: int = 10, offset: int = 0, require: Require | None = None, correct: bool = True) -> Results:
    """Search. `require` maps a facet to the values of which a hit must have one; `correct=False` takes words as typed.

    Any string is a valid query; an empty one finds nothing. At most 300 characters and 16 words are looked at.
    """
    query = " ".join(query[:LONGEST_QUERY].split())
    view = index.view
    planned = plan(view, query, index.synonyms, correct)
    if not planned.groups:
        return Results(query)
    ranked = rank(view, planned, require or {})
    stems = wanted_stems(planned)
    hits = tuple(_hit(index, one, stems) for one in ranked[offset : offset + limit])
    return Results(query, hits, planned.shown, weak(ranked[0] if ranked else None), len(ranked))


def _hit(index: Index, one: Candidate, stems: frozenset[str]) -> Hit:
    segment = index.view.segments[one.segment]
    kept = segment.document(one.number)
    return Hit(
        key=kept["key"],
        plain_title=kept["title"],
        url=kept["url"],
        title=highlight(kept["title"], stems),
        snippet=snippet(segment.text(one.number), stems),
        summary=kept["summary"],
        score=one.score,
        coverage=one.coverage,
        facets=kept["facets"],
        data=kept["data"],
    )
