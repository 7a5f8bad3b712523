"""Softmax regression on sentence vectors, by accelerated gradient descent (Nesterov 1983) with the step the curvature allows."""

from __future__ import annotations

from typing import Any

from app.lib.meaning.numbers import numpy

ROUNDS = 400
PENALTY = 1e-3
STRETCH = 16.0  # Vectors of length 1 are stretched, so that the penalty lets the weights tell them apart.

Rows = Any  # numpy is optional, and so are its types.


def learned(vectors: Rows, numbers: Rows, labels: int) -> Rows:
    """The weights, (size + 1) x labels, that tell the label (0 to labels - 1) of each row; the last row is the constant part."""
    given = stretched(vectors)
    wanted = numpy.zeros((len(given), labels), numpy.float32)
    wanted[numpy.arange(len(given)), numbers] = 1
    step = 1 / (0.5 * (STRETCH**2 + 1) + PENALTY)
    weights = ahead = numpy.zeros((given.shape[1], labels), numpy.float32)
    pace = 1.0
    for _ in range(ROUNDS):
        slope = given.T @ (shares(given @ ahead) - wanted) / len(given)
        slope[:-1] += PENALTY * ahead[:-1]
        before, weights = weights, ahead - numpy.float32(step) * slope
        quicker = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        ahead = weights + numpy.float32((pace - 1) / quicker) * (weights - before)
        pace = quicker
    return weights


def scores(weights: Rows, vectors: Rows) -> Rows:
    """One score for each label and row; the higher the likelier."""
    return stretched(vectors) @ weights


def stretched(vectors: Rows) -> Rows:
    return numpy.hstack([vectors * numpy.float32(STRETCH), numpy.ones((len(vectors), 1), numpy.float32)])


def shares(rows: Rows) -> Rows:
    """Each row as positive numbers whose sum is 1 (softmax)."""
    raised = numpy.exp(rows - rows.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)
