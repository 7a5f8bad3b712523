"""Free times: no instant twice, no slot lost, in every zone of the world; what is offered is what no rule removes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.consults.availability import Busy, Reason, Rules, Schedule, free_starts, team, why_not
from app.consults.walltime import day_of, exists, instant, local, merged, offset, zone_names

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
NEW_YORK, BERLIN, LONDON = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London")
NINE_TO_FIVE = {weekday: ((540, 1020),) for weekday in range(5)}


def at(text: str, zone: ZoneInfo = NEW_YORK) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def shown(starts: list[int], zone: ZoneInfo = NEW_YORK) -> list[str]:
    return [local(start, zone).strftime("%a %H:%M") for start in starts]


def transitions(zone: ZoneInfo) -> list[int]:
    """The instants within a year of now at which the zone's clock jumps."""
    found = []
    for day in range(-366, 367):
        before, after = int((NOW + timedelta(days=day)).timestamp()), int((NOW + timedelta(days=day + 1)).timestamp())
        if offset(before, zone) == offset(after, zone):
            continue
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if offset(middle, zone) == offset(before, zone) else (before, middle)
        found.append(after)
    return found


JUMPS = sorted((name, jump) for name in zone_names() for jump in transitions(ZoneInfo(name)))


def test_there_are_jumps_to_test() -> None:
    assert len(JUMPS) > 150


def test_every_jump_of_every_zone_neither_doubles_nor_loses_an_instant() -> None:
    for name, jump in JUMPS:
        zone = ZoneInfo(name)
        night = Schedule(zone=zone, weekly={weekday: ((0, 360), (1320, 0)) for weekday in range(7)})
        starts = free_starts(night, Rules(minutes=15), jump - 2 * 86400, jump - 86400, jump + 86400)
        assert starts == sorted(set(starts)), name
        for minute in range(jump - 7 * 3600, jump + 7 * 3600, 900):
            wall = local(minute, zone)
            inside = wall.hour < 6 or wall.hour >= 22
            assert (minute in set(starts)) == inside, (name, wall)


def test_every_jump_of_every_zone_is_offered_as_the_rules_say() -> None:
    for name, jump in JUMPS[::7]:
        zone = ZoneInfo(name)
        schedule = Schedule(zone=zone, weekly={weekday: ((15, 200), (200, 410), (1350, 90)) for weekday in range(7)}, per_day=None)
        rules = Rules(minutes=40, step=20, before=5, after=10)
        offered = set(free_starts(schedule, rules, jump - 2 * 86400, jump - 86400, jump + 86400))
        for start in range(jump - 5 * 3600, jump + 5 * 3600, 300):
            assert (why_not(schedule, rules, jump - 2 * 86400, start) is None) == (start in offered), (name, local(start, zone))


@pytest.mark.parametrize(
    ("wall", "late", "expected"),
    [
        ("2026-03-08 02:30", False, "2026-03-08T07:00:00+00:00"),
        ("2026-03-08 02:30", True, "2026-03-08T07:00:00+00:00"),
        ("2026-11-01 01:30", False, "2026-11-01T05:30:00+00:00"),
        ("2026-11-01 01:30", True, "2026-11-01T06:30:00+00:00"),
        ("2026-07-01 09:00", False, "2026-07-01T13:00:00+00:00"),
    ],
)
def test_a_skipped_wall_time_is_the_end_of_the_gap_and_a_repeated_one_has_two_ends(wall: str, late: bool, expected: str) -> None:
    moment = datetime.fromisoformat(wall)
    found = instant(moment.date(), moment.hour * 60 + moment.minute, NEW_YORK, late)
    assert datetime.fromtimestamp(found, UTC).isoformat() == expected


def test_the_spring_night_has_twenty_quarters_and_the_autumn_night_twenty_eight() -> None:
    night = Schedule(zone=NEW_YORK, weekly={6: ((0, 360),)})
    rules = Rules(minutes=15, window_days=300)
    spring, autumn = at("2027-03-14 00:00"), at("2027-11-07 00:00")
    assert len(free_starts(night, rules, spring - 86400, spring, spring + 7 * 3600)) == 20
    assert len(free_starts(night, rules, autumn - 86400, autumn, autumn + 7 * 3600)) == 28


def test_a_day_that_the_calendar_skips_has_no_time_at_all() -> None:
    apia = ZoneInfo("Pacific/Apia")
    schedule = Schedule(zone=apia, weekly={weekday: ((540, 600),) for weekday in range(7)})
    now = int(datetime(2011, 12, 28, tzinfo=UTC).timestamp())
    days = {day_of(start, apia) for start in free_starts(schedule, Rules(minutes=30, window_days=5), now)}
    assert date(2011, 12, 30) not in days and {date(2011, 12, 29), date(2011, 12, 31)} <= days


