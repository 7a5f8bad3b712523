"""What a confidence is worth, found out on the examples themselves: learn from four fifths, ask the fifth."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

Example = tuple[str, str]
FOLDS = 5
ONE_PART_FROM = 600  # A fifth of so many tells enough, and what an editor saved is in use five times sooner.
KEEP_RIGHT = 0.75
KEEP_NEAR = 0.95


class Guessed(Protocol):
    """A guess."""

    @property
    def label(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def top(self) -> tuple[tuple[str, float], ...]: ...


class Guesser(Protocol):
    """Whatever can guess."""

    def guess(self, sentence: str, limit: int = 3) -> Guessed: ...


Training = Callable[[Sequence[Example]], Guesser]


def limits(examples: Sequence[Example], train: Training, seed: int = 0) -> tuple[float, float]:
    """(threshold, floor): at or above the first lie 75 % of the right guesses, above the second 95 % of those among the first three."""
    right, near = [], []
    parts = FOLDS if len(examples) < ONE_PART_FROM else 1
    for (_, label), guess in asked_unseen(examples, train, seed, parts):
        if guess.label == label:
            right.append(guess.confidence)
        if label in dict(guess.top):
            near.append(guess.confidence)
    threshold = keeping(right, KEEP_RIGHT)
    return threshold, min(keeping(near, KEEP_NEAR), threshold)


def keeping(confidences: list[float], share: float) -> float:
    """The confidence that this share of the guesses reaches; 0 without guesses."""
    ranked = sorted(confidences, reverse=True)
    return ranked[min(int(share * len(ranked)), len(ranked) - 1)] if ranked else 0.0


def asked_unseen(examples: Sequence[Example], train: Training, seed: int = 0, parts: int = FOLDS) -> Iterator[tuple[Example, Guessed]]:
    """Each example of the first `parts` fifths with the guess of a brain that has not seen it."""
    for held in folds(examples, seed)[:parts]:
        away = set(held)
        known = [one for number, one in enumerate(examples) if number not in away]
        if held and known:
            brain = train(known)
            yield from ((examples[number], brain.guess(examples[number][0])) for number in held)


def folds(examples: Sequence[Example], seed: int) -> list[list[int]]:
    """Numbers of the examples in five parts, each label spread evenly over them."""
    dice = random.Random(seed)  # noqa: S311 - the same parts each time
    shuffled = sorted(range(len(examples)), key=lambda number: (examples[number][1], dice.random()))
    return [shuffled[part::FOLDS] for part in range(FOLDS)]
