"""Entry: one thing in a thread. What was said, noted, sent as a file, or what happened; numbered without gaps of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.conversations.models.attachments import Attachment
from app.lib import clock
from app.lib.db import Instant, Model, Words
from app.lib.markdown import render_words
from app.lib.uploads import Upload

LONGEST = 10_000
CHANGE_WITHIN = timedelta(minutes=5)
# Where our replies leave as letters, which nobody can call back.
LETTERS = {"email", "form", "portal"}
VOICES = ("customer", "agent", "bot", "system")


class Unsayable(ValueError):
    """There is nothing to say, or too much of it; the message says which."""


class TooLate(ValueError):
    """This entry can no longer be changed by this person."""


class Entry(Model):
    """One numbered entry. A later change of it is an entry of its own (an event about it), so that `since` replays everything."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_id"),
        Index("ix_entries_author_created", "author_id", "created_at"),
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    voice: Mapped[str] = mapped_column(String(10), default="system")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    channel: Mapped[str] = mapped_column(String(10))
    public: Mapped[bool]
    body: Mapped[Words] = mapped_column(default="")
    html: Mapped[str] = mapped_column(Text, default="")
    keywords: Mapped[str] = mapped_column(Text, default="")
    what: Mapped[str | None] = mapped_column(String(30))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    client_id: Mapped[str | None] = mapped_column(String(64))
    edited_at: Mapped[Instant | None]
    deleted_at: Mapped[Instant | None]
    author: Mapped[Person | None] = relationship(lazy="joined", innerjoin=False)
    about: Mapped[Entry | None] = relationship(remote_side="Entry.id")
    attachments: Mapped[list[Attachment]] = relationship(lazy="selectin", order_by="Attachment.id", cascade="all, delete-orphan")

    @property
    def dom_id(self) -> str:
        """The id of its element on every page: the browser's own id for what the browser made, so that a second copy replaces the first."""
        return f"m-{self.client_id}" if self.client_id else f"e-{self.id}"

    @property
    def markup(self) -> Markup:
        return Markup(self.html)  # noqa: S704 - render_words made it when the words were written

    @property
    def is_spoken(self) -> bool:
        return self.kind in {"message", "file"}

    @property
    def moved_words(self) -> bool:
        """Whether words came or went with it: a thread that is open must be drawn anew."""
        return self.what in {"moved", "merged", "split", "unmoved"}

    @property
    def shown(self) -> Entry:
        """The entry to draw for this number: an edit or a deletion redraws what it is about."""
        return self.about if self.about is not None and self.what in {"edited", "deleted"} else self

    def may_change(self, person: Person | None) -> bool:
        """Its author, for five minutes; not after it was deleted, nor when it has left by letter."""
        own = person is not None and self.author_id == person.id and self.kind in {"message", "file", "note"}
        sent = self.voice == "agent" and self.public and self.channel in LETTERS
        return own and not sent and self.deleted_at is None and clock.now() - self.created_at <= CHANGE_WITHIN

    def reword(self, words: str) -> None:
        self.body, self.html, self.edited_at = words, str(render_words(words)), clock.now()

    def blank(self) -> None:
        self.body, self.html, self.keywords, self.deleted_at, self.data = "", "", "", clock.now(), {}
        for attachment in self.attachments:
            attachment.upload.discard()
        self.attachments = []


def sayable(words: str, uploads: Sequence[Upload] = ()) -> str:
    """The words as they are stored. Raises Unsayable for none at all (and no file), and for more than 10,000 characters."""
    cleaned = words.replace("\0", "").replace("\r\n", "\n").strip()
    if not cleaned and not uploads:
        raise Unsayable("Write a few words first.")
    if len(cleaned) > LONGEST:
        raise Unsayable(f"That is longer than {LONGEST:,} characters. Please send it in two parts or as a file.")
    return cleaned
