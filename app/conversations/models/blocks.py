"""Block: a sender we no longer hear."""

from __future__ import annotations

from sqlalchemy import ColumnElement, ForeignKey, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.lib.db import Email, Model, add, db


class Blocked(PermissionError):
    """This sender was blocked by people who work here."""


class Block(Model):
    """A person, an address, or both, that may not write to us; who decided it. Deleting the row lifts it."""

    __tablename__ = "blocks"

    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    email: Mapped[Email | None] = mapped_column(index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    @classmethod
    def make(cls, person: Person | None, by: Person, email: str | None = None) -> Block:
        return add(cls(person_id=person.id if person else None, email=email, by_id=by.id))

    @classmethod
    def covers(cls, person: Person | None, email: str | None = None) -> bool:
        """Whether this person, or this (lower case) address, is blocked."""
        return db.session.scalar(select(cls.id).where(cls.meant(person, email)).limit(1)) is not None

    @classmethod
    def meant(cls, person: Person | None, email: str | None) -> ColumnElement[bool]:
        addresses = {address for address in (email, person.email if person else None) if address}
        return or_(cls.person_id == (person.id if person else None), cls.email.in_(addresses))

    @classmethod
    def lift(cls, person: Person) -> None:
        """Hear this person again, whoever and whatever of theirs was blocked."""
        db.session.execute(delete(cls).where(cls.meant(person, person.reachable_email)))

    @classmethod
    def refuse(cls, person: Person) -> None:
        if cls.covers(person):
            raise Blocked("We cannot take messages from you here.")
