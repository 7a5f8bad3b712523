"""Teams: agents who share work, under one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.db import Email, Model, Slug, Title, db

if TYPE_CHECKING:
    from app.accounts.models import Person


class Team(Model):
    """Agents who share work, under one name."""

    __tablename__ = "teams"

    name: Mapped[Title]
    slug: Mapped[Slug] = mapped_column(unique=True)
    email: Mapped[Email | None]
    people: Mapped[list[Person]] = relationship(secondary="memberships", back_populates="teams", order_by="Person.name")

    @classmethod
    def all(cls) -> Select[Team]:
        return select(cls).order_by(cls.name)

    @classmethod
    def by_slug(cls, slug: str) -> Team | None:
        return db.session.scalar(select(cls).where(cls.slug == slug))


class Membership(Model):
    """A person works in a team."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("person_id", "team_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
