"""What a person said about news: over which channels, and when not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.hours.clockwork import Calendar
from app.hours.models import main_calendar
from app.lib import clock
from app.lib.db import Model, db, only
from app.notifications.addresses import OptOut
from app.notifications.channels import Topic, topic

QUIET = ("mail", "sms", "push")
# Short messages wake people: without a word from them, nothing between 21:00 and 8:00 of their day.
SMS_NIGHT = (21 * 3600, 32 * 3600)


class Preference(Model):
    """What a person said about one topic on one channel; without a row the topic's default holds."""

    __tablename__ = "preferences"
    __table_args__ = (UniqueConstraint("person_id", "topic", "channel"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    topic: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(20))
    wanted: Mapped[bool]

    @classmethod
    def said(cls, person: Person, kind: Topic) -> dict[str, bool]:
        rows = db.session.scalars(select(cls).where(cls.person_id == person.id, cls.topic == kind.name))
        return {row.channel: row.wanted for row in rows}

    @classmethod
    def choose(cls, person: Person, kind: Topic, wanted: Iterable[str]) -> None:
        """Exactly these channels for this topic, as far as the person may choose."""
        names, rows = set(wanted), db.session.scalars(select(cls).where(cls.person_id == person.id, cls.topic == kind.name))
        known = {row.channel: row for row in rows}
        for name in sorted(set(kind.channels) - set(kind.always)):
            new = cls(person_id=person.id, topic=kind.name, channel=name, wanted=name in names)
            row = known.get(name) or only(select(cls).filter_by(person_id=person.id, topic=kind.name, channel=name), new)
            row.wanted = name in names
        if person.email and "mail" in names:
            OptOut.undo(person.email, kind.name)


class QuietTime(Model):
    """When a person wants no letters, messages or pushes: seconds after their midnight; past 86,400 it ends on the next day."""

    __tablename__ = "quiet_times"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    begins: Mapped[int]
    ends: Mapped[int]

    @classmethod
    def of(cls, person: Person) -> QuietTime | None:
        return db.session.scalar(select(cls).where(cls.person_id == person.id))

    @classmethod
    def choose(cls, person: Person, span: tuple[int, int] | None) -> None:
        row = cls.of(person)
        if row is not None and span is None:
            db.session.delete(row)
        elif span is not None:
            begins, ends = span
            row = row or only(select(cls).where(cls.person_id == person.id), cls(person_id=person.id, begins=begins, ends=ends))
            row.begins, row.ends = span


def wants(person: Person, topic_name: str, channel: str) -> bool:
    """Whether this person wants a topic on a channel, for slices that carry it themselves. Raises LookupError for an unknown topic."""
    return channel in wished(person, topic(topic_name))


def wished(person: Person, kind: Topic) -> set[str]:
    """The names of the channels on which this person wants this topic."""
    said = Preference.said(person, kind)
    names = {name for name in kind.channels if said.get(name, name in kind.default)} | set(kind.always)
    optional_mail = "mail" in names and "mail" not in kind.always
    return names - {"mail"} if optional_mail and person.email and OptOut.holds(person.email, kind.name) else names


def due_on(person: Person, kind: Topic, channel_name: str) -> datetime:
    """When this may be carried: at once, after the topic's pause for letters, and not in the quiet hours of the person."""
    moment = clock.now() + (kind.mail_after if channel_name == "mail" else timedelta())
    row = QuietTime.of(person)
    span = (row.begins, row.ends) if row else (SMS_NIGHT if channel_name == "sms" else None)
    if kind.urgent or span is None or channel_name not in QUIET:
        return moment
    night = Calendar(zone=zone_of(person), weekly=((span,),) * 7)
    return night.closes_at(moment) or moment


def zone_of(person: Person) -> ZoneInfo:
    return ZoneInfo(person.timezone) if person.timezone else main_calendar().zone
