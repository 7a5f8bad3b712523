"""Intervals against published figures: Newcombe, Statistics in Medicine 17 (1998), tables I and II."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analytics.intervals import Lift, Share


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson(hits: int, of: int, low: float, high: float) -> None:
    share = Share(hits, of)
    assert share.low == pytest.approx(low, abs=5e-5)
    assert share.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(
    ("one", "two", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
    ],
)
def test_newcombe(one: tuple[int, int], two: tuple[int, int], low: float, high: float) -> None:
    lift = Lift(Share(*one), Share(*two))
    assert lift.low == pytest.approx(low, abs=6e-5)
    assert lift.high == pytest.approx(high, abs=6e-5)


def test_nothing_counted_says_nothing() -> None:
    assert Lift(Share(0, 0), Share(0, 0)).verdict == "nobody knows yet"


def test_the_verdict() -> None:
    assert Lift(Share(300, 900), Share(10, 100)).verdict == "it helps"
    assert Lift(Share(90, 900), Share(40, 100)).verdict == "it harms"


@given(hits=st.integers(0, 1000), more=st.integers(0, 1000))
def test_an_interval_holds_its_share(hits: int, more: int) -> None:
    share = Share(hits, hits + more)
    assert 0 <= share.low <= share.rate + 1e-12 and share.rate - 1e-12 <= share.high <= 1
