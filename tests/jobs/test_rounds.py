"""Rounds: what recurs comes once for each turn, whoever ticks, and nothing is forgotten while nobody does."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.lib import clock, outbox, rounds
from app.lib.db import db, unit_of_work
from app.lib.rounds import Round
from jobs.schedule import SCHEDULE


@outbox.errand("test.digest")
def digest() -> None:
    pass


HOURLY = Round(name="test hourly", errand="test.digest", every=timedelta(hours=1))
DAILY = Round(name="test daily", errand="test.digest", at=time(7, 30), zone="Europe/Berlin")
MONDAYS = Round(name="test mondays", errand="test.digest", at=time(9), zone="America/New_York", days=(0,))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def written() -> int:
    return db.session.scalar(select(func.count()).select_from(outbox.Errand)) or 0


def go(*items: Round) -> int:
    with unit_of_work():
        return len(rounds.go_round(items))


@pytest.mark.parametrize(
    ("item", "now", "turn"),
    [
        (HOURLY, "2026-03-01T10:59:59", "2026-03-01T10:00:00"),
        (HOURLY, "2026-03-01T11:00:00", "2026-03-01T11:00:00"),
        (DAILY, "2026-01-10T06:29:59", "2026-01-09T06:30:00"),
        (DAILY, "2026-01-10T06:30:00", "2026-01-10T06:30:00"),
        (DAILY, "2026-07-10T05:30:00", "2026-07-10T05:30:00"),
        (MONDAYS, "2026-01-11T23:00:00", "2026-01-05T14:00:00"),
        (MONDAYS, "2026-01-12T14:00:00", "2026-01-12T14:00:00"),
    ],
)
def test_a_turn_is_the_latest_moment_it_was_due(item: Round, now: str, turn: str) -> None:
    assert item.turn(moment(now)) == moment(turn)


def test_a_wall_time_that_clocks_skip_comes_once_that_day() -> None:
    item = Round(name="test gap", errand="test.digest", at=time(2, 30), zone="Europe/Berlin")
    assert item.turn(moment("2026-03-29T12:00:00")) == moment("2026-03-29T01:30:00")


def test_a_round_says_either_how_often_or_when() -> None:
    with pytest.raises(ValueError, match="either"):
        Round(name="neither", errand="test.digest")


def test_a_round_seen_for_the_first_time_only_begins_to_count(app: Flask) -> None:
    assert go(HOURLY) == 0 and written() == 0


def test_each_turn_writes_one_errand(app: Flask) -> None:
    with clock.at(moment("2026-03-01T10:20:00")):
        go(HOURLY)
    with clock.at(moment("2026-03-01T11:00:01")):
        assert [go(HOURLY), go(HOURLY), go(HOURLY)] == [1, 0, 0]
    assert written() == 1


def test_turns_missed_while_nobody_ticked_become_one(app: Flask) -> None:
    with clock.at(moment("2026-03-01T10:20:00")):
        go(HOURLY, DAILY)
    with clock.at(moment("2026-03-05T10:20:00")):
        assert go(HOURLY, DAILY) == 2
        assert go(HOURLY, DAILY) == 0


def test_a_clock_that_runs_behind_repeats_no_turn(app: Flask) -> None:
    with clock.at(moment("2026-03-01T10:20:00")):
        go(HOURLY)
    with clock.at(moment("2026-03-01T12:20:00")):
        assert go(HOURLY) == 1
    with clock.at(moment("2026-03-01T11:20:00")):
        assert go(HOURLY) == 0


def test_once_is_once(app: Flask) -> None:
    with unit_of_work():
        assert [rounds.once("test"), rounds.once("test")] == [True, False]


def test_every_recurring_job_is_known_and_has_a_name_of_its_own(app: Flask) -> None:
    assert {item.errand for item in SCHEDULE} <= set(outbox.handlers())
    assert len({item.name for item in SCHEDULE}) == len(SCHEDULE)
