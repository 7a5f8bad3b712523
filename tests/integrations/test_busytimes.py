"""Reading calendars: what is busy and what is not, in the owner's zone, over clock changes; and calendars made to hurt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.integrations import busytimes
from app.integrations.busytimes import Reading, Unreadable, taken
from tests.pace import within

NEW_YORK = ZoneInfo("America/New_York")
READING = Reading(
    since=datetime(2026, 3, 1, tzinfo=UTC),
    until=datetime(2026, 4, 1, tzinfo=UTC),
    zone=NEW_YORK,
    ours=frozenset({"ours@firm"}),
    owner="ruth@firm.example",
)
ZONE = """BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
"""


def body(*events: str) -> bytes:
    inside = "".join(
        f"BEGIN:VEVENT\nUID:a{number}@x\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT\n" for number, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{ZONE}{inside}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def spans(*events: str, reading: Reading = READING) -> list[str]:
    found = sorted(taken(body(*events), reading), key=lambda time: time.starts_at)
    return [f"{time.starts_at.astimezone(UTC):%d %H:%M}-{time.ends_at.astimezone(UTC):%d %H:%M}" for time in found]


PLAIN = "DTSTART:20260310T150000Z\nDTEND:20260310T160000Z"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (PLAIN, ["10 15:00-10 16:00"]),
        ("DTSTART;TZID=America/New_York:20260306T100000\nDTEND;TZID=America/New_York:20260306T110000", ["06 15:00-06 16:00"]),
        ("DTSTART;TZID=America/New_York:20260310T100000\nDTEND;TZID=America/New_York:20260310T110000", ["10 14:00-10 15:00"]),
        ("DTSTART:20260310T100000\nDTEND:20260310T110000", ["10 14:00-10 15:00"]),
        ("DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260311", ["10 04:00-11 04:00"]),
        ("DTSTART;VALUE=DATE:20260308", ["08 05:00-09 04:00"]),
        ("DTSTART;TZID=America/New_York:20260310T220000\nDTEND;TZID=America/New_York:20260311T020000", ["11 02:00-11 06:00"]),
        ("DTSTART:20260310T150000Z\nDURATION:PT90M", ["10 15:00-10 16:30"]),
        ("DTSTART:20260310T150000Z", []),
        (PLAIN + "\nTRANSP:TRANSPARENT", []),
        (PLAIN + "\nSTATUS:CANCELLED", []),
        (PLAIN + "\nSTATUS:TENTATIVE", ["10 15:00-10 16:00"]),
        (PLAIN + "\nATTENDEE;PARTSTAT=DECLINED:mailto:Ruth@Firm.example", []),
        (PLAIN + "\nATTENDEE;PARTSTAT=DECLINED:mailto:somebody@else.example", ["10 15:00-10 16:00"]),
        ("DTSTART:20260201T150000Z\nDTEND:20260302T150000Z", ["01 15:00-02 15:00"]),
        ("DTSTART:20260501T150000Z\nDTEND:20260501T160000Z", []),
    ],
)
def test_one_event(event: str, expected: list[str]) -> None:
    assert spans(event) == expected


def test_a_weekly_event_keeps_its_wall_time_over_the_change_of_clocks() -> None:
    weekly = "DTSTART;TZID=America/New_York:20260105T100000\nDTEND;TZID=America/New_York:20260105T110000\nRRULE:FREQ=WEEKLY"
    assert spans(weekly) == ["02 15:00-02 16:00", "09 14:00-09 15:00", "16 14:00-16 15:00", "23 14:00-23 15:00", "30 14:00-30 15:00"]


def test_exceptions_and_moved_instances_even_those_that_move_into_the_range() -> None:
    weekly = "DTSTART:20260202T150000Z\nDTEND:20260202T160000Z\nRRULE:FREQ=WEEKLY\nEXDATE:20260309T150000Z"
    moved = "UID:a0@x\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID:20260316T150000Z\nDTSTART:20260317T180000Z\nDTEND:20260317T190000Z"
    into = "UID:a0@x\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID:20260413T150000Z\nDTSTART:20260305T100000Z\nDTEND:20260305T110000Z"
    whole = body(weekly).replace(
        b"END:VCALENDAR", "".join(f"BEGIN:VEVENT\r\n{e}\r\nEND:VEVENT\r\n" for e in (moved, into)).encode() + b"END:VCALENDAR"
    )
    days = sorted(f"{time.starts_at:%d %H}" for time in taken(whole, READING))
    assert days == ["02 15", "05 10", "17 18", "23 15", "30 15"]


def test_our_own_events_never_block_their_own_move() -> None:
    mine = body(PLAIN).replace(b"UID:a0@x", b"UID:ours@firm")
    assert taken(mine, READING) == []


def test_tentative_counts_as_free_when_the_link_says_so() -> None:
    free = Reading(**{**vars(READING), "tentative_is_busy": False})
    assert spans(PLAIN + "\nSTATUS:TENTATIVE", reading=free) == []
    assert spans(PLAIN + "\nATTENDEE;PARTSTAT=TENTATIVE:mailto:ruth@firm.example", reading=free) == []


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=99999999",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYHOUR=0,1,2;BYSECOND=1,2",
        "freq=secondly",
        "FREQ=DAI\n LY;INTERVAL=0",
        "FREQ=DAILY;BYHOUR=0,1,2;BYMINUTE=1,2,3,4,5,6",
        "BYMONTH=2;BYMONTHDAY=30;FREQ=HOURLY",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_rules_that_never_end_are_read_as_one_event(rule: str) -> None:
    def read() -> None:
        assert spans(f"DTSTART:20260310T150000Z\nDTEND:20260310T150001Z\nRRULE:{rule}") == ["10 15:00-10 15:00"]

    assert within(150, read)


@pytest.mark.parametrize("rule", ["FREQ=DAILY;BYHOUR=15;BYMINUTE=0;BYSECOND=0", "FREQ=HOURLY;INTERVAL=24"])
def test_rules_that_name_an_hour_and_a_minute_repeat(rule: str) -> None:
    event = f"DTSTART:20260310T150000Z\nDTEND:20260310T160000Z\nRRULE:{rule};COUNT=3"
    assert spans(event) == ["10 15:00-10 16:00", "11 15:00-11 16:00", "12 15:00-12 16:00"]


def test_an_event_without_a_start_leaves_the_others() -> None:
    assert spans("SUMMARY:Some day", PLAIN) == ["10 15:00-10 16:00"]


def test_a_rule_from_long_ago_is_still_quick() -> None:
    def read() -> None:
        assert len(spans("DTSTART:19700101T150000Z\nDTEND:19700101T153000Z\nRRULE:FREQ=DAILY")) == 31

    assert within(300, read)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"BEGIN:VCALENDAR\r\n",
        b"BEGIN:VEVENT\r\n" * 500,
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        body("DTSTART:notadate"),
        body("SUMMARY:no start"),
    ],
)
def test_what_is_no_calendar_is_unreadable_or_empty_and_nothing_else(nonsense: bytes) -> None:
    try:
        assert taken(nonsense, READING) == []
    except Unreadable as unreadable:
        assert str(unreadable)


def test_a_calendar_without_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busytimes, "MOST_COMPONENTS", 3)
    with pytest.raises(Unreadable, match="more than"):
        taken(body(*[PLAIN] * 4), READING)
    monkeypatch.setattr(busytimes, "MOST_TIMES", 10)
    with pytest.raises(Unreadable, match="measure"):
        taken(body("DTSTART:20260301T150000Z\nDTEND:20260301T153000Z\nRRULE:FREQ=DAILY"), READING)


def test_other_calendars_zone_names_of_windows_are_understood() -> None:
    event = "DTSTART;TZID=Eastern Standard Time:20260310T100000\nDTEND;TZID=Eastern Standard Time:20260310T110000"
    assert spans(event) == ["10 14:00-10 15:00"]


def test_a_range_of_a_day_gives_only_what_touches_it() -> None:
    day = Reading(
        **{**vars(READING), "since": datetime(2026, 3, 10, 15, 30, tzinfo=UTC), "until": datetime(2026, 3, 10, 15, 45, tzinfo=UTC)}
    )
    assert spans(PLAIN, reading=day) == ["10 15:00-10 16:00"]
    later = Reading(**{**vars(day), "since": day.until + timedelta(hours=1), "until": day.until + timedelta(hours=2)})
    assert spans(PLAIN, reading=later) == []