def test_a_time_inside_the_gap_does_not_exist() -> None:
    assert not exists(datetime(2026, 3, 8, 2, 30), NEW_YORK)
    assert exists(datetime(2026, 11, 1, 1, 30), NEW_YORK)


MONDAY = at("2026-12-07 08:00")


def test_a_plain_day_offers_its_grid() -> None:
    starts = free_starts(Schedule(zone=NEW_YORK, weekly={0: ((540, 660),)}), Rules(minutes=30, step=30, window_days=0), MONDAY)
    assert shown(starts) == ["Mon 09:00", "Mon 09:30", "Mon 10:00", "Mon 10:30"]


def test_buffers_on_both_sides_keep_their_distance_from_a_booking() -> None:
    taken = [Busy(at("2026-12-07 10:00"), at("2026-12-07 10:30"), "booking", 7, "Intro")]
    schedule = Schedule(zone=NEW_YORK, weekly={0: ((540, 720),)}, busy=taken)
    starts = free_starts(schedule, Rules(minutes=30, step=15, before=10, after=10, window_days=0), MONDAY)
    assert shown(starts) == ["Mon 09:00", "Mon 09:15", "Mon 10:45", "Mon 11:00", "Mon 11:15", "Mon 11:30"]
    assert why_not(schedule, Rules(minutes=30, before=10, after=10), MONDAY, at("2026-12-07 09:30")) == Reason("booking", 7, "Intro")


def test_notice_is_counted_in_real_hours_and_the_window_in_the_hosts_days() -> None:
    schedule = Schedule(zone=NEW_YORK, weekly={weekday: ((0, 0),) for weekday in range(7)})
    rules = Rules(minutes=60, step=60, notice=120, window_days=1)
    now = at("2026-12-07 21:30")
    starts = free_starts(schedule, rules, now)
    assert shown(starts)[:2] == ["Tue 00:00", "Tue 01:00"] and shown(starts)[-1] == "Tue 23:00"
    assert why_not(schedule, rules, now, at("2026-12-07 22:00")) == Reason("notice", words="120")
    assert why_not(schedule, rules, now, at("2026-12-09 00:00")) == Reason("window", words="1")
    assert why_not(schedule, rules, now, now - 1) == Reason("past")


def test_limits_close_the_hosts_own_local_day() -> None:
    tuesday = date(2026, 12, 8)
    schedule = Schedule(zone=NEW_YORK, weekly=NINE_TO_FIVE, booked={tuesday: 3}, per_day=3)
    rules = Rules(minutes=60, step=60, window_days=2)
    assert {text[:3] for text in shown(free_starts(schedule, rules, MONDAY))} == {"Mon", "Wed"}
    assert why_not(schedule, rules, MONDAY, at("2026-12-08 09:00")) == Reason("host_limit", words="3")
    typed = Schedule(zone=NEW_YORK, weekly=NINE_TO_FIVE, typed={tuesday: 2})
    assert why_not(typed, Rules(minutes=60, per_day=2), MONDAY, at("2026-12-08 09:00")) == Reason("type_limit", words="2")


def test_an_override_replaces_its_day_with_the_piece_after_midnight_and_leaves_the_neighbours_piece() -> None:
    night = {weekday: ((1320, 120),) for weekday in range(7)}
    closed = Schedule(zone=NEW_YORK, weekly=night, overrides={date(2026, 12, 8): ()})
    starts = shown(free_starts(closed, Rules(minutes=60, step=60, window_days=2), MONDAY))
    assert starts == ["Mon 22:00", "Mon 23:00", "Tue 00:00", "Tue 01:00", "Wed 22:00", "Wed 23:00"]


def test_a_holiday_closes_and_an_override_or_an_extra_window_opens_it_again() -> None:
    christmas = {date(2026, 12, 25): "Christmas Day"}
    now = at("2026-12-25 06:00")
    rules = Rules(minutes=60, step=60, window_days=0)
    shut = Schedule(zone=NEW_YORK, weekly=NINE_TO_FIVE, holidays=christmas)
    assert free_starts(shut, rules, now) == []
    assert why_not(shut, rules, now, at("2026-12-25 10:00")) == Reason("holiday", words="Christmas Day")
    opened = Schedule(zone=NEW_YORK, weekly=NINE_TO_FIVE, holidays=christmas, overrides={date(2026, 12, 25): ((600, 720),)})
    assert shown(free_starts(opened, rules, now)) == ["Fri 10:00", "Fri 11:00"]
    extra = Schedule(zone=NEW_YORK, weekly=NINE_TO_FIVE, holidays=christmas, extras={date(2026, 12, 25): ((1080, 1140),)})
    assert shown(free_starts(extra, rules, now)) == ["Fri 18:00"]


