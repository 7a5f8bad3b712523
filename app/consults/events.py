"""The facts that consults tell."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.facts import Fact


@dataclass(frozen=True, kw_only=True)
class BookingMade(Fact):
    """A consult stands: somebody booked it, or a person here approved the request."""

    booking_id: int


@dataclass(frozen=True, kw_only=True)
class BookingRequested(Fact):
    """Somebody asked for a time that a person here must approve first; the time is kept meanwhile."""

    booking_id: int


@dataclass(frozen=True, kw_only=True)
class BookingMoved(Fact):
    """A standing consult has another time (or another host). `sequence` is its iTIP sequence after the move."""

    booking_id: int
    sequence: int
    was: str


@dataclass(frozen=True, kw_only=True)
class BookingCancelled(Fact):
    """A consult was called off by `visitor`, `host` or `provider`. `sequence` is its iTIP sequence after that."""

    booking_id: int
    sequence: int
    by: str


@dataclass(frozen=True, kw_only=True)
class TimeFreed(Fact):
    """A time of this type that was taken can be had again; `starts_at` is ISO 8601 in UTC."""

    type_slug: str
    starts_at: str


@dataclass(frozen=True, kw_only=True)
class OutcomeRecorded(Fact):
    """A person here said whether the visitor came, and what came of it."""

    booking_id: int


@dataclass(frozen=True, kw_only=True)
class ConflictFound(Fact):
    """A host's calendar says something else about the time of a booking: another event over it, or ours is gone."""

    conflict_id: int
