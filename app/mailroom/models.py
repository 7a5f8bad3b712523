"""What arrived by mail, whole and with what became of it; how far each mailbox was read; which address belongs to whom in which thread."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from flask import current_app
from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.addresses import in_words
from app.lib.db import Email, Instant, Model, db, only

WAITING = ("quarantined", "held", "bulk", "broken")


def digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()


class Incoming(Model):
    """One mail that arrived. `state`: taken, noted (nothing to do), quarantined, held, bulk, broken; the last four wait for somebody."""

    __tablename__ = "incoming_mails"
    __table_args__ = (Index("ix_incoming_mails_state", "state", "id"),)

    mark: Mapped[str] = mapped_column(String(64), unique=True)
    id_digest: Mapped[str] = mapped_column(String(64), index=True)
    message_id: Mapped[str] = mapped_column(String(998))
    sender: Mapped[Email] = mapped_column(index=True)
    sender_name: Mapped[str] = mapped_column(String(200), default="")
    subject: Mapped[str] = mapped_column(String(998), default="")
    source: Mapped[str] = mapped_column(String(20))
    path: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12), default="")
    kind_because: Mapped[str] = mapped_column(String(200), default="")
    rule: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(12), default="taken")
    proven: Mapped[bool] = mapped_column(default=False)
    answerable: Mapped[bool] = mapped_column(default=False)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entries.id", ondelete="SET NULL"))
    conversation: Mapped[Conversation | None] = relationship()

    @classmethod
    def seen_before(cls, message_id: str, sender: str) -> Incoming | None:
        return db.session.scalar(cls.same(message_id, sender))

    @classmethod
    def same(cls, message_id: str, sender: str) -> Select[Incoming]:
        return select(cls).where(cls.mark == digest(message_id, sender))

    @classmethod
    def known(cls, message_ids: tuple[str, ...]) -> Incoming | None:
        """The newest mail of a thread that bears one of these Message-IDs."""
        theirs = cls.id_digest.in_([digest(one) for one in message_ids])
        return db.session.scalar(select(cls).where(theirs, cls.conversation_id.is_not(None)).order_by(cls.id.desc()).limit(1))

    @classmethod
    def of(cls, conversation: Conversation) -> Select[Incoming]:
        return select(cls).where(cls.conversation_id == conversation.id).order_by(cls.id)

    @classmethod
    def waiting(cls) -> Select[Incoming]:
        """What somebody has to look at."""
        return select(cls).where(cls.state.in_(WAITING)).order_by(cls.id.desc())

    @property
    def raw(self) -> bytes:
        """The mail as it arrived, byte for byte."""
        return (folder() / self.path).read_bytes()


def folder() -> Path:
    place: Path = current_app.config["SETTINGS"].instance / "mail"
    return place


def keep_raw(raw: bytes) -> str:
    """Write the bytes under a random name before anything is made of them; gives the path inside the folder."""
    name = secrets.token_hex(16)
    path = folder() / name[:2] / f"{name}.eml"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
    return f"{name[:2]}/{name}.eml"


class MailboxMark(Model):
    """How far a mailbox was read: a UID holds only under its UIDVALIDITY (RFC 9051)."""

    __tablename__ = "mailbox_marks"

    mailbox: Mapped[str] = mapped_column(String(300), unique=True)
    validity: Mapped[int] = mapped_column(default=0)
    last_uid: Mapped[int] = mapped_column(default=0)

    @classmethod
    def of(cls, mailbox: str) -> MailboxMark:
        return only(select(cls).where(cls.mailbox == mailbox), cls(mailbox=mailbox))


class Correspondent(Model):
    """Under which address a person writes and is written to in one conversation. Another conversation may have another."""

    __tablename__ = "correspondents"
    __table_args__ = (UniqueConstraint("conversation_id", "person_id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    email: Mapped[Email] = mapped_column(index=True)
    person: Mapped[Person] = relationship()

    @classmethod
    def note(cls, conversation: Conversation, person: Person, email: str) -> Correspondent:
        """Remember the address, unless one is known already."""
        mine = select(cls).where(cls.conversation_id == conversation.id, cls.person_id == person.id)
        return only(mine, cls(conversation_id=conversation.id, person_id=person.id, email=in_words(email.strip().lower())))

    @classmethod
    def of(cls, conversation: Conversation) -> Select[Correspondent]:
        return select(cls).where(cls.conversation_id == conversation.id).order_by(cls.id)

    @classmethod
    def by_address(cls, conversation: Conversation, email: str) -> Correspondent | None:
        return db.session.scalar(cls.of(conversation).where(cls.email == in_words(email.lower())))


class Undeliverable(Model):
    """An address that letters came back from. `permanent`: the other side says it does not exist; nothing more is sent there."""

    __tablename__ = "undeliverable_addresses"

    email: Mapped[Email] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(String(20), default="")
    permanent: Mapped[bool] = mapped_column(default=False)
    times: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[Instant] = mapped_column(default=clock.now)

    @classmethod
    def note(cls, email: str, status: str, permanent: bool) -> Undeliverable:
        email = in_words(email.lower())
        row = only(select(cls).where(cls.email == email), cls(email=email))
        row.status, row.permanent, row.times, row.last_at = status[:20], row.permanent or permanent, (row.times or 0) + 1, clock.now()
        return row

    @classmethod
    def of(cls, email: str) -> Undeliverable | None:
        return db.session.scalar(select(cls).where(cls.email == in_words(email.lower())))

    @classmethod
    def refuses(cls, email: str) -> bool:
        found = cls.of(email)
        return found is not None and found.permanent


def counting_waiting() -> Select[int]:
    """How many mails wait for somebody, as a statement."""
    return select(func.count(Incoming.id)).where(Incoming.state.in_(WAITING))
