"""Hosts: people who hold consults, their hours, exceptions, time off and pause."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Select, String, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.consults.walltime import zone_of
from app.lib import clock
from app.lib.db import Instant, Model, Title, ZoneName, db

if TYPE_CHECKING:
    from app.consults.types import ConsultType

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Host(Model):
    """Somebody who holds consults. `version` counts every change of their time; `feed_version` revokes their published feed."""

    __tablename__ = "hosts"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    timezone: Mapped[ZoneName] = mapped_column(default="UTC")
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    weight: Mapped[int] = mapped_column(default=1)
    per_day: Mapped[int | None]
    about: Mapped[str] = mapped_column(String(300), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    video_url: Mapped[str] = mapped_column(String(300), default="")
    office: Mapped[str] = mapped_column(String(200), default="")
    holiday_country: Mapped[str] = mapped_column(String(2), default="")
    holiday_region: Mapped[str] = mapped_column(String(10), default="")
    stale_hours: Mapped[int] = mapped_column(default=24)
    paused_at: Mapped[Instant | None]
    version: Mapped[int] = mapped_column(default=1)
    feed_version: Mapped[int] = mapped_column(default=1)
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    windows: Mapped[list[WeeklyWindow]] = relationship(
        cascade="all, delete-orphan", order_by="(WeeklyWindow.weekday, WeeklyWindow.start)", back_populates="host"
    )
    days: Mapped[list[DayOverride]] = relationship(cascade="all, delete-orphan", order_by="DayOverride.day", back_populates="host")
    time_off: Mapped[list[TimeOff]] = relationship(cascade="all, delete-orphan", order_by="TimeOff.starts_at", back_populates="host")

    @property
    def name(self) -> str:
        return self.person.display_name

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.timezone)

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def has_one_of(self, skills: tuple[str, ...]) -> bool:
        return not skills or bool(set(skills) & set(self.skills))

    def where(self, place: str) -> str:
        """The words that tell a visitor where to be: a number, a link, an address."""
        return {"phone": self.phone, "video": self.video_url, "office": self.office}.get(place, "")

    def pause(self) -> None:
        self.paused_at = clock.now()
        changed([self.id])

    def resume(self) -> None:
        self.paused_at = None
        changed([self.id])

    def may_be_edited_by(self, person: Person) -> bool:
        return person.is_admin or (person.is_agent and person.id == self.person_id)

    @classmethod
    def of(cls, person: Person) -> Host | None:
        return db.session.scalar(cls.owned_by(person))

    @classmethod
    def owned_by(cls, person: Person) -> Select[Host]:
        return select(cls).where(cls.person_id == person.id)

    @classmethod
    def everyone(cls) -> Select[Host]:
        return select(cls).join(cls.person).where(Person.active).order_by(Person.name, cls.id)

    @classmethod
    def holding(cls, kind: ConsultType) -> list[Host]:
        """The hosts who can hold this type, paused ones included."""
        return [host for host in db.session.scalars(cls.everyone()) if host.has_one_of(kind.wanted_skills)]


class WeeklyWindow(Model):
    """Open every week: minutes since local midnight; an end at or before the start belongs to the next day."""

    __tablename__ = "host_windows"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint('start BETWEEN 0 AND 1439 AND "end" BETWEEN 0 AND 1440', name="minutes"),
    )

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    host: Mapped[Host] = relationship(back_populates="windows")


class DayOverride(Model):
    """One date that differs: `closed`, `open` at these minutes instead of the usual, or `extra` minutes besides."""

    __tablename__ = "host_days"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), index=True)
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(10))
    start: Mapped[int | None]
    end: Mapped[int | None]
    words: Mapped[Title] = mapped_column(default="")
    host: Mapped[Host] = relationship(back_populates="days")


class TimeOff(Model):
    """The host is away between two instants."""

    __tablename__ = "host_time_off"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    words: Mapped[Title] = mapped_column(default="")
    host: Mapped[Host] = relationship(back_populates="time_off")


def changed(host_ids: list[int]) -> None:
    """Say that the time of these hosts is another now: what was worked out from it before is forgotten everywhere."""
    db.session.execute(update(Host).where(Host.id.in_(host_ids)).values(version=Host.version + 1), execution_options=QUIET)


QUIET = {"synchronize_session": False}
