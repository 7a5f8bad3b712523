"""The waiting list: who would take an earlier time, and to whom a freed one is offered, in fair order."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Date, ForeignKey, Select, String, UniqueConstraint, exists, select
from sqlalchemy.orm import Mapped, mapped_column

from app.consults.walltime import zone_of
from app.lib import tokens
from app.lib.db import Email, Instant, Model, Slug, Title, ZoneName, add, db

OFFER = timedelta(minutes=15)
LINK = "consults.waiting"
PARTS = {"any": (0, 24), "morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}


class WaitingPlace(Model):
    """Somebody waits for a time of a type between two of their own days. State: waiting, offered, taken or left."""

    __tablename__ = "waiting_places"

    type_slug: Mapped[Slug] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    name: Mapped[Title]
    email: Mapped[Email]
    phone: Mapped[str] = mapped_column(String(40), default="")
    timezone: Mapped[ZoneName]
    from_day: Mapped[date] = mapped_column(Date)
    until_day: Mapped[date] = mapped_column(Date)
    part: Mapped[str] = mapped_column(String(10), default="any")
    passed: Mapped[int] = mapped_column(default=0)

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.timezone)

    @property
    def token(self) -> str:
        return tokens.sign(LINK, {"w": self.id})

    @classmethod
    def by_token(cls, token: str) -> WaitingPlace:
        """The place of a signed link. Raises tokens.Bad."""
        found = db.session.get(cls, tokens.unsign(LINK, token).get("w", 0))
        if found is None:
            raise tokens.Bad("This place is gone.")
        return found

    @classmethod
    def in_order(cls, type_slug: str) -> Select[WaitingPlace]:
        """Who waits for this type: those who were passed over least, then who came first."""
        return select(cls).where(cls.type_slug == type_slug, cls.state == "waiting").order_by(cls.passed, cls.created_at, cls.id)

    @classmethod
    def all_waiting(cls) -> Select[WaitingPlace]:
        return select(cls).where(cls.state.in_(("waiting", "offered"))).order_by(cls.type_slug, cls.passed, cls.created_at)

    @classmethod
    def next_for(cls, type_slug: str, start: datetime) -> WaitingPlace | None:
        """The first in order whom that time suits and who was not offered it before."""
        asked = exists().where(WaitingOffer.place_id == cls.id, WaitingOffer.starts_at == start)
        places = db.session.scalars(cls.in_order(type_slug).where(~asked).with_for_update())
        return next((place for place in places if place.suits(start)), None)

    def suits(self, start: datetime) -> bool:
        there = start.astimezone(self.zone)
        low, high = PARTS[self.part]
        return self.from_day <= there.date() <= self.until_day and low <= there.hour < high

    def offered(self, start: datetime) -> None:
        self.state = "offered"
        add(WaitingOffer(place_id=self.id, starts_at=start))

    def passed_over(self) -> None:
        """They did not answer in time: back in line, behind those who were never asked."""
        if self.state == "offered":
            self.state, self.passed = "waiting", self.passed + 1

    def leave(self) -> None:
        self.state = "left"

    def served(self) -> None:
        self.state = "taken"


class WaitingOffer(Model):
    """A freed time was offered to a place in the list; nobody is offered the same time twice."""

    __tablename__ = "waiting_offers"
    __table_args__ = (UniqueConstraint("place_id", "starts_at"),)

    place_id: Mapped[int] = mapped_column(ForeignKey("waiting_places.id", ondelete="CASCADE"))
    starts_at: Mapped[Instant]
