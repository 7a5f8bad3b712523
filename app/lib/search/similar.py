"""Documents near a document: by its most telling words, for "related" lists made at index time."""

from __future__ import annotations

from collections import Counter
from heapq import nlargest
from itertools import islice
from operator import itemgetter

from app.lib.search.index import Index
from app.lib.search.rank import Require
from app.lib.search.view import View
from app.lib.search.words import stems

TELLING = 12
LOOK_AT = 20_000
TITLE_WORTH = 4
WORTH_A_LOOK = 60


def similar(index: Index, key: str, title: str, text: str, *, limit: int = 5, require: Require | None = None) -> list[str]:
    """Keys of up to `limit` documents that share the most telling words with this title and text, nearest first.

    Words that stand in more than three of a hundred documents tell nothing and cost time: about a millisecond in all.
    """
    view = index.view
    scores: dict[tuple[int, int], float] = {}
    for term, worth in telling(view, title, text):
        for number, segment, dead in view.each():
            documents, weights, _ = segment.postings(term)
            for document, weight in zip(documents, weights, strict=True):
                if document not in dead:
                    scores[number, document] = scores.get((number, document), 0.0) + worth * weight
    best = nlargest(4 * limit, scores.items(), key=itemgetter(1))
    found = (view.segments[number].document(document) for (number, document), _ in best)
    fitting = (str(one["key"]) for one in found if one["key"] != key and fits(one["facets"], require or {}))
    return list(islice(fitting, limit))


def fits(facets: dict[str, list[str]], require: Require) -> bool:
    return all(set(values) & set(facets.get(name, ())) for name, values in require.items())


def telling(view: View, title: str, text: str) -> list[tuple[str, float]]:
    """The stems that say most about the document, with their rarity."""
    counts = Counter(stems(text[:LOOK_AT]))
    for term in stems(title):
        counts[term] += TITLE_WORTH
    most = max(20, view.count * 3 // 100)
    frequent = (term for term, _ in counts.most_common(WORTH_A_LOOK))
    rare = {term: view.rarity(found) for term in frequent if 1 < (found := view.frequency(term)) <= most}
    best = nlargest(TELLING, rare, key=lambda term: counts[term] / (counts[term] + 2) * rare[term])
    return [(term, rare[term]) for term in best]
