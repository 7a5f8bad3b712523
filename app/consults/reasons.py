"""Why a time is not offered: each rule in a sentence, with the place in the desk that changes it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from app.consults.availability import Reason
from app.consults.hosts import Host
from app.consults.speech import duration_words
from app.consults.types import ConsultType

SENTENCES = {
    "past": "That moment is over.",
    "notice": "The type asks for {words} of notice.",
    "window": "The type can be booked {words} days ahead at most.",
    "paused": "{host} is paused.",
    "stale": "The calendar “{words}” has been silent too long, so nothing of {host} is offered.",
    "host_limit": "{host} holds {words} consults a day at most, and that day is full.",
    "type_limit": "The type allows {words} a day, and that day is full.",
    "hours": "It lies outside {host}’s weekly hours.",
    "override": "{host}’s hours on that date were set by hand.",
    "holiday": "It is {words}.",
    "too_short": "The window ends before the consult would.",
    "grid": "The type begins every {words} minutes, counted from the start of the window.",
    "booking": "A booking, with its buffers, is in the way.",
    "hold": "Somebody is booking that time just now.",
    "time_off": "{host} is away{words}.",
    "calendar": "Something in a linked calendar is in the way.",
    "skill": "{host} does not hold this type.",
}
FIXES = {
    "paused": ("Resume", "pause"),
    "stale": ("Look at the calendars", "calendars"),
    "host_limit": ("Change the daily limit", "settings"),
    "hours": ("Change the weekly hours", "week"),
    "override": ("Change that date", "days"),
    "holiday": ("Open that date by hand", "days"),
    "time_off": ("Change the time off", "time-off"),
    "calendar": ("Look at the calendars", "calendars"),
    "too_short": ("Change the weekly hours", "week"),
    "skill": ("Change the skills", "settings"),
}


@dataclass(frozen=True)
class Answer:
    """One rule in words, and a link (label, address) that changes it where there is one."""

    words: str
    fix: tuple[str, str] | None


def answer(reason: Reason, kind: ConsultType, host: Host) -> Answer:
    words = {"notice": lambda: duration_words(int(reason.words)), "time_off": lambda: f" ({reason.words})" if reason.words else ""}
    said = words.get(reason.code, lambda: reason.words)()
    return Answer(SENTENCES[reason.code].format(words=said, host=host.name), fix(reason, kind, host))


def fix(reason: Reason, kind: ConsultType, host: Host) -> tuple[str, str] | None:
    if reason.code in {"booking", "hold"}:
        return "See the booking", url_for("consult_desk.show", booking_id=reason.row_id)
    if reason.code in {"notice", "window", "type_limit", "grid"}:
        return "See the type’s file", url_for("consult_desk.types", _anchor=kind.slug)
    if reason.code in FIXES:
        label, anchor = FIXES[reason.code]
        return label, url_for("consult_desk.show_host", host_id=host.id, _anchor=anchor)
    return None
