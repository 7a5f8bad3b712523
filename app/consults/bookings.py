"""Bookings: a time that is held, then stands, then may be moved, called off, or lived through."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Index, Select, exists, or_, select

from app.accounts.models import Person
from app.consults.changes import Changing, Outcome
from app.consults.hosts import Host
from app.consults.rows import OURS
from app.consults.seats import Seat
from app.lib import tokens
from app.lib.db import db

LINK = "consults.booking"


class Booking(Changing):
    """One consult: held, requested, booked, cancelled or lapsed."""

    __tablename__ = "bookings"
    __table_args__ = (Index("ix_bookings_state_starts", "state", "starts_at"),)

    @property
    def token(self) -> str:
        """What signed links to this booking carry."""
        return tokens.sign(LINK, {"b": self.id})

    @classmethod
    def by_token(cls, token: str) -> Booking:
        """The booking of a signed link. Raises tokens.Bad for a link that is not ours, was changed, or whose booking is gone."""
        found = db.session.get(cls, tokens.unsign(LINK, token).get("b", 0))
        if found is None:
            raise tokens.Bad("This booking is gone.")
        return found

    @classmethod
    def seen_by(cls, person: Person) -> Select[Booking]:
        """What a customer may see: bookings made as themselves, and those whose letters went to their proven address."""
        own = cls.person_id.in_(person.aliases())
        theirs = or_(own, cls.email == person.email) if person.email else own
        return select(cls).where(theirs, cls.state.in_(("booked", "requested", "cancelled")))

    @classmethod
    def made_here(cls) -> ColumnElement[bool]:
        """Not at a provider's page, which looks after the calendars itself."""
        return cls.source.in_(OURS)

    @classmethod
    def standing(cls) -> Select[Booking]:
        return select(cls).where(cls.state.in_(("booked", "requested")))

    @classmethod
    def latest_of(cls, person: Person, most: int = 5) -> list[Booking]:
        """What the desk shows beside a person: the consults they booked as themselves, newest first."""
        mine = select(cls).where(cls.person_id.in_(person.aliases()), cls.state.in_(("booked", "requested", "cancelled")))
        return list(db.session.scalars(mine.order_by(cls.starts_at.desc()).limit(most)).unique())

    @classmethod
    def held_by(cls, person: Person) -> ColumnElement[bool]:
        """This person sits in it as a host."""
        mine = Host.person_id == person.id
        return exists().where(Seat.booking_id == cls.id, Seat.host_id == Host.id, mine)

    @classmethod
    def has_outcome(cls) -> ColumnElement[bool]:
        return exists().where(Outcome.booking_id == cls.id)
