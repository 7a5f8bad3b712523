"""Linear support vector machines, one label against the rest, by dual coordinate descent.

After Hsieh, Chang, Lin, Keerthi and Sundararajan, "A dual coordinate descent method for large-scale linear SVM" (2008),
with the squared hinge loss. With many examples a label learns from all of its near labels and a draw from the far ones.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence
from operator import add, itemgetter, mul

from app.lib.intents.features import BIAS, Vector

COST = 1.0
ROUNDS = 12
SLACK = 0.02
# A label is drawn towards the mean of its examples, the more the fewer there are: (strongest, examples a label at which it is 1).
PULL = (2.0, 20)
ALL_UP_TO = 2_500_000  # examples times labels; half a minute
NEAR_LABELS = 12
FAR_PER_OWN = 3


class Teacher:
    """The vectors of all examples, ready to be learned from again and again."""

    def __init__(self, vectors: Sequence[Vector], labels: Sequence[str], size: int, dice: random.Random) -> None:
        self.values = [tuple(values) for _, values in vectors]
        self.places = [tuple(places) for places, _ in vectors]
        self.pick = [itemgetter(*places) for places in self.places]
        self.squares = [sum(map(mul, values, values)) for values in self.values]
        self.labels = labels
        self.size = size
        self.dice = dice
        self.pull = min(PULL[0], PULL[1] * len(set(labels)) / max(len(labels), 1))
        self.members: dict[str, list[int]] = {}
        for number, label in enumerate(labels):
            self.members.setdefault(label, []).append(number)

    def taught(self) -> dict[str, array[float]]:
        """For each label the weight of every feature."""
        centres = {label: self.centre(label) for label in self.members}
        return {label: self.separated(label, self.chosen(label, centres), centres[label]) for label in sorted(self.members)}

    def centre(self, label: str) -> list[float]:
        middle = [0.0] * self.size
        for number in self.members[label]:
            for place, value in zip(self.places[number], self.values[number], strict=True):
                middle[place] += value
        middle[BIAS] = 0.0
        return [value / len(self.members[label]) for value in middle]

    def chosen(self, label: str, centres: dict[str, list[float]]) -> list[int]:
        """The examples that this label learns from."""
        if len(self.labels) * len(self.members) <= ALL_UP_TO:
            return list(range(len(self.labels)))
        own = centres[label]
        used = [place for place, value in enumerate(own) if value]
        pick = itemgetter(BIAS, *used)  # Two places at least make a tuple.
        likeness = {other: sum(map(mul, pick(own), pick(centre))) for other, centre in centres.items()}
        near = set(sorted(likeness, key=lambda one: -likeness[one])[: NEAR_LABELS + 1]) | {label}
        close = [number for one in sorted(near) for number in self.members[one]]
        far = [number for number, one in enumerate(self.labels) if one not in near]
        return close + self.dice.sample(far, min(len(far), FAR_PER_OWN * len(self.members[label])))

    def separated(self, label: str, numbers: list[int], centre: list[float]) -> array[float]:
        """The weights that set a label apart from the others among these examples, drawn towards the middle of its own."""
        weights = [0.0] * self.size
        pulls = dict.fromkeys(numbers, 0.0)
        active = numbers
        for _ in range(ROUNDS):
            self.dice.shuffle(active)
            moved = [number for number in active if self.learn(number, 1.0 if self.labels[number] == label else -1.0, weights, pulls)]
            if not moved:
                break
            active = moved
        return array("f", map(add, weights, (self.pull * value for value in centre)))

    def learn(self, number: int, side: float, weights: list[float], pulls: dict[int, float]) -> bool:
        """One step for one example. False when there is nothing left to learn from it for now."""
        values, pull, give = self.values[number], pulls[number], 0.5 / COST
        wrong = side * sum(map(mul, values, self.pick[number](weights))) - 1 + give * pull
        if (pull == 0 and wrong >= 0) or abs(wrong) < SLACK:
            return False
        pulls[number] = max(pull - wrong / (self.squares[number] + give), 0.0)
        step = (pulls[number] - pull) * side
        for place, value in zip(self.places[number], values, strict=True):
            weights[place] += step * value
        return True
