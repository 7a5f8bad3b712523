"""How templates of consults speak: times in a zone, durations, the list of zones, links that carry a query on."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, request
from markupsafe import Markup, escape

from app.consults.types import PLACES
from app.consults.walltime import local
from app.consults.zones import full_words, offset_words, zone_choices, zone_words
from app.lib import clock, dates
from app.lib.markdown import render_words
from app.lib.page import is_part


class Say:
    """Times and zones in words."""

    time = staticmethod(dates.time)
    full = staticmethod(full_words)
    zone = staticmethod(zone_words)
    offset = staticmethod(offset_words)
    words = staticmethod(render_words)

    @staticmethod
    def day(moment: datetime) -> str:
        return dates.day(moment, "named")

    @staticmethod
    def at(start: int, zone: ZoneInfo) -> str:
        return full_words(local(start, zone))


def duration_words(minutes: int) -> str:
    """Such as "12 hours", "2 days", "45 minutes"."""
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0 and minutes >= size:
            return f"{minutes // size} {word}{'s' if minutes // size > 1 else ''}"
    return "0 minutes"


def query(kept: dict[str, Any], **more: Any) -> str:
    """A query string of what is carried on and what is new; None leaves out."""
    return urlencode({name: value for name, value in {**kept, **more}.items() if value is not None})


def zone_options() -> Markup:
    """The options of a select with every zone and its offset today."""
    return options_of(clock.now().replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=4)
def options_of(hour: datetime) -> Markup:
    return Markup("").join(group(name, zones, hour) for name, zones in zone_choices())


def group(continent: str, zones: list[tuple[str, str]], hour: datetime) -> Markup:
    return Markup('<optgroup label="{}">{}</optgroup>').format(continent, Markup("").join(option(*one, hour) for one in zones))


def option(name: str, city: str, hour: datetime) -> Markup:
    return Markup('<option value="{}">{} ({})</option>').format(name, escape(city), offset_words(hour.astimezone(ZoneInfo(name))))


TIMES = ("consults.new_booking", "consults.edit_time")


def stepped() -> bool:
    """Whether this part is a new step of the flow, so that its heading takes the focus; turning a month keeps it where it is."""
    turned = request.endpoint in TIMES and {"day", "month", "tz", "host"} & set(request.args)
    return is_part() and not turned


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        say=Say, cut_off=duration_words, place_names=PLACES, query=query, zone_options=zone_options, stepped=stepped, now=clock.now
    )
