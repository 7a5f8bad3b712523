"""What came in through the form, each as a row from the first moment: taken at once, or held for somebody to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Select, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib import clock, tokens
from app.lib.db import Email, Instant, Model, Slug, db, first
from app.lib.uploads import Upload

SAME_WITHIN = timedelta(hours=24)
RECEIPT, RECEIPT_DAYS = "contact.receipt", timedelta(days=30)


class Message(Model):
    """One sent form. `state`: taken (it is a conversation), held (somebody looks first), or spam (somebody has looked).

    One that is taken and has `seen_at` was let through by somebody.
    """

    __tablename__ = "contact_messages"
    __table_args__ = (Index("ix_contact_messages_state", "state", "created_at"), Index("ix_contact_messages_seen", "state", "seen_at"))

    kind: Mapped[Slug]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    email: Mapped[Email] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    words: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    sent_once: Mapped[str | None] = mapped_column(String(64), unique=True)
    address_digest: Mapped[str] = mapped_column(String(64), default="", index=True)
    state: Mapped[str] = mapped_column(String(10), default="taken")
    signs: Mapped[list[str]] = mapped_column(JSON, default=list)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    seen_at: Mapped[Instant | None]
    person: Mapped[Person] = relationship(foreign_keys=person_id)
    conversation: Mapped[Conversation | None] = relationship()
    seen_by: Mapped[Person | None] = relationship(foreign_keys=seen_by_id)

    @classmethod
    def same_as(cls, fingerprint: str) -> Message | None:
        """The same words from the same address to the same team, sent within a day."""
        lately = cls.created_at > clock.now() - SAME_WITHIN
        return db.session.scalar(select(cls).where(cls.fingerprint == fingerprint, lately).order_by(cls.id).limit(1))

    @classmethod
    def lately_from(cls, email: str, address_digest: str, within: timedelta) -> int:
        """How many this address, or this network address, has sent of late."""
        theirs = ((cls.email == email) & (cls.email != "")) | (cls.address_digest == address_digest)
        return db.session.scalar(select(func.count(cls.id)).where(theirs, cls.created_at > clock.now() - within)) or 0

    @classmethod
    def held(cls) -> Select[Message]:
        return select(cls).where(cls.state == "held").order_by(cls.id)

    @classmethod
    def decided(cls, state: str) -> Select[Message]:
        """What somebody called spam, or (`taken`) let through; the last decision first."""
        found = select(cls).where(cls.state == state, cls.seen_at.is_not(None))
        return found.options(selectinload(cls.conversation), selectinload(cls.seen_by)).order_by(cls.seen_at.desc(), cls.id.desc())

    @classmethod
    def files_with(cls, messages: Sequence[Message]) -> dict[int, int]:
        """How many files lie with each of these, where there are some."""
        owners = {f"contact:{message.id}": message.id for message in messages}
        counted = select(Upload.owner, func.count(Upload.id)).where(Upload.owner.in_(owners)).group_by(Upload.owner)
        return {owners[owner]: count for owner, count in db.session.execute(counted)}

    @classmethod
    def by_receipt(cls, receipt: str) -> Message | None:
        """The message a receipt names; None when it is forged or old."""
        try:
            return db.session.get(cls, tokens.unsign(RECEIPT, receipt, RECEIPT_DAYS)["m"])
        except tokens.Bad:
            return None

    @property
    def receipt(self) -> str:
        return tokens.sign(RECEIPT, {"m": self.id})

    @property
    def uploads(self) -> list[Upload]:
        return list(db.session.scalars(Upload.of(f"contact:{self.id}")))

    def judge_spam(self, by: Person) -> None:
        """Somebody looked: it stays here, out of the way, and can still be let through. A conversation that it became is closed."""
        self.decide("spam", by)
        if self.conversation is not None and self.conversation.merged_into_id is None:
            self.conversation.close(by, "It was spam.")

    def decide(self, state: str, by: Person) -> None:
        self.state, self.seen_by_id, self.seen_at = state, by.id, clock.now()

    @classmethod
    def keep(cls, **columns: Any) -> tuple[Message, bool]:
        """The message, and whether it is new: a form that was sent twice at the same moment (`sent_once`) is one."""
        row = cls(**columns)
        if first(row):
            return row, True
        return db.session.scalars(select(cls).where(cls.sent_once == columns["sent_once"])).one(), False
