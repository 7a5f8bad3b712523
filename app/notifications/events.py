"""The facts that notifications tell."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ConsentGiven(Fact):
    """Somebody agreed to something at an address or number."""

    consent_id: int
    what: str
    address: str


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(Fact):
    """A consent ended: what was planned on its ground must not happen."""

    consent_id: int
    what: str
    address: str


@dataclass(frozen=True, kw_only=True)
class OptedOut(Fact):
    """An address wants no more letters on a topic (`*`: on anything but what it asked for itself)."""

    address: str
    topic: str


@dataclass(frozen=True, kw_only=True)
class AddressSuppressed(Fact):
    """Letters to this address come back, or its owner called them unwanted."""

    address: str
    reason: str
