"""The facts that tickets tell."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.facts import Fact


@dataclass(frozen=True, kw_only=True)
class TicketOpened(Fact):
    """A conversation became a ticket: by form, letter, phone, portal, an agent, or escalation of a chat (`way`)."""

    ticket_id: int
    conversation_id: int
    way: str


@dataclass(frozen=True, kw_only=True)
class PromiseNear(Fact):
    """A share (50, 75 or 90) of the time for a target (first, next, resolution) has gone."""

    ticket_id: int
    target: str
    share: int


@dataclass(frozen=True, kw_only=True)
class PromiseBroken(Fact):
    """A target was not met in time."""

    ticket_id: int
    target: str


@dataclass(frozen=True, kw_only=True)
class TicketEscalated(Fact):
    """A ticket went up a level, by somebody or (without `by_id`) by a clock."""

    ticket_id: int
    level: int
    by_id: int | None


@dataclass(frozen=True, kw_only=True)
class TicketRated(Fact):
    """A customer said how it was: 1 (bad) to 5 (good)."""

    ticket_id: int
    rating_id: int
    stars: int
