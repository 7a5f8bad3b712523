"""Zones as people see them: a list to choose from, a name with its offset, and an instant in full."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from app.consults.walltime import available_names
from app.lib import dates


@lru_cache(maxsize=1)
def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The zones of today's time zone database by continent: (continent, [(name, city)])."""
    lines = (files("tzdata") / "zoneinfo" / "zone1970.tab").read_text(encoding="utf-8").splitlines()
    names = sorted(line.split("\t")[2] for line in lines if line and not line.startswith("#"))
    continents: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        continents.setdefault(name.partition("/")[0], []).append((name, city(name)))
    return list(continents.items())


def city(name: str) -> str:
    return name.partition("/")[2].replace("/", ", ").replace("_", " ") or name


def known(name: str | None) -> str | None:
    """The name when it is an IANA zone, else None."""
    return name if name in available_names() else None


def offset_words(moment: datetime) -> str:
    """The offset of an aware time as GMT+5:30, GMT−5 or GMT."""
    minutes = int((moment.utcoffset() or moment - moment).total_seconds() // 60)
    if not minutes:
        return "GMT"
    hours, rest = divmod(abs(minutes), 60)
    return f"GMT{'+' if minutes > 0 else '−'}{hours}{f':{rest:02d}' if rest else ''}"


def zone_words(zone: ZoneInfo, at: datetime) -> str:
    """Such as "New York (GMT−5)"."""
    return f"{city(zone.key)} ({offset_words(at.astimezone(zone))})"


def full_words(moment: datetime) -> str:
    """Such as "Tuesday, 8 December 2026, 9:00 am (GMT−5)"."""
    return f"{dates.day(moment, 'full')}, {dates.time(moment)} ({offset_words(moment)})"
