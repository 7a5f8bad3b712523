"""Which examples are taken for another label, and because of which of its examples."""

from __future__ import annotations

from collections.abc import Sequence

from app.lib.intents.brain import Brain, likeness, usable
from app.lib.intents.calibrate import Example, asked_unseen
from app.lib.intents.features import Vector, Vocabulary, features, spoken


def confused(examples: Sequence[Example], *, seed: int = 0) -> list[tuple[str, str, str, str]]:
    """(sentence, label, other sentence, other label) for each sentence that a brain which has not seen it takes for the other label.

    The other sentence is the nearest example of the other label."""
    learned = usable(examples)
    wrong = [(one, guess.label) for one, guess in asked_unseen(learned, Brain.without_limits, seed) if guess.label != one[1]]
    if not wrong:
        return []
    counted = {sentence: features(spoken(sentence)) for sentence, _ in learned}
    vocabulary = Vocabulary.of(list(counted.values()))
    vectors = {sentence: vocabulary.vector(one) for sentence, one in counted.items()}
    by_label: dict[str, list[str]] = {}
    for sentence, label in learned:
        by_label.setdefault(label, []).append(sentence)
    return [(sentence, label, nearest(sentence, by_label[other], vectors), other) for (sentence, label), other in wrong]


def nearest(sentence: str, others: list[str], vectors: dict[str, Vector]) -> str:
    places, values = vectors[sentence]
    asked = dict(zip(places[1:], values[1:], strict=True))
    return max(others, key=lambda other: likeness(asked, vectors[other]))
