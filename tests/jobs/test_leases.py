"""Leases: one holds, the others wait until it lets go or falls silent."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app.lib import clock, leases
from app.lib.db import unit_of_work

SPAN = timedelta(seconds=10)


def hold(holder: str) -> bool:
    with unit_of_work():
        return leases.hold("test", holder, SPAN)


def test_one_holds_and_renews_while_the_other_waits(app: Flask) -> None:
    assert [hold("one"), hold("two"), hold("one"), hold("two")] == [True, False, True, False]


def test_who_falls_silent_is_followed(app: Flask) -> None:
    hold("one")
    clock.forward(SPAN + timedelta(seconds=1))
    assert [hold("two"), hold("one")] == [True, False]


def test_who_lets_go_is_followed_at_once(app: Flask) -> None:
    hold("one")
    with unit_of_work():
        leases.let_go("test", "two")
    assert hold("two") is False
    with unit_of_work():
        leases.let_go("test", "one")
    assert hold("two") is True
