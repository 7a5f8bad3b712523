"""The facts that chat tells."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CallBackAsked(Fact):
    """Somebody left a number and chose when to be called (ISO 8601, UTC)."""

    call_id: int
    conversation_id: int
    starts_at: str


@dataclass(frozen=True, kw_only=True)
class PersonWanted(Fact):
    """A visitor who was talking with the bot asked for a person."""

    conversation_id: int
