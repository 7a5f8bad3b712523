"""Opening hours in every template: `open_now` (is somebody here, and until when), `hours_week`, and the desk's menu entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, current_app
from werkzeug.local import LocalProxy

from app.hours.models import calendar, main_name
from app.hours.words import say_day, say_hours, say_state, say_week
from app.lib import clock, slots
from app.lib.access import only_for

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class State:
    """Whether a calendar is open in this minute, in a word and in words."""

    open: bool
    words: str


def open_now(name: str | None = None) -> State:
    """The state of the firm's calendar, or of the one named; worked out once a minute in each process."""
    moment = clock.now().replace(second=0, microsecond=0)
    name = name or main_name()
    kept: dict[str, Any] = current_app.extensions["hours"]
    if kept.get("minute") != moment:
        kept.clear()
        kept["minute"] = moment
    if name not in kept:
        hours = calendar(name)
        kept[name] = State(hours.is_open(moment), say_state(hours, moment))
    state: State = kept[name]
    return state


def hours_week(name: str | None = None) -> list[tuple[str, str]]:
    """The ordinary week in words: `[("Monday to Friday", "8:00–18:00"), …]`."""
    return say_week(calendar(name or main_name()))


def hours_ahead(name: str | None = None, days: int = 30) -> list[tuple[str, str, str]]:
    """The dates of the next days that differ from the week: day in words, hours in words, what it is called."""
    hours = calendar(name or main_name())
    today = clock.now().astimezone(hours.zone).date()
    dates = (today + timedelta(days=n) for n in range(days))
    return [(say_day(day, today), say_hours(hours.hours_on(day)), hours.label(day)) for day in dates if hours.is_exception(day)]


slots.fill("desk.nav", "hours/_nav.html", only_for("admin"), order=800, kept=True)


def init_app(app: Flask) -> None:
    app.extensions["hours"] = {}
    app.jinja_env.globals.update(open_now=LocalProxy(open_now), open_of=open_now, hours_week=hours_week, hours_ahead=hours_ahead)
