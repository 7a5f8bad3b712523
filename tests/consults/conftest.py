"""Consults in tests: types of our own beside the firm's content, hosts with plain hours, and a Monday morning."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from flask import Flask

from app.accounts.models import Person
from app.consults.models import Host, WeeklyWindow
from app.consults.offer import _kept
from app.lib import clock, content
from app.lib.db import add, unit_of_work

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = datetime(2026, 12, 7, 8, 0, tzinfo=NEW_YORK)
INTRO = {"title": "Free intro", "minutes": 15, "every": 15, "notice": "1 hour", "ahead": "14 days", "where": ["phone", "video"]}
WriteType = Callable[..., None]
MakeHost = Callable[..., Host]
Hosts = tuple[Host, Host]


def at(text: str, zone: ZoneInfo = NEW_YORK) -> int:
    """The epoch second of a wall time, such as "2026-12-07 10:00"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC).timestamp())


@pytest.fixture
def write_type(app: Flask, tmp_path: Path) -> Iterator[WriteType]:
    """Gives a function that writes content/consults/<slug>.md; the rest of content/ is the firm's own."""
    settings = app.config["SETTINGS"]
    for entry in Path(settings.content_dir).iterdir():
        if entry.name != "consults":
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "consults").mkdir()
    app.config["SETTINGS"] = dataclasses.replace(settings, content_dir=str(tmp_path))

    def write(slug: str, body: str = "What we talk about.", **meta: Any) -> None:
        (tmp_path / "consults" / f"{slug}.md").write_text(f"---\n{yaml.safe_dump({**INTRO, **meta})}---\n\n{body}\n")

    write("intro")
    yield write
    app.config["SETTINGS"] = settings


@pytest.fixture
def make_host(app: Flask) -> MakeHost:
    """Gives a function that makes somebody a host, Monday to Friday nine to five in New York unless told otherwise."""

    def make(person: Person, hours: dict[int, list[tuple[int, int]]] | None = None, **more: Any) -> Host:
        with unit_of_work():
            host = add(Host(**{"person_id": person.id, "timezone": "America/New_York", "phone": "+1 555 0100", **more}))
            for weekday, windows in (hours or {day: [(540, 1020)] for day in range(5)}).items():
                host.windows += [WeeklyWindow(weekday=weekday, start=start, end=end) for start, end in windows]
        return host

    return make


@pytest.fixture
def monday(app: Flask) -> Iterator[datetime]:
    """It is Monday, 7 December 2026, eight in the morning in New York."""
    with clock.at(MONDAY):
        yield MONDAY


@pytest.fixture
def hosts(write_type: WriteType, make_host: MakeHost, monday: datetime, grace: Person, linus: Person) -> tuple[Host, Host]:
    """Grace and Linus hold consults."""
    return make_host(grace), make_host(linus)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    _kept.clear()
    content._kept.clear()
