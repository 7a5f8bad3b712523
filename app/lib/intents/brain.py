"""The brain: examples in, a guess with its confidence out."""

from __future__ import annotations

import random
import re
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import repeat
from operator import itemgetter, mul
from pathlib import Path

from app.lib.intents import calibrate, store
from app.lib.intents.features import BIAS, Vector, Vocabulary, features, spoken
from app.lib.intents.machine import Teacher
from app.lib.intents.speller import Speller
from app.lib.search.words import meaningful

NAME_PARTS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")
NEAREST = 3
NEAR_WEIGHT = 3.0
NEAR_LABELS = 3


@dataclass(frozen=True)
class Guess:
    """The most likely label, how sure (comparable between sentences; no upper end), and the best labels with their scores."""

    label: str
    confidence: float
    top: tuple[tuple[str, float], ...]


class Brain:
    """Knows labels from examples. Answer at `threshold` or above, offer choices from `floor` on, below it hand over."""

    def __init__(self, vocabulary: Vocabulary, used: Counter[str], weights: dict[str, array[float]], kept: dict[str, list[Vector]]) -> None:
        self.vocabulary = vocabulary
        self.speller = Speller(used)
        self.weights = weights
        self.kept = kept
        self.threshold = 0.0
        self.floor = 0.0

    @classmethod
    def train(cls, examples: Sequence[tuple[str, str]], *, seed: int = 0, calibrated: bool = True) -> Brain:
        """Learn from (sentence, label); the name of a label is one more example of it.

        Raises ValueError when no example has both a word and a label.
        Calibration trains up to five more times on parts of the examples; without it both limits are 0."""
        learned = usable(examples)
        if not learned:
            raise ValueError("There is no example with at least one word and a label.")
        known = [*learned, *named(learned)]
        texts = [spoken(sentence) for sentence, _ in known]
        counted = [features(text) for text in texts]
        vocabulary = Vocabulary.of(counted)
        vectors = [vocabulary.vector(one) for one in counted]
        labels = [label for _, label in known]
        dice = random.Random(seed)  # noqa: S311 - the same brain each time
        teacher = Teacher(vectors, labels, len(vocabulary.weights), dice)
        kept: dict[str, list[Vector]] = {}
        for label, vector in zip(labels, vectors[: len(learned)], strict=False):
            kept.setdefault(label, []).append(vector)
        brain = cls(vocabulary, Counter(word for text in texts for word in text), teacher.taught(), kept)
        if calibrated:
            brain.threshold, brain.floor = calibrate.limits(learned, cls.without_limits, seed)
        return brain

    @classmethod
    def without_limits(cls, examples: Sequence[tuple[str, str]]) -> Brain:
        return cls.train(examples, calibrated=False)

    def learn_alike(self, examples: Sequence[tuple[str, str]]) -> Brain:
        """Another brain of this kind, without limits, for asking examples that it has not seen."""
        return Brain.without_limits(examples)

    def guess(self, sentence: str, limit: int = 3) -> Guess:
        """The best labels for a sentence, at most `limit`. Confidence is 0 when no word of the sentence is known."""
        counted = self.counted(sentence)
        places, values = self.vocabulary.vector(counted)
        ranked = nlargest(max(limit, NEAR_LABELS), self.sides(places, values).items(), key=lambda one: one[1])
        confidence = self.vocabulary.share_known(counted) * self.evidence(ranked, places, values)
        return Guess(ranked[0][0], confidence, tuple(ranked[:limit]))

    def scores(self, sentence: str) -> dict[str, float]:
        """By label, how far on which side of its border the sentence stands; nothing when no word of it is known.

        As in `guess`, for who asks nothing more: no example is looked at."""
        counted = self.counted(sentence)
        return self.sides(*self.vocabulary.vector(counted)) if self.vocabulary.share_known(counted) else {}

    def counted(self, sentence: str) -> Counter[str]:
        return features(self.speller.put_right(spoken(sentence)))

    def sides(self, places: array[int], values: array[float]) -> dict[str, float]:
        pick, factors = itemgetter(BIAS, *places), (0.0, *values)  # With two places at least it always gives a tuple.
        return {label: sum(map(mul, factors, pick(line))) for label, line in self.weights.items()}

    def evidence(self, ranked: list[tuple[str, float]], places: array[int], values: array[float]) -> float:
        """On which side of its border the best label stands, how far ahead of the second, and how near the nearest examples are."""
        best = ranked[0][1]
        ahead = best - ranked[1][1] if len(ranked) > 1 else 0.0
        asked = dict(zip(places[1:], values[1:], strict=True))
        near = nlargest(NEAREST, (likeness(asked, one) for label, _ in ranked[:NEAR_LABELS] for one in self.kept[label]))
        return max(1 + best, 0.0) + ahead + NEAR_WEIGHT * sum(near) / NEAREST

    def is_familiar(self, sentence: str) -> bool:
        """Whether half of the words that count occur in the examples, slips put right: likeness of letters alone proves nothing."""
        found = self.speller.put_right(meaningful(spoken(sentence)))
        return sum(word in self.speller.used for word in found) * 2 >= len(found)

    def dump(self, path: Path) -> None:
        """Write the brain to one file, whole or not at all."""
        store.dump(self, path)

    @classmethod
    def load(cls, path: Path) -> Brain:
        """Read what `dump` wrote. Raises ValueError when the file is something else or damaged."""
        vocabulary, used, weights, kept, limits = store.load(path)
        brain = cls(vocabulary, used, weights, kept)
        brain.threshold, brain.floor = limits
        return brain


def usable(examples: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each example once, without those that have no word or no label."""
    return [(sentence, label) for sentence, label in dict.fromkeys(examples) if label and spoken(sentence)]


def named(examples: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The name of each label as one more example of it."""
    return [(NAME_PARTS.sub(" ", label), label) for label in dict.fromkeys(label for _, label in examples)]


def likeness(asked: dict[int, float], example: Vector) -> float:
    """The cosine of a sentence and an example, without their constant parts."""
    places, values = example
    get = asked.get
    return float(sum(map(mul, values, map(get, places, repeat(0.0)))))
