"""Linear support vector machines, one label against the rest, by dual coordinate descent.

After Hsieh, Chang, Lin, Keerthi and Sundararajan, "A dual coordinate descent method for large-scale linear SVM" (2008),
with the squared hinge loss. With many examples a label learns from all of its near labels and a draw from the far ones.
Added to them are the log-odds of naive Bayes, which errs differently: Wang and Manning, "Baselines and Bigrams" (2012).
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence
from math import log
from operator import add, itemgetter, mul

from app.lib.intents.features import BIAS, Vector

COST = 1.0
# How often those examples are looked at that still move, and how little is no move. Finer is twice as slow and guesses no better.
ROUNDS = 10
SLACK = 0.05
# A label is drawn towards the mean of its examples, the more the fewer there are: (strongest, examples a label at which it is 1).
PULL = (2.0, 20)
ALL_UP_TO = 2_500_000  # examples times labels; half a minute
ODDS_SHARE = 0.05
ODDS_SMOOTHING = 0.01
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
        odds = Odds({label: self.held(label, centre) for label, centre in centres.items()}, self.size)
        return {label: self.weighted(label, centres, odds) for label in sorted(self.members)}

    def weighted(self, label: str, centres: dict[str, list[float]], odds: Odds) -> array[float]:
        """What sets a label apart from the others, drawn towards the middle of its own examples and towards what is likely there."""
        apart = self.separated(label, self.chosen(label, centres))
        pulled = (self.pull * middle + ODDS_SHARE * value for middle, value in zip(centres[label], odds.of(label), strict=True))
        return array("f", map(add, apart, pulled))

    def centre(self, label: str) -> list[float]:
        middle = [0.0] * self.size
        for number in self.members[label]:
            for place, value in zip(self.places[number], self.values[number], strict=True):
                middle[place] += value
        middle[BIAS] = 0.0
        return [value / len(self.members[label]) for value in middle]

    def held(self, label: str, centre: list[float]) -> dict[int, float]:
        """How much of each feature the examples of a label hold together."""
        return {place: value * len(self.members[label]) for place, value in enumerate(centre) if value}

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

    def separated(self, label: str, numbers: list[int]) -> list[float]:
        """The weights that set a label apart from the others among these examples."""
        weights = [0.0] * self.size
        pulls = dict.fromkeys(numbers, 0.0)
        active = list(numbers)
        for _ in range(ROUNDS):
            self.dice.shuffle(active)
            active = [number for number in active if self.learn(number, 1.0 if self.labels[number] == label else -1.0, weights, pulls)]
            if not active:
                break
        return weights

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


class Odds:
    """Naive Bayes: how much likelier each feature is with one label than with the others, as logarithms against the mean of all labels."""

    def __init__(self, held: dict[str, dict[int, float]], size: int) -> None:
        """From how much of each of `size` features the examples of each label hold."""
        self.seen = {label: {place: log(1 + value / ODDS_SMOOTHING) for place, value in one.items()} for label, one in held.items()}
        self.unseen = {label: -log(sum(one.values()) + ODDS_SMOOTHING * size) for label, one in held.items()}
        self.usual = [sum(self.unseen.values()) / len(held)] * size
        for one in self.seen.values():
            for place, value in one.items():
                self.usual[place] += value / len(held)

    def of(self, label: str) -> list[float]:
        """One value for each feature; 0 for the constant part."""
        found = [self.unseen[label] - value for value in self.usual]
        for place, value in self.seen[label].items():
            found[place] += value
        found[BIAS] = 0.0
        return found
