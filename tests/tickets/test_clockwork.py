"""The clocks of a ticket: read from the log, checked against a walker who looks at every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.hours.clockwork import Calendar
from app.tickets.clockwork import Clock, Happening, clocks, thresholds

OFFICE = ((9 * 3600, 12 * 3600), (13 * 3600, 17 * 3600))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def office(zone: str = "UTC") -> Calendar:
    return Calendar(zone=ZoneInfo(zone), weekly=(OFFICE,) * 5 + ((), ()))


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def log(*happenings: tuple[float, str]) -> list[Happening]:
    return [Happening(at(hours), what) for hours, what in happenings]


def find(found: list[Clock], target: str, cycle: int | None = None) -> Clock:
    return next(one for one in found if one.target == target and cycle in {None, one.cycle})


def test_the_first_reply_runs_until_a_person_answers() -> None:
    found = clocks(log((0, "customer"), (2, "agent")), at(0))
    assert find(found, "first").ended_at == at(2)


def test_the_next_reply_runs_from_the_oldest_unanswered_words() -> None:
    found = clocks(log((0, "customer"), (1, "agent"), (2, "customer"), (3, "customer")), at(0))
    assert find(found, "next").started_at == at(2) and find(found, "next").ended_at is None


def test_each_question_has_a_clock_of_its_own() -> None:
    found = clocks(log((0, "customer"), (1, "agent"), (2, "customer"), (3, "agent"), (4, "customer")), at(0))
    assert [(one.target, one.cycle) for one in found if one.target != "resolution"] == [("first", 0), ("next", 1), ("next", 2)]


def test_the_solution_stands_still_while_we_wait_for_the_customer() -> None:
    found = find(clocks(log((0, "customer"), (1, "agent"), (5, "customer"), (6, "closed")), at(0)), "resolution")
    assert found.ended_at == at(6)
    assert found.spent(office(), at(8)) == 2 * 3600


def test_it_stands_still_now_and_is_due_never_while_paused() -> None:
    found = find(clocks(log((0, "customer"), (1, "agent")), at(0)), "resolution")
    assert found.paused and found.due(office(), 3600, at(2)) is None and thresholds(found, office(), 3600, at(2)) == []


def test_reopening_lets_it_go_on_instead_of_beginning_anew() -> None:
    found = find(clocks(log((0, "customer"), (1, "closed"), (26, "reopened"), (26, "customer")), at(0)), "resolution")
    assert found.ended_at is None and found.spent(office(), at(27)) == 2 * 3600


def test_an_undone_closing_never_was() -> None:
    found = find(clocks(log((0, "customer"), (1, "closed"), (1.001, "undone")), at(0)), "resolution")
    assert found.ended_at is None and not found.paused


def test_a_snooze_pauses_and_a_wake_goes_on() -> None:
    found = find(clocks(log((0, "customer"), (1, "snoozed"), (24, "woke")), at(0)), "resolution")
    assert found.due(office(), 2 * 3600, at(24)) == at(25)


def test_closing_answers_what_was_asked() -> None:
    found = clocks(log((0, "customer"), (1, "closed")), at(0))
    assert find(found, "first").ended_at == at(1)


def test_words_after_closing_without_reopening_start_a_clock() -> None:
    found = clocks(log((0, "customer"), (1, "agent"), (2, "closed"), (3, "reopened"), (3, "customer")), at(0))
    assert find(found, "next", 1).started_at == at(3)


def test_shares_come_in_order_and_end_with_the_breach() -> None:
    found = thresholds(Clock("first", 0, at(0)), office(), 4 * 3600, at(0))
    assert [name for name, _ in found] == ["50", "75", "90", "breach"]
    assert found[0][1] == at(2) and found[-1][1] == at(5)


EVENTS = st.lists(
    st.tuples(st.integers(1, 600), st.sampled_from(["customer", "agent", "snoozed", "woke", "closed", "reopened", "undone"])), max_size=12
)
ZONES = ["UTC", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Cairo", "Europe/Berlin", "America/New_York"]
WEEKS = [datetime(2026, 3, 6, 8, 30, tzinfo=UTC), datetime(2026, 10, 23, 15, 0, tzinfo=UTC), datetime(2026, 4, 3, 12, tzinfo=UTC)]


@given(EVENTS, st.sampled_from(ZONES), st.sampled_from(WEEKS), st.integers(0, 2000))
@settings(max_examples=60, deadline=None)
def test_what_has_counted_is_what_a_walker_counts(steps: list[tuple[int, str]], zone: str, start: datetime, later: int) -> None:
    happenings, moment = [], start
    for minutes, what in steps:
        moment += timedelta(minutes=minutes)
        happenings.append(Happening(moment, what))
    now = moment + timedelta(minutes=later)
    found = find(clocks(happenings, start), "resolution")
    assert found.spent(office(zone), now) == 60 * walked(happenings, start, now, office(zone))


def walked(happenings: list[Happening], start: datetime, now: datetime, calendar: Calendar) -> int:
    """Minutes in which the ticket was open and so was the office, looked at one by one."""
    state, before, count, waiting = "open", "open", 0, list(happenings)
    minute = start
    while minute < now:
        while waiting and waiting[0].at <= minute:
            state, before = stepped(state, before, waiting.pop(0).what)
        count += state == "open" and calendar.is_open(minute)
        minute += timedelta(minutes=1)
    return count


def stepped(state: str, before: str, what: str) -> tuple[str, str]:
    after = {
        "customer": "open",
        "agent": "closed" if state == "closed" else "waiting",
        "snoozed": "snoozed",
        "woke": "open" if state == "snoozed" else state,
        "closed": "closed",
        "reopened": "open" if state == "closed" else state,
        "undone": before if state == "closed" else state,
    }[what]
    return after, state if after in {"snoozed", "closed"} and after != state else before


@pytest.mark.parametrize("zone", ZONES)
def test_a_promise_over_a_change_of_clocks_is_due_in_open_hours(zone: str) -> None:
    for start in WEEKS:
        due = Clock("first", 0, start).due(office(zone), 8 * 3600, start)
        assert due is not None and office(zone).between(start, due) == 8 * 3600
