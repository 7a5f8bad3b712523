"""The calendar socket: what a host's outside calendar is to us, and the rows that remember what it said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Select, String, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.consults.hosts import Host, changed
from app.lib import clock, tokens
from app.lib.db import Instant, Model, Title, db
from app.lib.plugs import Plugs

PAST, AHEAD = timedelta(days=2), timedelta(days=420)
PATIENCE = {"ics": timedelta(minutes=15)}
OFTEN = timedelta(minutes=5)
EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Time that an outside calendar says is taken: half-open, aware. `href` names the object it stands in, `uid` its event."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All a plug needs to ask a calendar, and no database row: nothing is locked while we wait for another machine.

    `known` maps the address of each object we know to its version; `ours` are the uids of our own events; `whole` asks for everything
    anew, as once a day, when the range has moved on. Whole days and floating times are in `zone`, that of the `owner` (an address).
    """

    url: str
    secrets: Mapping[str, str]
    memory: Mapping[str, Any]
    known: Mapping[str, str]
    ours: frozenset[str]
    since: datetime
    until: datetime
    zone: ZoneInfo
    owner: str = ""
    tentative_is_busy: bool = True
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a calendar says: taken time and objects (address -> version, uid) that are new or changed, addresses that are gone.

    With `whole` it is everything there is. `own` has the starts of our own events among them. `memory` is kept for the next reading;
    `choices` (name, address) mean that somebody must first say which calendar is meant.
    """

    taken: list[Taken] = field(default_factory=list)
    objects: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    own: Mapping[str, datetime] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)
    choices: list[tuple[str, str]] = field(default_factory=list)
    whole: bool = False


class Calendar(Protocol):
    """A kind of outside calendar. Called in jobs only, with no transaction open; may be slow.

    Raises OSError or ValueError with words for the desk when the calendar cannot be reached or read; everything else is a fault of ours.
    """

    kind: str
    name: str
    writes: bool

    def read(self, link: Snapshot) -> Changes | None:
        """What changed since the last reading; None when nothing did."""

    def put(self, link: Snapshot, uid: str, body: bytes, href: str, etag: str) -> tuple[str, str]:
        """Write our event (an iCalendar object, RFC 5545, times in UTC), whatever stands there now. Gives its address and version."""

    def remove(self, link: Snapshot, href: str) -> None:
        """Delete our event; one that is gone already is fine."""


_calendars = Plugs[Calendar](by="kind")
register, calendar_of, kinds = _calendars.plug, _calendars.of, _calendars.all


class CalendarLink(Model):
    """One outside calendar of a host: where it is, how it last went. `sealed` is encrypted JSON; `memory` is what the plug keeps."""

    __tablename__ = "calendar_links"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[Title]
    url: Mapped[str] = mapped_column(String(1000))
    sealed: Mapped[bytes | None] = mapped_column("secrets", LargeBinary)
    writes: Mapped[bool] = mapped_column(default=False)
    tentative_is_busy: Mapped[bool] = mapped_column(default=True)
    memory: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    last_ok_at: Mapped[Instant | None]
    last_try_at: Mapped[Instant | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
    took_ms: Mapped[int | None]
    host: Mapped[Host] = relationship()

    @property
    def secrets(self) -> dict[str, str]:
        return dict(json.loads(tokens.decrypt(self.sealed))) if self.sealed else {}

    @secrets.setter
    def secrets(self, given: dict[str, str]) -> None:
        self.sealed = tokens.encrypt(json.dumps(given).encode())

    @property
    def is_stale(self) -> bool:
        return clock.now() - (self.last_ok_at or self.created_at) > timedelta(hours=self.host.stale_hours)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(name, url) for name, url in self.memory.get("choices", [])]

    def snapshot(self, ours: frozenset[str]) -> Snapshot:
        """What a plug needs now. `ours` are the uids of the host's own bookings."""
        known = select(CalendarObject.href, CalendarObject.etag).where(CalendarObject.link_id == self.id)
        return Snapshot(
            url=self.url,
            secrets=self.secrets,
            memory=dict(self.memory),
            known={href: etag for href, etag in db.session.execute(known)},
            ours=ours,
            since=clock.now() - PAST,
            until=clock.now() + AHEAD,
            zone=self.host.zone,
            owner=self.host.person.email or "",
            tentative_is_busy=self.tentative_is_busy,
            whole=self.memory.get("day") != clock.now().date().isoformat(),
        )

    def took(self, changes: Changes) -> None:
        """Remember what the calendar said, instead of what it said before."""
        touched = [*changes.objects, *changes.gone]
        for table in (BusyTime, CalendarObject):
            old = delete(table).where(table.link_id == self.id)
            db.session.execute(old if changes.whole else old.where(table.href.in_(touched)))
        db.session.add_all(CalendarObject(link_id=self.id, href=href, etag=etag, uid=uid) for href, (etag, uid) in changes.objects.items())
        db.session.add_all(
            BusyTime(link_id=self.id, host_id=self.host_id, href=one.href, uid=one.uid, starts_at=one.starts_at, ends_at=one.ends_at)
            for one in changes.taken
        )
        today = {"day": clock.now().date().isoformat()} if changes.whole else {"day": self.memory.get("day")}
        self.memory = {**changes.memory, **today, **({"choices": changes.choices} if changes.choices else {})}
        changed([self.host_id])

    @classmethod
    def of(cls, host: Host) -> Select[CalendarLink]:
        return select(cls).where(cls.host_id == host.id).order_by(cls.id)

    @classmethod
    def due(cls) -> list[CalendarLink]:
        """Links that were not asked for a while."""
        links = db.session.scalars(select(cls).order_by(cls.last_try_at)).unique()
        return [link for link in links if clock.now() - (link.last_try_at or EVER) >= PATIENCE.get(link.kind, OFTEN)]


