"""Business time: against a doorkeeper who walks every minute, in the weeks when clocks change."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.hours.clockwork import DAY, Calendar, NoOpenHours, Period, Wall, first_shown
from app.hours.words import Unreadable, read_hours, say_hours, say_state, say_week, write_hours
from tests.hours.oracle import Doorkeeper
from tests.pace import within

ZONES = (
    "Australia/Lord_Howe Pacific/Chatham America/St_Johns Africa/Cairo Africa/Casablanca America/New_York Europe/Berlin Europe/Dublin "
    "Antarctica/Troll Asia/Beirut America/Havana America/Santiago Asia/Kathmandu Asia/Gaza America/Nuuk UTC"
)
OFFICE = read_hours("9:00-17:00")
HOUR = 3600


@cache
def changes(zone: ZoneInfo) -> list[datetime]:
    """The hours around which the zone's clocks change, 2005 to 2027."""
    hours = [datetime(2005, 1, 1, tzinfo=UTC) + timedelta(hours=12 * n) for n in range(2 * 366 * 22)]
    return [one for one, two in pairwise(hours) if one.astimezone(zone).utcoffset() != two.astimezone(zone).utcoffset()]


def some_hours(dice: random.Random) -> tuple[Wall, ...]:
    """None, an office day, split shifts, a night, a whole day, or anything."""
    anything = tuple(sorted(span(dice.randrange(1440), dice.randrange(1440)) for _ in range(dice.randrange(1, 4))))
    known = (
        "closed",
        "9-17",
        "8:30-12:00, 13:15-18:45",
        "22:00-06:00",
        "00:00-24:00",
        "18:00-02:30",
        "2:00-2:30",
        "0:00-3:00",
        "23:00-0:00",
    )
    return anything if dice.random() < 0.4 else read_hours(dice.choice(known))


def span(opens: int, shuts: int) -> Wall:
    return opens * 60, (shuts if shuts > opens else shuts + 1440) * 60


def some_case(dice: random.Random) -> tuple[Calendar, datetime]:
    zone = ZoneInfo(dice.choice(ZONES.split()))
    near = dice.choice(changes(zone) or [datetime(2026, 3, 1, tzinfo=UTC)])
    start = near + timedelta(minutes=dice.randrange(-4 * 1440, 2 * 1440))
    days = [start.astimezone(zone).date() + timedelta(days=dice.randrange(-1, 8)) for _ in range(5)]
    weekly = tuple(some_hours(dice) for _ in range(7))
    special = {day: some_hours(dice) for day in dice.sample(days, 2)}
    closed, holiday = {days[0]: "Inventory"}, {days[1]: "Holiday"}
    return Calendar(zone=zone, weekly=weekly, special=special, closed=closed, holidays=lambda _year: holiday), start


def some_pauses(dice: random.Random, start: datetime) -> list[tuple[datetime, datetime]]:
    begins = [start + timedelta(minutes=dice.randrange(-600, 6000)) for _ in range(dice.randrange(4))]
    return [(begin, begin + timedelta(minutes=dice.randrange(-10, 2000))) for begin in begins]


@pytest.mark.parametrize("seed", range(120))
def test_it_agrees_with_the_doorkeeper(seed: int) -> None:
    dice = random.Random(seed)
    calendar, start = some_case(dice)
    pauses = some_pauses(dice, start)
    plain, keeper = Doorkeeper(calendar, start, 8), Doorkeeper(calendar, start, 8, pauses)
    for _ in range(60):
        moment = start + timedelta(minutes=dice.randrange(5 * 1440))
        assert calendar.is_open(moment) == plain.is_open(moment)
        end = moment + timedelta(minutes=dice.randrange(-60, 4000))
        assert calendar.between(moment, end, pauses) == keeper.between(moment, end)
        minutes = dice.randrange(1, 2000)
        expected = keeper.add(moment, minutes)
        if expected is not None:
            assert calendar.add(moment, minutes * 60, pauses) == expected


@pytest.mark.parametrize("seed", range(40))
def test_next_opening_and_closing_agree_with_the_doorkeeper(seed: int) -> None:
    dice = random.Random(1000 + seed)
    calendar, start = some_case(dice)
    keeper = Doorkeeper(calendar, start, 16)
    for _ in range(20):
        moment = start + timedelta(minutes=dice.randrange(5 * 1440))
        here = keeper.at(moment)
        edges = [moment + timedelta(minutes=n + 1) for n, (a, b) in enumerate(pairwise(keeper.open[here:])) if a != b][:2]
        if len(edges) < 2:
            continue
        assert calendar.closes_at(moment) == (edges[0] if keeper.is_open(moment) else None)
        assert calendar.next_opening(moment) == (edges[1] if keeper.is_open(moment) else edges[0])


def office(zone: str = "America/New_York", **more: object) -> Calendar:
    return Calendar(zone=ZoneInfo(zone), weekly=(OFFICE,) * 5 + ((), ()), **more)  # type: ignore[arg-type]


