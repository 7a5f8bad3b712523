"""Calendars from files, feeds and the desk together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, g, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.hours import calendars
from app.hours.events import HoursChanged
from app.hours.feeds import closed_days
from app.hours.models import SpecialDay, calendar, follow_feeds
from app.hours.words import Unreadable, say_state
from app.lib import clock, content, outbox
from app.lib.db import db, unit_of_work
from tests.standin import Quiet, serving

FEED = b"""BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r
BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261120\r\nDTEND;VALUE=DATE:20261122\r\nSUMMARY:Team days\r\nEND:VEVENT\r
BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20260105\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Epiphany eve\r\nEND:VEVENT\r
BEGIN:VEVENT\r\nUID:3\r\nDTSTART:20261123T090000Z\r\nDTEND:20261123T100000Z\r\nSUMMARY:Meeting\r\nEND:VEVENT\r
BEGIN:VEVENT\r\nUID:4\r\nDTSTART;VALUE=DATE:20261124\r\nSTATUS:CANCELLED\r\nSUMMARY:No\r\nEND:VEVENT\r
END:VCALENDAR\r\n"""
NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november(app: Flask) -> Iterator[None]:
    app.extensions["hours"].clear()
    with clock.at(NOW):
        yield
    app.extensions["hours"].clear()


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, content_dir=str(tmp_path))
    (tmp_path / "hours").mkdir()
    yield tmp_path / "hours"
    app.config["SETTINGS"] = before


def write(folder: Path, words: str, name: str = "main") -> None:
    (folder / f"{name}.toml").write_text(words)
    g.pop("calendars", None)


def test_the_file_that_comes_with_the_house_is_sound(app: Flask) -> None:
    assert list(calendars.problems()) == []
    hours = calendar()
    assert hours.zone.key == "America/New_York"
    assert hours.label(date(2026, 11, 26)) == "Thanksgiving Day"
    assert say_state(hours, NOW) == "Open now, until 18:00"
    assert say_state(hours, datetime(2026, 12, 24, 18, tzinfo=UTC)) == "Opens Monday at 8:00"


def test_a_missing_file_means_an_office_day_and_the_site_serves_on(folder: Path) -> None:
    assert calendar().is_open(NOW) and calendar("../../etc/passwd").is_open(NOW)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ('zone = "Mars/Olympus"\n[week]\nmonday = "9-17"', "no time zone"),
        ('zone = "../../etc"\n[week]\nmonday = "9-17"', "no time zone"),
        ('zone = "UTC"\n[week]\nmonday = "closed"', "opens on no day"),
        ('zone = "UTC"', "opens on no day"),
        ('zone = "UTC"\n[week]\nmonday = "nine"', "not like 09:00-17:00"),
        ('zone = "UTC"\nholidays = "XX"\n[week]\nmonday = "9-17"', "no country"),
        ('zone = "UTC"\nfeeds = ["gone.ics"]\n[week]\nmonday = "9-17"', "cannot be read"),
        ('zone = "UTC"\n[week]\nmonday = "9-17"\n[[days]]\ndate = "2026-13-45"', "should be like"),
        ('zone = "UTC"\n[week]\nmonday = "9-17"\n[[days]]\ndate = "2026-12-31 to 2026-12-01"', "should be like"),
        ('zone = "UTC"\n[week]\nmondya = "9-17"\nmonday = "9-17"', "not known here"),
        ("zone = ", "Not valid TOML"),
    ],
)
def test_a_slip_of_the_pen_is_named_and_nothing_breaks(folder: Path, words: str, complaint: str) -> None:
    write(folder, words)
    assert any(complaint in str(problem) for problem in calendars.problems())
    calendar().next_opening(NOW)


def test_days_in_a_row_and_days_with_hours(folder: Path) -> None:
    write(
        folder,
        'zone = "UTC"\n[week]\nfriday = "9-17"\n[[days]]\ndate = "2026-11-20 to 2026-11-27"\nlabel = "Move"\n'
        '[[days]]\ndate = 2026-11-28\nhours = "10-11"',
    )
    assert calendar().next_opening(NOW) == datetime(2026, 11, 28, 10, tzinfo=UTC)


def test_a_feed_beside_the_file_closes_its_all_day_events(folder: Path) -> None:
    (folder / "team.ics").write_bytes(FEED)
    write(folder, 'zone = "UTC"\nfeeds = ["team.ics"]\n[week]\nfriday = "9-17"\nmonday = "9-17"\ntuesday = "9-17"')
    assert calendar().next_opening(NOW) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert dict(closed_days(FEED, NOW.date()))[date(2027, 1, 5)] == "Epiphany eve"
    assert date(2026, 11, 24) not in dict(closed_days(FEED, NOW.date()))


def test_what_cannot_be_read_in_a_file_closes_nothing_and_breaks_no_page(folder: Path) -> None:
    broken = FEED.replace(b"UID:4\r\nDTSTART;VALUE=DATE:20261124\r\n", b"UID:4\r\n")
    assert date(2026, 11, 20) in dict(closed_days(broken, NOW.date()))
    (folder / "team.ics").write_bytes(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:soon\r\n")
    write(folder, 'zone = "UTC"\nfeeds = ["team.ics"]\n[week]\nwednesday = "9-17"')
    assert calendar().is_open(NOW)
    assert any("cannot be read" in str(problem) for problem in calendars.problems())


class FeedServer(Quiet):
    def do_GET(self) -> None:
        self.reply(200, FEED)


def test_a_feed_at_an_address_is_fetched_followed_and_forgotten(app: Flask, folder: Path) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], fetch_allow="127.0.0.0/8")
    with serving(FeedServer) as address:
        write(folder, f'zone = "UTC"\nfeeds = ["{address}/team.ics"]\n[week]\nfriday = "9-17"\nmonday = "9-17"')
        with unit_of_work():
            follow_feeds()
        outbox.drain()
        g.pop("calendars", None)
        assert calendar().label(date(2026, 11, 20)) == "Team days"
    write(folder, 'zone = "UTC"\n[week]\nfriday = "9-17"')
    with unit_of_work():
        follow_feeds()
    assert db.session.scalars(select(SpecialDay)).all() == []


def test_the_desk_says_what_a_feed_in_a_private_network_needs(
    app: Flask, folder: Path, linus: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    with serving(FeedServer) as address:
        write(folder, f'zone = "UTC"\nfeeds = ["{address}/team.ics"]\n[week]\nfriday = "9-17"')
        with unit_of_work():
            follow_feeds()
        outbox.drain()
        page = client_of(linus).get("/desk/hours").text
        assert f"{address}/team.ics" in page and "FRONTDESK_FETCH_ALLOW does not name that network" in page
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], fetch_allow="127.0.0.0/8")
        with unit_of_work():
            follow_feeds()
        outbox.drain()
        page = client_of(linus).get("/desk/hours").text
        assert f"{address}/team.ics" in page and "Not readable" not in page


def test_what_the_desk_says_wins_over_file_and_holiday(app: Flask, linus: Person) -> None:
    thanksgiving = datetime(2026, 11, 26, 15, tzinfo=UTC)
    assert not calendar().is_open(thanksgiving)
    with unit_of_work():
        row = SpecialDay.enter("main", date(2026, 11, 26), "9-12", "Open for once", linus.id)
        SpecialDay.enter("main", date(2026, 11, 26), "10-12", "Open for once", linus.id)
    assert calendar().is_open(thanksgiving) and not calendar().is_open(thanksgiving - timedelta(hours=1))
    assert calendar().label(date(2026, 11, 26)) == "Open for once"
    with unit_of_work():
        row.remove()
    assert not calendar().is_open(thanksgiving)


def test_unreadable_hours_never_become_a_row(app: Flask) -> None:
    with pytest.raises(Unreadable):
        SpecialDay.enter("main", date(2026, 11, 26), "whenever", "", None)


def test_a_changed_calendar_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr("app.hours.models.tell", told.append)
    SpecialDay.enter("main", date(2026, 11, 26), "", "Closed", None)
    assert told == [HoursChanged(calendar="main")]


def test_templates_know_the_state_and_pay_for_it_once_a_minute(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert render_template_string("{{ open_now.open }} {{ open_now.words }}") == "True Open now, until 18:00"
    monkeypatch.setattr("app.hours.furniture.calendar", lambda _name: pytest.fail("asked twice"))
    assert render_template_string("{{ open_now.words }}") == "Open now, until 18:00"


def test_templates_know_the_week_and_the_days_ahead(app: Flask) -> None:
    words = render_template_string("{% for days, hours in hours_week() %}{{ days }} {{ hours }};{% endfor %}")
    assert words == "Monday to Friday 8:00–18:00;Saturday and Sunday Closed;"
    ahead = render_template_string("{% for row in hours_ahead() %}{{ row|join('|') }};{% endfor %}")
    assert ahead == "Thursday, 26 November|Closed|Thanksgiving Day;Friday, 27 November|10:00–15:00|Day after Thanksgiving;"


def test_content_problems_reach_the_linter(folder: Path) -> None:
    write(folder, 'zone = "UTC"\n[week]\nmonday = "nine"')
    assert any("hours/main.toml:3" in str(problem) for problem in content.checked())
