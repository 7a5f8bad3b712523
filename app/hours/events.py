"""The facts that hours tell."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.facts import Fact


@dataclass(frozen=True, kw_only=True)
class HoursChanged(Fact):
    """A calendar got or lost a special day: what was computed with it should be computed again."""

    calendar: str
