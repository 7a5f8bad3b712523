"""Calendars as editors commit them: one TOML file each in content/hours/."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from app.hours.clockwork import Calendar, NoOpenHours, Wall, no_holidays
from app.hours.feeds import closed_days
from app.hours.words import DAYS, Unreadable, read_hours
from app.lib import clock, content
from app.lib.content import Document, Problem
from app.lib.fields import Fields

FOLDER = "hours"
STRETCH = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:to|-|–)\s*(\d{4}-\d\d-\d\d))?")
OFFICE = read_hours("9:00-17:00")
LONGEST = 370


@dataclass(frozen=True)
class Committed:
    """One file: its calendar, and the addresses of the feeds that it follows."""

    calendar: Calendar
    feeds: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


_read: dict[Path, tuple[Document, float, Committed]] = {}
FALLBACK = Committed(Calendar(zone=ZoneInfo("UTC"), weekly=(OFFICE,) * 5 + ((), ())))


def names() -> list[str]:
    """The calendars there are, `main` first."""
    found = sorted(path.stem for path in (content.root() / FOLDER).glob("*.toml"))
    return sorted(found, key=lambda name: name != "main") or ["main"]


def committed(name: str) -> Committed:
    """The calendar of that file; an office day in UTC while it is missing or unreadable, so that the site serves on."""
    path = content.root() / FOLDER / f"{name}.toml"
    document = content.kept(path)[1] if re.fullmatch(r"[\w-]+", name) else None
    if document is None:
        return FALLBACK
    known, newest = _read.get(path), newest_feed(path.parent)
    if known is None or known[0] is not document or known[1] != newest:
        known = _read[path] = (document, newest, read(document))
    return known[2]


def newest_feed(folder: Path) -> float:
    return max((path.stat().st_mtime for path in folder.glob("*.ics")), default=0.0)


def read(document: Document) -> Committed:
    fields = Fields.of(document)
    feeds = fields.words("feeds")
    hours, labels = read_days(fields)
    calendar = Calendar(
        zone=read_zone(fields),
        weekly=read_week(fields.part("week")),
        special=hours,
        closed=dict(followed(fields, document.path.parent, feeds)),
        holidays=read_holidays(fields),
        labels=labels,
    )
    try:
        calendar.check()
    except NoOpenHours as error:
        fields.complain("week", f"opens on no day: {error}")
        return Committed(FALLBACK.calendar, (), fields.done())
    return Committed(calendar, tuple(feed for feed in feeds if "://" in feed), fields.done())


def read_zone(fields: Fields) -> ZoneInfo:
    name = fields.text("zone")
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError, KeyError):
        fields.complain("zone", f"is {name!r}, which is no time zone such as America/New_York")
        return ZoneInfo("UTC")


def read_week(week: Fields) -> tuple[tuple[Wall, ...], ...]:
    found = tuple(intervals(week, day) for day in DAYS)
    week.done()
    return found


def intervals(fields: Fields, key: str) -> tuple[Wall, ...]:
    try:
        return read_hours(list(fields.words(key)))
    except Unreadable as error:
        fields.complain(key, str(error).removesuffix("."))
        return ()


def read_days(fields: Fields) -> tuple[dict[date, tuple[Wall, ...]], dict[date, str]]:
    hours: dict[date, tuple[Wall, ...]] = {}
    labels: dict[date, str] = {}
    for row in fields.rows("days"):
        open_hours, label = intervals(row, "hours"), row.text("label", "")
        for day in stretch(row):
            hours[day], labels[day] = open_hours, label
        row.done()
    return hours, labels


def stretch(row: Fields) -> list[date]:
    """The days that a `date` names: one, or `2026-12-28 to 2026-12-31`."""
    found = STRETCH.fullmatch(row.text("date"))
    try:
        first, last = (date.fromisoformat(words) for words in (found[1], found[2] or found[1])) if found else (date.max, date.min)
    except ValueError:
        first, last = date.max, date.min
    if not 0 <= (last - first).days < LONGEST:
        row.complain("date", "should be like 2026-12-24 or 2026-12-24 to 2026-12-31")
        return []
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def read_holidays(fields: Fields) -> Callable[[int], Mapping[date, str]]:
    where = fields.text("holidays", "")
    try:
        return public_holidays(where) if where else no_holidays
    except (NotImplementedError, KeyError, ValueError):
        fields.complain("holidays", f"is {where!r}, which is no country or part of one such as US or US-NY")
        return no_holidays


@cache
def public_holidays(where: str) -> Callable[[int], Mapping[date, str]]:
    """The public holidays of a country (ISO 3166-1, with its part after a hyphen), year by year. Raises NotImplementedError."""
    # 0.13 s to import, and most installations name one country at most.
    import holidays  # noqa: PLC0415

    country, _, part = where.partition("-")

    @cache
    def of_year(year: int) -> Mapping[date, str]:
        return dict(holidays.country_holidays(country, subdiv=part or None, years=year))

    of_year(clock.now().year)
    return of_year


def followed(fields: Fields, folder: Path, feeds: Iterable[str]) -> Iterator[tuple[date, str]]:
    """The closed days of the calendar files beside this one; those at addresses are fetched by an errand."""
    for feed in feeds:
        if "://" not in feed:
            try:
                yield from closed_days((folder / Path(feed).name).read_bytes(), clock.now().date())
            except (OSError, ValueError) as error:
                fields.complain("feeds", f"names {feed!r}, which cannot be read: {error}")


@content.check("hours")
def problems() -> Iterable[Problem]:
    for name in names():
        yield from content.table_problems(f"{FOLDER}/{name}.toml")
        yield from committed(name).problems