def test_touching_windows_start_their_own_grid_and_a_consult_runs_across() -> None:
    schedule = Schedule(zone=NEW_YORK, weekly={0: ((540, 610), (610, 700))})
    assert shown(free_starts(schedule, Rules(minutes=45, step=30, window_days=0), MONDAY)) == [
        "Mon 09:00",
        "Mon 09:30",
        "Mon 10:00",
        "Mon 10:10",
        "Mon 10:40",
    ]


def test_paused_and_stale_hosts_offer_nothing_and_say_why() -> None:
    rules = Rules(minutes=30)
    assert why_not(Schedule(zone=NEW_YORK, weekly=NINE_TO_FIVE, paused=True), rules, MONDAY, at("2026-12-07 10:00")) == Reason("paused")
    stale = Schedule(zone=NEW_YORK, weekly=NINE_TO_FIVE, stale="Work calendar")
    assert free_starts(stale, rules, MONDAY) == []
    assert why_not(stale, rules, MONDAY, at("2026-12-07 10:00")) == Reason("stale", 0, "Work calendar")


def test_outside_hours_too_late_in_the_day_and_beside_the_grid_are_told_apart() -> None:
    schedule, rules = Schedule(zone=NEW_YORK, weekly=NINE_TO_FIVE), Rules(minutes=60)
    codes = {wall: why_not(schedule, rules, MONDAY, at(f"2026-12-07 {wall}")) for wall in ("17:30", "16:30", "10:05", "10:15")}
    assert {wall: reason.code if reason else "" for wall, reason in codes.items()} == {
        "17:30": "hours",
        "16:30": "too_short",
        "10:05": "grid",
        "10:15": "",
    }


def test_a_set_takes_distinct_people_even_when_one_could_fill_two_seats() -> None:
    found = team({"therapist": {1, 2}, "physician": {2, 3}}, {"therapist": 2, "physician": 1})
    assert found is not None and set(found[:2]) == {1, 2} and found[2] == 3
    assert team({"therapist": {1, 2}, "physician": {2}}, {"therapist": 2, "physician": 1}) is None
    assert team({}, {"therapist": 1}) is None


def busy_at(drawn: tuple[int, int]) -> Busy:
    return Busy(BASE + drawn[0] * 300, BASE + sum(drawn) * 300, "booking")


windows = st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), max_size=3).map(tuple)
schedules = st.builds(
    Schedule,
    zone=st.sampled_from(sorted(zone_names())).map(ZoneInfo),
    weekly=st.dictionaries(st.integers(0, 6), windows, min_size=2),
    overrides=st.dictionaries(st.dates(date(2026, 3, 25), date(2026, 4, 2)), windows, max_size=3),
    extras=st.dictionaries(st.dates(date(2026, 3, 25), date(2026, 4, 2)), windows, max_size=2),
    holidays=st.dictionaries(st.dates(date(2026, 3, 25), date(2026, 4, 2)), st.just("Feast"), max_size=2),
    busy=st.lists(
        st.tuples(st.integers(0, 7 * 288), st.integers(0, 60)).map(
            lambda t: Busy(BASE + t[0] * 300, BASE + (t[0] + t[1]) * 300, "booking")
        ),
        max_size=6,
    ),
    booked=st.dictionaries(st.dates(date(2026, 3, 25), date(2026, 4, 2)), st.integers(0, 3), max_size=3),
    per_day=st.one_of(st.none(), st.integers(1, 3)),
)
BASE = int(datetime(2026, 3, 26, tzinfo=UTC).timestamp())
all_rules = st.builds(
    Rules,
    minutes=st.sampled_from([15, 30, 50, 90]),
    step=st.sampled_from([10, 15, 30]),
    before=st.sampled_from([0, 5, 15]),
    after=st.sampled_from([0, 10]),
    notice=st.sampled_from([0, 60, 1500]),
    window_days=st.integers(0, 5),
)


@settings(max_examples=120, deadline=None)
@given(schedule=schedules, rules=all_rules)
def test_what_is_offered_is_exactly_what_no_rule_removes(schedule: Schedule, rules: Rules) -> None:
    offered = free_starts(schedule, rules, BASE)
    assert offered == sorted(set(offered))
    assert all(why_not(schedule, rules, BASE, start) is None for start in offered)
    for start in range(BASE - 3600, BASE + 7 * 86400, 2700):
        assert (why_not(schedule, rules, BASE, start) is None) == (start in set(offered))


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100))))
def test_merging_keeps_the_time_and_parts_it(spans: list[tuple[int, int]]) -> None:
    joined = merged(spans)
    assert {n for a, b in joined for n in range(a, b)} == {n for a, b in spans for n in range(a, b)}
    assert all(one[1] < other[0] for one, other in pairwise(joined))
