"""Consult types, one file each in content/consults/: who may book what, how long, where, on what terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from markupsafe import Markup

from app.consults.availability import Rules
from app.lib.markdown import render_article

PLACES = {"phone": "Phone call", "video": "Video call", "office": "At our office"}
KINDS = ("text", "long", "choice", "number", "file")
ASSIGNMENTS = ("round-robin", "any", "set")
AFTER_NO_SHOWS = ("approval", "deposit", "block")
PROVIDERS = ("calendly", "calcom")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One intake question."""

    name: str
    ask: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outside:
    """The type is booked at a provider's page. `private` sends nothing that was typed; `event_type` is its name over there."""

    name: str
    url: str
    mode: str = "link"
    private: bool = False
    event_type: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultType:
    """What can be booked. Durations are minutes, days where the name says so; a deposit is in minor units.

    docs/booking.md explains the fields of a file.
    """

    slug: str
    title: str
    rules: Rules
    summary: str = ""
    body: str = ""
    professions: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    needs: Mapping[str, int] = field(default_factory=dict)
    assign: str = "round-robin"
    places: tuple[str, ...] = ("phone",)
    reminders: tuple[int, ...] = (60, 1440)
    remind_by: tuple[str, ...] = ("email", "sms")
    change_until: int = 720
    policy: str = ""
    keep_days: int = 90
    no_shows: int | None = None
    then: str = "approval"
    deposit: int = 0
    currency: str = "USD"
    series: int = 1
    order: int = 100
    listed: bool = True
    questions: tuple[Question, ...] = ()
    outside: Outside | None = None

    @property
    def minutes(self) -> int:
        return self.rules.minutes

    @property
    def description(self) -> Markup:
        return described(self.body)

    @property
    def is_set(self) -> bool:
        return self.assign == "set"

    @property
    def wanted_skills(self) -> tuple[str, ...]:
        return tuple(self.needs) if self.is_set else self.skills

    def suits(self, profession: str | None) -> bool:
        return not self.professions or profession in self.professions


@lru_cache(maxsize=256)
def described(body: str) -> Markup:
    return Markup(render_article(body).html)  # noqa: S704 - sanitised by render_article
