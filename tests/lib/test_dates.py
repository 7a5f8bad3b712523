"""Dates and times in words: one manner, one place."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template_string

from app.lib import dates
from app.settings import ROOT

INSTANT = datetime(2026, 12, 8, 17, 5, tzinfo=UTC)
PORTLAND, BERLIN = ZoneInfo("America/Los_Angeles"), ZoneInfo("Europe/Berlin")
# More than the name of a weekday or a month, and not what a machine reads.
SHAPED = re.compile(r"""strftime\(["'](?!%Y-?%m)[^"']*%[^"']*%|\{[^{}]*:%[^{}]*%-?[aAbBdHIp]""")


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("short", "8 Dec"),
        ("near", "Tue 8 Dec"),
        ("long", "8 December 2026"),
        ("named", "Tuesday, 8 December"),
        ("full", "Tuesday, 8 December 2026"),
        ("month", "December 2026"),
    ],
)
def test_a_day_is_said_in_one_of_few_manners(style: str, words: str) -> None:
    assert dates.day(INSTANT, style) == dates.day(date(2026, 12, 8), style) == words


def test_a_time_is_said_by_the_clocks_of_its_zone_which_it_names() -> None:
    assert dates.moment(INSTANT) == "8 December 2026, 17:05 UTC"
    assert dates.moment(INSTANT.astimezone(BERLIN), "near") == "Tue 8 Dec, 18:05 CET"
    assert dates.moment(INSTANT.astimezone(PORTLAND), "named") == "Tuesday, 8 December, 9:05 am PST"


def test_a_page_says_them_so_before_any_script(app: Flask) -> None:
    def when(style: str, zone: ZoneInfo | None = None) -> str:
        with app.test_request_context():
            drawn = render_template_string("{{ ui.when(at, style, zone) }}", at=INSTANT, style=style, zone=zone)
        return re.sub(r"<[^>]+>", "", drawn).strip()

    said = {style: when(style) for style in dates.MOMENTS}
    assert said == {
        "long": "8 December 2026, 17:05 UTC",
        "short": "8 Dec, 17:05 UTC",
        "near": "Tue 8 Dec, 17:05 UTC",
        "day": "8 December 2026",
        "time": "17:05 UTC",
        "ago": "8 December 2026, 17:05 UTC",
        "promise": "Tue 8 Dec, 17:05 UTC",
        "zone": "UTC",
    }
    assert when("short", PORTLAND) == "8 Dec, 9:05 am"


def test_nobody_else_gives_a_date_a_shape_of_their_own() -> None:
    files = [path for folder, kind in (("app", "*.py"), ("templates", "*")) for path in (ROOT / folder).rglob(kind) if path.is_file()]
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path in files
        if path.name != "dates.py" and "integrations" not in path.parts
        for line in path.read_text(errors="replace").splitlines()
        if SHAPED.search(line)
    ]
    assert found == []
