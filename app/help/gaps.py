"""The gap board: unanswered questions gathered into heaps by the rare words they share. No model, no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import log

from app.help.models.asked import Asked
from app.lib.search.words import stems

ALIKE = 0.34


@dataclass
class Gap:
    """Questions that seem to be one: how often, from where, the words they share, the newest wording first."""

    questions: list[Asked] = field(default_factory=list)
    terms: Counter[str] = field(default_factory=Counter)

    @property
    def title(self) -> str:
        """The wording that was used most."""
        return Counter(one.words.lower() for one in self.questions).most_common(1)[0][0]

    @property
    def count(self) -> int:
        return len(self.questions)

    @property
    def sources(self) -> list[tuple[str, int]]:
        return Counter(one.source for one in self.questions).most_common()

    @property
    def last_at(self) -> datetime:
        return max(one.created_at for one in self.questions)

    @property
    def wordings(self) -> list[str]:
        return list(dict.fromkeys(one.words for one in self.questions))[:5]


def gaps(asked: Iterable[Asked]) -> list[Gap]:
    """Greedy gathering, most frequent first: a question joins the heap with which it shares enough rarity."""
    rows = [(one, set(stems(one.words))) for one in asked]
    frequency = Counter(term for _, terms in rows for term in terms)
    rarity = {term: log(1 + len(rows) / count) for term, count in frequency.items()}
    heaps: list[Gap] = []
    by_term: dict[str, list[Gap]] = {}
    for one, terms in rows:
        heap = nearest(terms, by_term, rarity)
        if heap is None:
            heap = Gap()
            heaps.append(heap)
        heap.questions.append(one)
        for term in terms - heap.terms.keys():
            by_term.setdefault(term, []).append(heap)
        heap.terms.update(terms)
    return sorted(heaps, key=lambda heap: (-heap.count, -heap.last_at.timestamp()))


def nearest(terms: set[str], by_term: dict[str, list[Gap]], rarity: dict[str, float]) -> Gap | None:
    near = {id(heap): heap for term in terms for heap in by_term.get(term, ())}
    best, most = None, ALIKE
    for heap in near.values():
        shared = sum(rarity[term] for term in terms & heap.terms.keys())
        both = sum(rarity[term] for term in terms | {term for term, count in heap.terms.items() if count * 2 >= heap.count})
        if both and shared / both >= most:
            best, most = heap, shared / both
    return best
