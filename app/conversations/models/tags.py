"""Tags: words that people here put on conversations to find them again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Select, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.lib.db import Model, Slug, Title, claim, db, first, only

if TYPE_CHECKING:
    from app.conversations.models.conversation import Conversation


class Tag(Model):
    """One word for many conversations; `slug` finds it, `name` shows it."""

    __tablename__ = "tags"

    name: Mapped[Title]
    slug: Mapped[Slug] = mapped_column(unique=True)

    @classmethod
    def named(cls, name: str) -> Tag:
        """The tag of this name, made when new. Raises ValueError for a name without a letter or a digit."""
        slug = slug_of(name)
        return only(select(cls).where(cls.slug == slug), cls(name=" ".join(name.split())[:60], slug=slug))

    @classmethod
    def all(cls) -> Select[Tag]:
        return select(cls).order_by(cls.name)


class Tagging(Model):
    """A conversation bears a tag."""

    __tablename__ = "taggings"
    __table_args__ = (UniqueConstraint("conversation_id", "tag_id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


def tag(self: Conversation, name: str, by: Person | None = None) -> Tag:
    """Put a tag on; twice is once."""
    tag = Tag.named(name)
    on = select(Tagging.id).where(Tagging.conversation_id == self.id, Tagging.tag_id == tag.id)
    if db.session.scalar(on) is None and first(Tagging(conversation_id=self.id, tag_id=tag.id, by_id=by.id if by else None)):
        db.session.expire(self, ["tags"])
        self.happen("tagged", by, tag=tag.name)
    return tag


def untag(self: Conversation, name: str, by: Person | None = None) -> None:
    tag = db.session.scalar(select(Tag).where(Tag.slug == slug_of(name)))
    if tag and claim(delete(Tagging).where(Tagging.conversation_id == self.id, Tagging.tag_id == tag.id)):
        db.session.expire(self, ["tags"])
        self.happen("untagged", by, tag=tag.name)


def slug_of(name: str) -> str:
    slug = re.sub(r"[\W_]+", "-", name.lower()).strip("-")[:60]
    if not slug:
        raise ValueError("A tag needs a letter or a digit.")
    return slug
