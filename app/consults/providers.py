"""The socket for booking providers: services at whose pages a consult type may be booked, and which of them are switched off.

A plug lives in app/integrations/<name>/ and calls `plug(its_provider)` when it is mounted. No provider touches a booking: it brings
Reports, and `OutsideBooking.hear` is the only place where a report becomes state.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.consults.hosts import Host
from app.consults.types import ConsultType, Outside
from app.lib import clock
from app.lib.db import Instant, Model, db, only
from app.lib.plugs import Plugs

NATIVE = "native"
INSTANTS = ("at", "starts_at", "ends_at")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a provider says of one booking there. Empty fields say nothing.

    `ref` is its id there; `at` when the provider says this became so. `state` is requested, booked, cancelled or replaced (moved: the new
    booking has an id of its own, in `replaced_by`; it names this one in `replaces`). Instants are aware. `hosts` and `email` are addresses,
    `mark` is what our own link carried there, `missed` says whether the guest stayed away.
    """

    provider: str
    ref: str
    at: datetime
    state: str = ""
    replaces: str = ""
    replaced_by: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    title: str = ""
    event_type: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    timezone: str = ""
    hosts: tuple[str, ...] = ()
    place: str = ""
    join_url: str = ""
    move_url: str = ""
    cancel_url: str = ""
    reason: str = ""
    mark: str = ""
    missed: bool | None = None

    def as_json(self) -> str:
        """The report as text; `from_json` reads it back."""
        return json.dumps(asdict(self), default=datetime.isoformat, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Report:
        values: dict[str, Any] = json.loads(text)
        instants = {name: datetime.fromisoformat(values[name]) for name in INSTANTS if values[name]}
        return cls(**{**values, **instants, "hosts": tuple(values["hosts"])})


@dataclass(frozen=True, kw_only=True)
class Message:
    """One webhook: its event's name, and what it says; no report means that it says nothing to us. `at` is the instant that it bears."""

    kind: str
    reports: tuple[Report, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Guest:
    """What may be filled in for somebody at a provider's page, and the mark by which we know their booking again."""

    mark: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The way to a provider's page: a plain link; and for the embedded page its script, what the script is told, and the sources
    (by directive of the content-security policy) that only this page of ours must open for it."""

    link: str
    script: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Provider(Protocol):
    """A service at whose pages consults are booked. `listed`, `look_after` and `connect` are called in jobs only, with no transaction open.

    `hears` says whether webhooks can be verified, `lists` whether its API may be asked.
    """

    name: str
    title: str

    @property
    def hears(self) -> bool: ...

    @property
    def lists(self) -> bool: ...

    def entry(self, outside: Outside, guest: Guest) -> Entry:
        """Where this type is booked. In private mode (`outside.private`) nothing that somebody typed goes there."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise signatures.Forged unless one of the active secrets signed these bytes."""

    def check_age(self, headers: Mapping[str, str], message: Message) -> None:
        """Raise signatures.Stale for a message that is new to us and too old, or from the future."""

    def read(self, body: bytes) -> Message:
        """What a message says. Raises ValueError for bytes that are none."""

    def listed(self, since: datetime) -> list[Report]:
        """Every booking there that begins after `since`, as it is now. Raises OSError or ValueError with words for the desk."""

    def look_after(self) -> str:
        """Look whether the provider still sends us webhooks, and mend it where we can. Gives words for the desk, or nothing.

        Raises OSError or ValueError.
        """


_providers = Plugs[Provider]()
plug, provider_of, providers = _providers.plug, _providers.of, _providers.all


class ProviderState(Model):
    """What we know of one way to book: since when it is off and by whom, when it last spoke, how its last reading went."""

    __tablename__ = "booking_providers"

    name: Mapped[str] = mapped_column(String(20), unique=True)
    off_at: Mapped[Instant | None]
    off_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    refused_at: Mapped[Instant | None]
    swept_at: Mapped[Instant | None]
    sweep_error: Mapped[str] = mapped_column(Text, default="")
    hook_words: Mapped[str] = mapped_column(Text, default="")
    alarmed_at: Mapped[Instant | None]

    @classmethod
    def of(cls, name: str, *, locked: bool = False) -> ProviderState:
        """The row of a provider, made when it is not there yet; `locked` lets nobody else apply its news meanwhile."""
        query = select(cls).where(cls.name == name)
        return only(query.with_for_update() if locked else query, cls(name=name))

    def switch(self, on: bool, by: Person) -> None:
        self.off_at, self.off_by_id = (None, None) if on else (self.off_at or clock.now(), by.id)


def switched_off() -> frozenset[str]:
    """The names of the ways to book that are off."""
    return frozenset(db.session.scalars(select(ProviderState.name).where(ProviderState.off_at.is_not(None))))


def way_of(kind: ConsultType, off: frozenset[str] | None = None) -> str:
    """How this type is booked now: `outside` at its provider, `native` here, or by a `request` that somebody answers by hand.

    A provider that is off, or not plugged in, falls back to our own times, and these to the request.
    """
    off = switched_off() if off is None else off
    if kind.outside and kind.outside.name in _providers and kind.outside.name not in off:
        return "outside"
    if NATIVE in off or (kind.outside and all(host.is_paused for host in Host.holding(kind))):
        return "request"
    return "native"
