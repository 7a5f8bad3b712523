"""The facts that accounts tell."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.facts import Fact


@dataclass(frozen=True, kw_only=True)
class AddressProven(Fact):
    """A person has proven that an e-mail address is theirs (magic link, code, or a signed reply)."""

    person_id: int
    email: str


@dataclass(frozen=True, kw_only=True)
class IdentitiesLinked(Fact):
    """Two rows turned out to be one human being: `visitor_id` now stands for `person_id`. Reversible."""

    link_id: int
    person_id: int
    visitor_id: int


@dataclass(frozen=True, kw_only=True)
class IdentitiesParted(Fact):
    """They are two again: what `person_id` came to see as `visitor_id` is not theirs."""

    link_id: int
    person_id: int
    visitor_id: int


@dataclass(frozen=True, kw_only=True)
class AgentSignedIn(Fact):
    """Somebody who works here began a session."""

    person_id: int


@dataclass(frozen=True, kw_only=True)
class PersonDeactivated(Fact):
    """Somebody's account was closed: they are signed out everywhere, and what was theirs to do needs another."""

    person_id: int
