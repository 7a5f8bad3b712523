"""Block: a sender we no longer hear."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Select, bindparam, delete, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Link, Person
from app.lib.addresses import in_words
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
        return db.session.scalar(cls.looking(), cls.meant(person, email)) is not None

    @classmethod
    @cache
    def looking(cls) -> Select[int]:
        """The statement of `covers`, made once: every message of a customer asks it."""
        return select(cls.id).where(cls.fits()).limit(1)

    @classmethod
    def fits(cls) -> ColumnElement[bool]:
        """Blocks of whoever is meant: under the name they proved, as any browser of theirs, or by address."""
        given = bindparam("person", type_=Person.id.type)
        addresses = bindparam("addresses", type_=cls.email.type, expanding=True)
        living = Link.undone_at.is_(None)
        human = func.coalesce(select(Link.person_id).where(Link.visitor_id == given, living).scalar_subquery(), given)
        browsers = select(Link.visitor_id).where(Link.person_id == human, living)
        proven = select(Person.email).where(Person.id == human, Person.email.is_not(None))
        return or_(cls.person_id.in_((given, human)), cls.person_id.in_(browsers), cls.email.in_(addresses), cls.email.in_(proven))

    @classmethod
    def meant(cls, person: Person | None, email: str | None) -> dict[str, Any]:
        addresses = {form for address in (email, person.email if person else None) if address for form in (address, in_words(address))}
        return {"person": person.id if person else None, "addresses": sorted(addresses)}

    @classmethod
    def lift(cls, person: Person) -> None:
        """Hear this person again, whoever and whatever of theirs was blocked."""
        db.session.execute(delete(cls).where(cls.fits()), cls.meant(person, person.reachable_email))

    @classmethod
    def refuse(cls, person: Person) -> None:
        if cls.covers(person):
            raise Blocked("We cannot take messages from you here.")