def utc(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def test_seconds_count_not_minutes() -> None:
    calendar = office("UTC")
    assert calendar.add(utc("2026-11-20T16:59:30"), 16 * HOUR) == utc("2026-11-24T16:59:30")
    assert calendar.between(utc("2026-11-20T16:59:30"), utc("2026-11-23T09:00:15")) == 45


def test_a_deadline_at_closing_time_is_at_closing_time() -> None:
    calendar = office("UTC")
    assert calendar.add(utc("2026-11-20T16:00"), HOUR) == utc("2026-11-20T17:00")
    assert calendar.add(utc("2026-11-20T18:00"), 0) == utc("2026-11-20T18:00")


def test_a_closure_of_thirty_days_is_waited_out() -> None:
    closed = {date(2026, 7, 1) + timedelta(days=n): "Summer" for n in range(30)}
    assert office("UTC", closed=closed).add(utc("2026-07-01T09:00"), 1800) == utc("2026-07-31T09:30")


def test_a_calendar_that_never_opens_says_so_and_does_not_loop() -> None:
    shut = Calendar(zone=ZoneInfo("UTC"), weekly=((),) * 7)
    with pytest.raises(NoOpenHours):
        shut.check()
    with pytest.raises(NoOpenHours):
        shut.add(utc("2026-01-01T00:00"), 1)
    assert shut.next_opening(utc("2026-01-01T00:00")) is None
    assert shut.between(utc("2026-01-01T00:00"), utc("2027-01-01T00:00")) == 0


def test_a_calendar_that_never_shuts_does_not_loop_either() -> None:
    always = Calendar(zone=ZoneInfo("Europe/Berlin"), weekly=(((0, DAY),),) * 7)
    moment = utc("2026-03-28T12:00")
    assert always.closes_at(moment) is None and always.next_opening(moment) is None
    assert always.add(moment, 7 * DAY) == moment + timedelta(days=7)


def test_days_at_the_end_of_time_do_not_break_it() -> None:
    assert office().next_opening(datetime(9999, 12, 30, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),
    ],
)
def test_a_time_that_the_clock_skips_is_the_moment_of_the_skip(zone: str, wall: str, moment: str) -> None:
    assert first_shown(datetime.fromisoformat(wall), ZoneInfo(zone)) == utc(moment)


def test_a_night_shift_ends_at_the_midnight_of_a_closed_day() -> None:
    night = Calendar(zone=ZoneInfo("UTC"), weekly=(read_hours("22:00-06:00"),) * 7, closed={date(2026, 12, 25): "Christmas Day"})
    assert night.closes_at(utc("2026-12-24T23:00")) == utc("2026-12-25T00:00")
    assert night.next_opening(utc("2026-12-24T23:00")) == utc("2026-12-26T22:00")
    assert night.label(date(2026, 12, 25)) == "Christmas Day"


def test_pauses_that_overlap_count_once() -> None:
    start = utc("2026-11-23T09:00")
    pauses = [(utc("2026-11-23T10:00"), utc("2026-11-23T12:00")), (utc("2026-11-23T11:00"), utc("2026-11-23T13:00"))]
    assert office("UTC").add(start, 2 * HOUR, pauses) == utc("2026-11-23T14:00")
    assert list(office("UTC").worked(start, utc("2026-11-23T14:00"), pauses)) == [
        Period(utc("2026-11-23T09:00"), utc("2026-11-23T10:00")),
        Period(utc("2026-11-23T13:00"), utc("2026-11-23T14:00")),
    ]


def test_five_thousand_deadlines_take_less_than_a_breath() -> None:
    calendar, start = office(), utc("2026-01-05T12:00")
    assert within(90, lambda: [calendar.add(start + timedelta(hours=n), 8 * HOUR) for n in range(5000)])


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-20T15:00", "Open now, until 17:00"),
        ("2026-11-20T12:00", "Opens today at 9:00"),
        ("2026-11-20T23:00", "Opens Monday at 9:00"),
        ("2026-11-19T23:00", "Opens tomorrow at 9:00"),
    ],
)
def test_the_state_in_words(moment: str, words: str) -> None:
    assert say_state(office(), utc(moment)) == words


def test_the_state_in_words_at_the_edges() -> None:
    late = Calendar(zone=ZoneInfo("UTC"), weekly=(read_hours("18:00-00:00"),) + ((),) * 6)
    assert say_state(late, utc("2026-11-23T20:00")) == "Open now, until midnight"
    assert say_state(late, utc("2026-11-24T20:00")) == "Opens Monday at 18:00"
    away = office("UTC", closed={date(2026, 11, 20) + timedelta(days=n): "" for n in range(40)})
    assert say_state(away, utc("2026-11-20T12:00")) == "Opens Wednesday, 30 December at 9:00"
    assert say_state(Calendar(zone=ZoneInfo("UTC"), weekly=((),) * 7), utc("2026-11-20T12:00")) == "Closed"
    assert say_state(Calendar(zone=ZoneInfo("UTC"), weekly=(((0, DAY),),) * 7), utc("2026-11-20T12:00")) == "Open now, day and night"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("9-17", "9:00–17:00"),
        ("13:00-18:00, 09:00-12:00", "9:00–12:00, 13:00–18:00"),
        ("22:00 to 06:00", "22:00–6:00"),
        ("00:00-24:00", "Open all day"),
        ("00:00-00:00", "Open all day"),
        ("18:00-24:00", "18:00–24:00"),
        ("Closed", "Closed"),
    ],
)
def test_hours_are_read_and_said(words: str, said: str) -> None:
    assert say_hours(read_hours(words)) == said
    assert read_hours(write_hours(read_hours(words))) == read_hours(words)


@pytest.mark.parametrize(
    "words", ["nine to five", "25-26", "9:75-10:00", "9-17-18", "24:00-24:00", "9:00", "9-17,", "09:00-17:00; 18:00-19:00"]
)
def test_unreadable_hours_are_refused(words: str) -> None:
    with pytest.raises(Unreadable):
        read_hours(words)


def test_the_week_in_words() -> None:
    assert say_week(office()) == [("Monday to Friday", "9:00–17:00"), ("Saturday and Sunday", "Closed")]
