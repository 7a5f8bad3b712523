"""Calendar objects: what we write, a strict reader reads back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.lib.ical import Happening, calendar, fold

START = datetime(2026, 12, 7, 14, 0, tzinfo=UTC)
PLAIN = Happening(
    uid="abc@firm.example",
    starts_at=START,
    ends_at=START + timedelta(minutes=15),
    summary="Intro; with, commas\\and\nlines",
    location="Phone",
    sequence=3,
    organizer=('Northlight "the firm"', "hello@firm.example"),
    attendees=(("Ada; Lovelace", "ada@customer.example"),),
    alarm=timedelta(minutes=10),
)


def event_of(body: bytes):  # type: ignore[no-untyped-def]
    return Calendar.from_ical(body).walk("VEVENT")[0]


def test_a_request_has_what_itip_asks_of_it() -> None:
    read = Calendar.from_ical(calendar([PLAIN], method="REQUEST"))
    event = read.walk("VEVENT")[0]
    assert read["METHOD"] == "REQUEST" and not read.errors and not event.errors
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("abc@firm.example", 3, "CONFIRMED")
    assert event["SUMMARY"] == "Intro; with, commas\\and\nlines"
    assert event["DTSTART"].dt == START and event["DTEND"].dt == START + timedelta(minutes=15)
    assert event["ORGANIZER"] == "mailto:hello@firm.example" and event["ATTENDEE"] == "mailto:ada@customer.example"
    assert event["ATTENDEE"].params["CN"] == "Ada; Lovelace"
    assert len(event.walk("VALARM")) == 1


def test_a_cancellation_keeps_the_uid_and_has_no_alarm() -> None:
    gone = Happening(**{**vars(PLAIN), "cancelled": True, "sequence": 4})
    event = event_of(calendar([gone], method="CANCEL"))
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("abc@firm.example", 4, "CANCELLED")
    assert not event.walk("VALARM") and "PARTSTAT" not in event["ATTENDEE"].params


def test_a_published_feed_names_no_attendee() -> None:
    body = calendar([PLAIN], method="PUBLISH", name="Grace")
    assert b"ATTENDEE" not in body and b"X-WR-CALNAME:Grace" in body


@pytest.mark.parametrize("trick", ["x\r\nATTENDEE:mailto:eve@elsewhere.example", 'x"\r\nSUMMARY:y', "a\x00b\x7fc"])
def test_nobody_writes_lines_of_their_own(trick: str) -> None:
    body = calendar([Happening(**{**vars(PLAIN), "summary": trick, "attendees": ((trick, "a@b.example\r\nX:1"),), "location": trick})])
    lines = body.decode().replace("\r\n ", "").split("\r\n")
    assert sum(line.startswith("ATTENDEE") for line in lines) == 1 and not any(line.startswith("X:") for line in lines)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n"), max_size=300))
def test_folding_breaks_no_character_and_no_line_is_longer_than_75_octets(words: str) -> None:
    folded = fold(words).encode()
    lines = folded.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"".join([lines[0], *(line[1:] for line in lines[1:-1])]).decode() == words
