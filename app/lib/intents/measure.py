"""How good are guesses? Accuracy, precision at coverage, and how many foreign sentences are recognised as foreign."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from app.lib.intents.calibrate import Guessed

TARGET = 0.8


@dataclass(frozen=True)
class Measured:
    """Shares from 0 to 1. "Answered" means at or above the threshold; foreign figures are None without foreign sentences."""

    own: int
    foreign: int
    accuracy: float
    first_three: float
    coverage: float
    precision: float
    coverage_at_target: float
    foreign_recall: float | None
    auroc: float | None


def measure(asked: Sequence[tuple[str, Guessed]], labels: set[str], threshold: float) -> Measured:
    """From (true label, guess). A true label outside `labels` is foreign: the right reaction to it is not to answer.

    Coverage and precision are over all sentences, foreign ones included, as an owner meets them."""
    own = [(label, guess) for label, guess in asked if label in labels]
    foreign = [guess.confidence for label, guess in asked if label not in labels]
    answered = [label == guess.label for label, guess in asked if guess.confidence >= threshold]
    return Measured(
        own=len(own),
        foreign=len(foreign),
        accuracy=share(sum(label == guess.label for label, guess in own), len(own)),
        first_three=share(sum(label in dict(guess.top[:3]) for label, guess in own), len(own)),
        coverage=share(len(answered), len(asked)),
        precision=share(sum(answered), len(answered)),
        coverage_at_target=widest(asked),
        foreign_recall=share(sum(one < threshold for one in foreign), len(foreign)) if foreign else None,
        auroc=apart([guess.confidence for _, guess in own], foreign) if own and foreign else None,
    )


def share(count: int, whole: int) -> float:
    return count / whole if whole else 0.0


def widest(asked: Sequence[tuple[str, Guessed]]) -> float:
    """The largest share that can be answered, surest first, with 80 % of the answers right."""
    ranked = sorted(asked, key=lambda one: -one[1].confidence)
    best = right = 0
    for count, (label, guess) in enumerate(ranked, 1):
        right += label == guess.label
        last_of_its_kind = count == len(ranked) or ranked[count][1].confidence < guess.confidence
        if last_of_its_kind and right >= TARGET * count:
            best = count
    return share(best, len(ranked))


def apart(own: list[float], foreign: list[float]) -> float:
    """The chance that a sentence of ours has a higher confidence than a foreign one (area under the ROC curve)."""
    ranked = sorted(foreign)
    wins = sum(bisect_left(ranked, one) + bisect_right(ranked, one) for one in own)
    return wins / (2 * len(own) * len(foreign))
