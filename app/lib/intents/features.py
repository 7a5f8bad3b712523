"""A sentence as a sparse vector: stems of words, pairs of them and pieces of 2 to 5 letters, weighted by how rare they are.

Pairs are neighbours in order, and words that count within three places of each other in any order: "card has not arrived" and
"my card arrived" share one.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt

from app.lib.search.stem import stem
from app.lib.search.words import STOP, words

LONGEST_WORD = 40
MOST_WORDS = 200
BIAS = 0  # Place 0 is the constant part, 1 in every vector.
SHARES = {"w": 0.8, "p": 0.8, "c": 1.0}
REACH = 3

Vector = tuple["array[int]", "array[float]"]


@lru_cache(maxsize=20_000)
def pieces(word: str) -> tuple[str, ...]:
    """All runs of 2 to 5 letters of a word between its two ends: `<to>` gives `<t`, `to`, `o>`, `<to`, `to>`, `<to>`."""
    edged = f"<{word}>"
    return tuple("c" + edged[at : at + size] for size in range(2, 6) for at in range(len(edged) - size + 1))


def spoken(sentence: str) -> list[str]:
    """The words that count: folded, at most 200, each cut to 40 letters."""
    return [word[:LONGEST_WORD] for word in words(sentence)[:MOST_WORDS]]


def features(found: list[str]) -> Counter[str]:
    """How often each feature is in these words. The first letter of a feature names its kind: word, pair or piece."""
    stems = [stem(word) for word in found]
    counted: Counter[str] = Counter("w" + word for word in stems)
    counted.update(f"p{one} {other}" for one, other in pairwise(stems))
    telling = [one for one, word in zip(stems, found, strict=True) if word not in STOP]
    near = ((one, other) for place, one in enumerate(telling) for other in telling[place + 1 : place + 1 + REACH])
    counted.update(f"p{min(pair)}~{max(pair)}" for pair in near)
    for word in found:
        counted.update(pieces(word))
    return counted


class Vocabulary:
    """The features known from training, each with its place in a vector and its weight."""

    def __init__(self, places: dict[str, int], weights: array[float]) -> None:
        self.places = places
        self.weights = weights
        self.heaviest = max(weights)

    @classmethod
    def of(cls, counted: list[Counter[str]]) -> Vocabulary:
        """Weights are smoothed inverse document frequencies. In large sets a feature seen once says nothing and is left out."""
        seen: Counter[str] = Counter()
        for one in counted:
            seen.update(one.keys())
        least = 2 if len(counted) > 2000 else 1
        kept = sorted(feature for feature, count in seen.items() if count >= least)
        weights = array("f", [1.0, *(log((1 + len(counted)) / (1 + seen[feature])) + 1 for feature in kept)])
        return cls({feature: place for place, feature in enumerate(kept, 1)}, weights)

    def vector(self, counted: Counter[str]) -> Vector:
        """Places and values, with the constant part first; the rest has length 1 (or 0 when nothing is known)."""
        parts: dict[str, list[tuple[int, float]]] = {"w": [], "p": [], "c": []}
        for feature, count in counted.items():
            place = self.places.get(feature)
            if place:
                parts[feature[0]].append((place, self.weights[place] * (1 + log(count) if count > 1 else 1)))
        return joined((SHARES[kind] / (length(part) or 1), part) for kind, part in parts.items())

    def share_known(self, counted: Counter[str]) -> float:
        """How much of what the words say is known, from 0 to 1: a word never met says most, and does not show in the vector."""
        met = [self.places.get(feature, 0) for feature in counted if feature[0] == "w"]
        known = sum(self.weights[place] for place in met if place)
        return known / (known + met.count(0) * self.heaviest) if known else 0.0


def length(part: list[tuple[int, float]]) -> float:
    return sqrt(sum(value * value for _, value in part))


def joined(parts: Iterable[tuple[float, list[tuple[int, float]]]]) -> Vector:
    together = [(place, value * share) for share, part in parts for place, value in part]
    whole = length(together) or 1
    return array("I", [BIAS, *(place for place, _ in together)]), array("f", [1.0, *(value / whole for _, value in together)])