class BusyTime(Model):
    """Time that a linked calendar says is taken; no titles are kept."""

    __tablename__ = "busy_times"
    __table_args__ = (Index("ix_busy_times_host_start", "host_id", "starts_at"),)

    link_id: Mapped[int] = mapped_column(ForeignKey("calendar_links.id", ondelete="CASCADE"), index=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"))
    href: Mapped[str] = mapped_column(String(1000), default="")
    uid: Mapped[str] = mapped_column(String(300))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]


class CalendarObject(Model):
    """One object of a linked calendar as it was last seen: its address, version and uid; no titles, no texts."""

    __tablename__ = "calendar_objects"
    __table_args__ = (Index("ix_calendar_objects_link_href", "link_id", "href"),)

    link_id: Mapped[int] = mapped_column(ForeignKey("calendar_links.id", ondelete="CASCADE"))
    href: Mapped[str] = mapped_column(String(1000))
    etag: Mapped[str] = mapped_column(String(300))
    uid: Mapped[str] = mapped_column(String(300))


class CalendarCopy(Model):
    """Our event in somebody's calendar: under which address and version (ETag), and which sequence of the booking it shows."""

    __tablename__ = "calendar_copies"
    __table_args__ = (UniqueConstraint("booking_id", "link_id"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    link_id: Mapped[int] = mapped_column(ForeignKey("calendar_links.id", ondelete="CASCADE"), index=True)
    href: Mapped[str] = mapped_column(String(1000), default="")
    etag: Mapped[str] = mapped_column(String(300), default="")
    sequence: Mapped[int] = mapped_column(default=-1)
    gone: Mapped[bool] = mapped_column(default=False)


class Conflict(Model):
    """A host's calendar and a booking disagree: `over` (another event lies over it), `missing` or `moved` (what somebody did to ours)."""

    __tablename__ = "calendar_conflicts"
    __table_args__ = (UniqueConstraint("booking_id", "link_id", "kind"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    link_id: Mapped[int] = mapped_column(ForeignKey("calendar_links.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    settled_at: Mapped[Instant | None]
