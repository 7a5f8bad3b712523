"""The scoring of the whole site: BM25F over all documents, then a second look at the best by coverage.

score = bm25 / best bm25 + 0.8 x coverage + the best of its title and of the questions it answers (these x 0.9):
2.0 x coverage of the line + 0.3 x precision + 0.3 in order; all times the document's boost. Coverage is the share of the
query's rarity that is met.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest
from operator import itemgetter

from app.lib.search.plan import Group, Plan, Variant
from app.lib.search.segment import BODY, KEYWORD, QUESTION, TITLE, Segment
from app.lib.search.view import View

POOL = 60
ASKED = TITLE | QUESTION | KEYWORD
WEIGHTS = {"title": 2.0, "precision": 0.3, "order": 0.3, "coverage": 0.8}
LATER = 0.9
WEAK_COVERAGE, WEAK_TITLE = 0.75, 0.3
Require = Mapping[str, Iterable[str]]
Wanted = tuple[float, dict[int, float]]


@dataclass
class Candidate:
    """One document on its way to the result: BM25F weight, then shares of the query met (0 to 1), then the score."""

    segment: int
    number: int
    weight: float
    coverage: float = 0.0
    title: float = 0.0
    asked: float = 0.0
    score: float = 0.0


@dataclass
class Found:
    """What one segment has for one group: the best weight by document, and the lists of its variants to look into."""

    weights: dict[int, float]
    variants: list[tuple[float, array[int], array[int]]]

    def met(self, document: int) -> tuple[float, float, float]:
        """The worth of the best variant that the document has anywhere, in its title, in its title or questions."""
        anywhere = title = asked = 0.0
        for worth, documents, flags in self.variants:
            at = bisect_left(documents, document)
            if at < len(documents) and documents[at] == document:
                anywhere = max(anywhere, worth)
                title = max(title, worth) if flags[at] & TITLE else title
                asked = max(asked, worth) if flags[at] & ASKED else asked
        return anywhere, title, asked


def rank(view: View, plan: Plan, require: Require) -> list[Candidate]:
    """The candidates, best first: at most 2 x POOL for each segment."""
    pools = [pool(number, segment, dead, plan, require) for number, segment, dead in view.each()]
    top = max((one.weight for _, candidates in pools for one in candidates), default=1.0) or 1.0
    for (found, candidates), segment in zip(pools, view.segments, strict=True):
        wanted = plan.wanted(segment)
        for one in candidates:
            judge(one, found, segment, wanted, top)
    return sorted((one for _, candidates in pools for one in candidates), key=lambda one: -one.score)


def pool(number: int, segment: Segment, dead: frozenset[int], plan: Plan, require: Require) -> tuple[list[Found], list[Candidate]]:
    """The best by BM25F among all that meet any group, and the best among those that meet every group."""
    lists = [found_by(segment, group) for group in plan.groups]
    total: dict[int, float] = {}
    for group, found in zip(plan.groups, lists, strict=True):
        rarity, get = group.rarity, total.get
        for document, weight in found.weights.items():
            total[document] = get(document, 0.0) + rarity * weight
    allowed = permitted(segment, require)
    if dead or allowed is not None:
        total = {d: w for d, w in total.items() if d not in dead and (allowed is None or d in allowed)}
    best = dict(nlargest(POOL, total.items(), key=itemgetter(1)))
    best.update(nlargest(POOL, ((d, total[d]) for d in common(lists) if d in total), key=itemgetter(1)))
    return lists, [Candidate(number, document, weight) for document, weight in best.items()]


def found_by(segment: Segment, group: Group) -> Found:
    """The postings of a group: for each document the best of its variants."""
    made = Found({}, [])
    for variant in group.variants:
        documents, weights, flags = postings(segment, variant)
        if variant.worth != 1:
            weights = array("f", [weight * variant.worth for weight in weights])
        if made.weights:
            get = made.weights.get
            made.weights.update((d, w) for d, w in zip(documents, weights, strict=True) if w > get(d, 0.0))
        else:
            made.weights = dict(zip(documents, weights, strict=True))
        made.variants.append((variant.worth, documents, flags))
    return made


def postings(segment: Segment, variant: Variant) -> tuple[array[int], array[float], array[int]]:
    """Documents that have all stems of the variant, with the least weight and the fields they share."""
    first, *more = (segment.postings(term) for term in variant.stems)
    for documents, weights, flags in more:
        other = {d: (w, f) for d, w, f in zip(documents, weights, flags, strict=True)}
        shared = [(d, min(w, other[d][0]), f & other[d][1] or BODY) for d, w, f in zip(*first, strict=True) if d in other]
        first = (array("I", (d for d, _, _ in shared)), array("f", (w for _, w, _ in shared)), array("B", (f for _, _, f in shared)))
    return first


def common(lists: list[Found]) -> set[int]:
    """Documents that meet every group that anything meets."""
    sets = sorted((found.weights.keys() for found in lists if found.weights), key=len)
    return set(sets[0]).intersection(*sets[1:]) if sets else set()


def permitted(segment: Segment, require: Require) -> frozenset[int] | None:
    """The documents with one of the wanted values for every required facet; None when nothing is required."""
    allowed: frozenset[int] | None = None
    for name, values in require.items():
        having = frozenset().union(*(segment.facets.get(f"{name}:{value}", frozenset()) for value in values))
        allowed = having if allowed is None else allowed & having
    return allowed


def judge(one: Candidate, lists: list[Found], segment: Segment, wanted: list[Wanted], top: float) -> None:
    """Give a candidate its coverage, title coverage and final score."""
    whole = sum(rarity for rarity, _ in wanted) or 1.0
    for (rarity, _), found in zip(wanted, lists, strict=True):
        share = rarity / whole
        anywhere, title, asked = found.met(one.number)
        one.coverage += share * anywhere
        one.title += share * title
        one.asked += share * asked
    score = one.weight / top + WEIGHTS["coverage"] * one.coverage
    if one.asked:
        score += max(fit(line, wanted, whole) * (LATER if place else 1) for place, line in enumerate(segment.lines(one.number)))
    one.score = score * float(segment.boosts[one.number])


def fit(line: list[int], wanted: list[Wanted], whole: float) -> float:
    """How well a title or question fits: what share of the query it meets, how much of it was asked for, in order or not."""
    met, last, matched = 0.0, -1, 0
    rising, places = True, 0
    for rarity, worths in wanted:
        at = [place for place, term in enumerate(line) if term in worths]
        if at:
            met += rarity * max(worths[line[place]] for place in at)
            matched += len(at)
            rising, last, places = rising and at[0] > last, at[0], places + 1
    precision = min(matched / len(line), 1.0) if line else 0.0
    return WEIGHTS["title"] * met / whole + WEIGHTS["precision"] * precision + WEIGHTS["order"] * (rising and places > 1)


def weak(best: Candidate | None) -> bool:
    """Whether the best answer is none: too little of the query met anywhere and nearly nothing in the title."""
    return best is None or (best.coverage < WEAK_COVERAGE and best.title < WEAK_TITLE)
