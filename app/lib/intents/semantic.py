"""The semantic tier: a sentence model tells labels by what they mean, the plain brain by their words; both speak together.

The model has two voices: a regression over all examples, and the nearest example of each label.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.lib.intents import calibrate
from app.lib.intents.brain import NEAR_LABELS, NEAR_WEIGHT, NEAREST, Brain, Guess, named, usable
from app.lib.intents.features import spoken
from app.lib.intents.head import Rows, learned, scores, shares
from app.lib.meaning import Encoder, tensors
from app.lib.meaning.numbers import numpy

BY_WORDS = 0.3
BY_NEAREST = 0.3  # of what the model says; the rest is the head's
# Cosines lie close together; so stretched, their shares are about as bold as those of the head.
SHARP = 20.0
# The plain brain's scores lie between -1 and 1; so stretched, its shares are about as bold as those of the head.
BOLD = 4.0
SCORE_PART, WORDS_PART, LEAD_PART = 0.2, 0.2, 0.5
FORMAT = "frontdesk head 2"

Meaning = Callable[[Sequence[str]], Rows]


class SemanticBrain:
    """Knows labels from examples, as `Brain` does. Answer at `threshold` or above, offer choices from `floor` on."""

    def __init__(self, words: Brain, encoder: Encoder, head: Rows, kept: Rows, kept_labels: Rows) -> None:
        """`kept` has a row of length 1 for each example, `kept_labels` the number of its label in the order of `labels`."""
        self.words, self.encoder = words, encoder
        self.head, self.kept, self.kept_labels = head, kept, kept_labels
        self.labels = list(words.weights)
        self.speller = words.speller
        self.meaning: Meaning = encoder.vectors
        self.threshold = 0.0
        self.floor = 0.0
        self.last: tuple[str, Rows] | None = None

    @property
    def weights(self) -> dict[str, Any]:
        """By label, as in `Brain`."""
        return self.words.weights

    @classmethod
    def train(
        cls, examples: Sequence[tuple[str, str]], encoder: Encoder, *, words: Brain | None = None, calibrated: bool = True, seed: int = 0
    ) -> SemanticBrain:
        """Learn from (sentence, label). `words` is a plain brain of the same examples, if one is there. Raises ValueError."""
        brain = cls._learned(examples, encoder, remembered(encoder), words or Brain.without_limits(examples))
        if calibrated:
            brain.threshold, brain.floor = calibrate.limits(usable(examples), brain.learn_alike, seed)
        return brain

    def learn_alike(self, examples: Sequence[tuple[str, str]]) -> SemanticBrain:
        """Another brain of this kind, without limits; what the model said of a sentence is not computed again."""
        return self._learned(examples, self.encoder, self.meaning, Brain.without_limits(examples))

    @classmethod
    def _learned(cls, examples: Sequence[tuple[str, str]], encoder: Encoder, meaning: Meaning, words: Brain) -> SemanticBrain:
        learnt = usable(examples)
        places = {label: place for place, label in enumerate(words.weights)}
        known = [*learnt, *named(learnt)]
        vectors = meaning([sentence for sentence, _ in known])
        numbers = numpy.array([places[label] for _, label in known])
        brain = cls(words, encoder, learned(vectors, numbers, len(places)), vectors[: len(learnt)], numbers[: len(learnt)])
        brain.meaning = meaning
        return brain

    def guess(self, sentence: str, limit: int = 3) -> Guess:
        """The best labels for a sentence, at most `limit`, with their shares of all (from 0 to 1)."""
        by_words = self.words.guess(sentence, len(self.labels))
        vector = self.vector(sentence)
        by_meaning = scores(self.head, vector[None])[0]
        plain = dict(by_words.top)
        likeness = self.kept @ vector
        meant = (1 - BY_NEAREST) * shares(by_meaning) + BY_NEAREST * shares(SHARP * self.nearest(likeness))
        mixed = (1 - BY_WORDS) * meant + BY_WORDS * shares(BOLD * numpy.array([plain[label] for label in self.labels], numpy.float32))
        order = numpy.argsort(-mixed, kind="stable")
        top = tuple((self.labels[place], float(mixed[place])) for place in order[:limit])
        best = self.labels[order[0]]
        said = SCORE_PART * float(by_meaning[order[0]]) + WORDS_PART * plain[best]
        return Guess(best, max(said + self.evidence(likeness, mixed, order), 0.0) if spoken(sentence) else 0.0, top)

    def vector(self, sentence: str) -> Rows:
        """What the sentence means, slips put right. The last one is remembered: for one answer it is asked several times."""
        last = self.last
        if last is None or last[0] != sentence:
            last = self.last = (sentence, self.encoder.vectors([self.corrected(sentence)])[0])
        return last[1]

    def nearest(self, likeness: Rows) -> Rows:
        """For each label the cosine of its nearest example, from those of all examples."""
        found = numpy.full(len(self.labels), -1, numpy.float32)
        numpy.maximum.at(found, self.kept_labels, likeness)
        return found

    def evidence(self, likeness: Rows, mixed: Rows, order: Rows) -> float:
        """How far the best label is ahead of the second, and how near the nearest examples are."""
        ahead = float(mixed[order[0]] - mixed[order[1]]) if len(order) > 1 else float(mixed[order[0]])
        near = numpy.sort(likeness[numpy.isin(self.kept_labels, order[:NEAR_LABELS])])[-NEAREST:]
        return LEAD_PART * ahead + NEAR_WEIGHT * float(near.sum()) / NEAREST

    def corrected(self, sentence: str) -> str:
        """The sentence with slips put right: with the examples' words first, then with those that the model knows.

        A sound sentence goes to the model as it was written."""
        for word in spoken(sentence):
            right = self.right(word)
            if right != word:
                sentence = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", right, sentence, flags=re.IGNORECASE)
        return sentence

    def right(self, word: str) -> str:
        if word in self.speller.used or self.encoder.knows(word):
            return word
        ours = self.speller.nearest(word)
        return ours if ours != word else self.encoder.nearest(word)

    def is_familiar(self, sentence: str) -> bool:
        """The model knows words that the examples have not: nearness is in the confidence."""
        return bool(spoken(sentence))

    def dump(self, path: Path) -> None:
        """Write what was learned on top of the plain brain, whole or not at all."""
        found = {"head": self.head, "kept": self.kept, "labels": self.kept_labels.astype(numpy.int64)}
        limits = {"threshold": repr(self.threshold), "floor": repr(self.floor)}
        tensors.write(path, found, {"format": FORMAT, "model": self.encoder.version, **limits})

    @classmethod
    def load(cls, path: Path, words: Brain, encoder: Encoder) -> SemanticBrain:
        """Read what `dump` wrote, mapped. Raises ValueError or KeyError when it is something else, OSError when it is not there."""
        found, told = tensors.mapped(path)
        if (told.get("format"), told.get("model")) != (FORMAT, encoder.version) or found["head"].shape[1] != len(words.weights):
            raise ValueError(f"{path} was learned from something else")
        brain = cls(words, encoder, found["head"], found["kept"], found["labels"])
        brain.threshold, brain.floor = float(told["threshold"]), float(told["floor"])
        return brain


def remembered(encoder: Encoder) -> Meaning:
    """The encoder, each sentence computed once: cross-validation asks for each six times."""
    known: dict[str, Rows] = {}

    def meaning(sentences: Sequence[str]) -> Rows:
        new = [one for one in dict.fromkeys(sentences) if one not in known]
        known.update(zip(new, encoder.vectors(new), strict=True))
        return numpy.array([known[one] for one in sentences])

    return meaning
