"""The calendar socket: what a host's outside calendar is to us, and the rows that remember what it said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Select, String, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.consults.hosts import Host, changed
from app.lib import clock
from app.lib.db import Instant, Model, Title, db

PAST, AHEAD = timedelta(days=2), timedelta(days=420)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Time that an outside calendar says is taken: half-open, aware; `uid` is the event's own."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str = ""


class Calendar(Protocol):
    """A kind of outside calendar. Called in jobs only, never in a request; may be slow, raises any exception when it fails."""

    kind: str
    writes: bool

    def read(self, link: CalendarLink) -> None:
        """Bring the link's events up to date: call `link.took(...)` with all taken time when something changed."""

    def put(self, link: CalendarLink, uid: str, body: bytes, copy: CalendarCopy) -> None:
        """Write our event (an iCalendar object, RFC 5545, times in UTC) and set `copy.href` and `copy.etag`."""

    def remove(self, link: CalendarLink, copy: CalendarCopy) -> None:
        """Delete our event; one that is gone already is fine."""


_calendars: dict[str, Calendar] = {}


def register(calendar: Calendar) -> None:
    _calendars[calendar.kind] = calendar


def calendar_of(kind: str) -> Calendar | None:
    return _calendars.get(kind)


def kinds() -> list[str]:
    return sorted(_calendars)


class CalendarLink(Model):
    """One outside calendar of a host: where it is, how it last went. `secrets` is encrypted JSON; `memory` is what the plug keeps."""

    __tablename__ = "calendar_links"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[Title]
    url: Mapped[str] = mapped_column(String(1000))
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    writes: Mapped[bool] = mapped_column(default=False)
    tentative_is_busy: Mapped[bool] = mapped_column(default=True)
    memory: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    last_ok_at: Mapped[Instant | None]
    last_try_at: Mapped[Instant | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
    took_ms: Mapped[int | None]
    host: Mapped[Host] = relationship()

    def is_stale(self, hours: int) -> bool:
        return clock.now() - (self.last_ok_at or self.created_at) > timedelta(hours=hours)

    def took(self, times: list[Taken]) -> None:
        """Replace what is known of this calendar's taken time."""
        db.session.execute(delete(BusyTime).where(BusyTime.link_id == self.id))
        db.session.add_all(
            BusyTime(link_id=self.id, host_id=self.host_id, uid=time.uid[:300], starts_at=time.starts_at, ends_at=time.ends_at)
            for time in times
        )
        changed([self.host_id])

    @classmethod
    def of(cls, host: Host) -> Select[CalendarLink]:
        return select(cls).where(cls.host_id == host.id).order_by(cls.id)


class BusyTime(Model):
    """Time that a linked calendar says is taken; no titles are kept."""

    __tablename__ = "busy_times"
    __table_args__ = (Index("ix_busy_times_host_start", "host_id", "starts_at"),)

    link_id: Mapped[int] = mapped_column(ForeignKey("calendar_links.id", ondelete="CASCADE"), index=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"))
    uid: Mapped[str] = mapped_column(String(300))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]


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
    """A host's calendar and a booking disagree: `over` (another event lies over it) or `missing` (ours was deleted there)."""

    __tablename__ = "calendar_conflicts"
    __table_args__ = (UniqueConstraint("booking_id", "link_id", "kind"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    link_id: Mapped[int] = mapped_column(ForeignKey("calendar_links.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    settled_at: Mapped[Instant | None]
