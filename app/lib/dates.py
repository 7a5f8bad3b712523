"""Dates and times in words, in one manner everywhere: pages, desk, letters. static/js/elements/local-time.js says them so too."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from flask import Flask

DAYS = {
    "short": "%-d %b",
    "near": "%a %-d %b",
    "long": "%-d %B %Y",
    "named": "%A, %-d %B",
    "full": "%A, %-d %B %Y",
    "month": "%B %Y",
}
# What <local-time> shows: the day's manner (none: only the time), and whether a time stands with it.
MOMENTS = {
    "long": ("long", True),
    "short": ("short", True),
    "day": ("long", False),
    "time": ("", True),
    "ago": ("long", True),
    "near": ("near", True),
    "promise": ("near", True),
    "zone": ("", False),
}
# Where clocks are read with am and pm.
TWELVE_HOURS = ("US/", "Canada/", "Australia/", "America/Indiana/", "America/Kentucky/", "America/North_Dakota/")
CITIES = """
    New_York Chicago Denver Los_Angeles Phoenix Anchorage Detroit Boise Juneau Nome Toronto Vancouver Edmonton Winnipeg Halifax
    St_Johns Regina Whitehorse Moncton Puerto_Rico Menominee
"""
ELSEWHERE = "Pacific/Honolulu Pacific/Auckland Asia/Kolkata Asia/Calcutta Asia/Manila Asia/Karachi Africa/Cairo"
TWELVE_HOUR_ZONES = frozenset([*(f"America/{name}" for name in CITIES.split()), *ELSEWHERE.split()])


def day(moment: date, style: str = "long") -> str:
    """`short` 8 Dec · `near` Tue 8 Dec · `long` 8 December 2026 · `named` Tuesday, 8 December · `full` has both · `month` December 2026."""
    return moment.strftime(DAYS[style])


def time(moment: datetime) -> str:
    """An aware time as a clock of its zone shows it: 9:00 am, or 09:00."""
    return moment.strftime("%-I:%M %p").replace("AM", "am").replace("PM", "pm") if reads_twelve(moment.tzinfo) else moment.strftime("%H:%M")


def moment(given: datetime, style: str = "long") -> str:
    """Day and time of an aware instant, with the name of its zone: 8 December 2026, 14:05 UTC."""
    return f"{day(given, style)}, {time(given)} {given:%Z}"


def shown(given: datetime, style: str, zone: tzinfo | None = None) -> str:
    """What `ui.when` says where no script runs: in UTC, which it names, or by the clocks of `zone`."""
    manner, timed = MOMENTS[style]
    here = given.astimezone(zone) if zone else given
    named = "" if zone or style == "day" else "UTC"
    said = ", ".join(filter(None, (day(here, manner) if manner else "", time(here) if timed else "")))
    return " ".join(filter(None, (said, named)))


def reads_twelve(zone: tzinfo | None) -> bool:
    key = getattr(zone, "key", "")
    return key in TWELVE_HOUR_ZONES or key.startswith(TWELVE_HOURS)


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(day=day, time=time, moment=moment, shown=shown)
