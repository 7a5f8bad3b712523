"""content/bot/bot.toml: what the bot is called, where and when it is silent, and its fixed words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from flask import current_app

from app.hours.models import main_calendar
from app.lib import clock, content
from app.lib.content import Problem

FILE = "bot/bot.toml"
TIMES = ("always", "open", "shut")
PERSON = "Talk to a person"


@dataclass(frozen=True, kw_only=True)
class House:
    """The rules of the house. `answers` is always, open (only in opening hours) or shut (only outside them); `target` is the share of
    its answers, in percent, that agents should find right."""

    name: str = "Assistant"
    answers: str = "always"
    off_pages: tuple[str, ...] = ()
    target: float = 80.0
    crisis: str = (
        "If you or somebody else is in danger, please call 911 now. In the United States you can call or text 988 at any hour. "
        "We are no health service and cannot help in an emergency. I am telling our team at once."
    )
    gentle: str = "If somebody is in danger now, please call 911, or call or text 988 at any hour."
    handing_over: str = "I am fetching a person for you. They see what you wrote, so you need not repeat it."
    unknown: str = "I do not know that. Could you say it in other words? A person can also look at it."
    unsure: str = "I am not sure what you mean. Is it one of these?"
    not_here: str = "That is a question for a person, so I am fetching one."

    @property
    def is_on(self) -> bool:
        if not current_app.config["SETTINGS"].bot or self.answers not in TIMES:
            return False
        return self.answers == "always" or (self.answers == "open") == main_calendar().is_open(clock.now())

    def is_silent_on(self, page: str) -> bool:
        return any(fnmatchcase(page, pattern) for pattern in self.off_pages)


def house() -> House:
    """What the file says, and our own words where it says nothing."""
    table = content.table(FILE)
    known = {field.name for field in fields(House)}
    given: dict[str, Any] = {name: value for name, value in table.items() if name in known and isinstance(value, str)}
    if is_share(table.get("target")):
        given["target"] = float(table["target"])
    pages = table.get("off_pages", [])
    return House(**given, off_pages=tuple(str(page) for page in pages) if isinstance(pages, list) else ())


def is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 50 <= value < 100


@content.check("bot")
def problems() -> Iterable[Problem]:
    """What is wrong with the file."""
    yield from content.table_problems(FILE)
    table = content.table(FILE)
    known = {field.name for field in fields(House)}
    yield from (Problem(FILE, 1, f"There is no setting {name!r}.") for name in table if name not in known)
    if table.get("answers", "always") not in TIMES:
        yield Problem(FILE, 1, f"answers is one of {', '.join(TIMES)}.")
    if "target" in table and not is_share(table["target"]):
        yield Problem(FILE, 1, "target is a number of percent from 50 to 99.")
