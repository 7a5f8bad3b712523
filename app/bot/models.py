"""What agents say of the bot's answers: right or wrong. From fifty on they set how sure it must be."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.accounts.models import Person
from app.conversations.models import Conversation, Entry
from app.lib.db import Model, db, only


class Verdict(Model):
    """One agent's word on one guess of the bot (`label`, an intent). A second click replaces the first."""

    __tablename__ = "bot_verdicts"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    label: Mapped[str] = mapped_column(String(120))
    right: Mapped[bool]

    @classmethod
    def give(cls, entry: Entry, person: Person, right: bool) -> Verdict:
        """Say whether the guess that an entry carries was right. Raises ValueError when it carries none."""
        label = label_of(entry)
        if not label:
            raise ValueError("This entry is no guess of the bot.")
        verdict = only(select(cls).where(cls.entry_id == entry.id), cls(entry_id=entry.id, label=label, right=right))
        verdict.person_id, verdict.right = person.id, right
        return verdict

    @classmethod
    def with_words(cls) -> Select[Verdict, str]:
        """(verdict, what was asked), newest first: the visitor's last words before the answer. Words that were deleted say nothing."""
        said, asked = aliased(Entry), aliased(Entry)
        earlier = (
            select(asked.body)
            .where(asked.conversation_id == said.conversation_id, asked.seq < said.seq, asked.voice == "customer", asked.kind == "message")
            .where(asked.deleted_at.is_(None))
            .order_by(asked.seq.desc())
            .limit(1)
            .scalar_subquery()
        )
        return select(cls, earlier).join(said, said.id == cls.entry_id).order_by(cls.id.desc())


def label_of(entry: Entry) -> str:
    """The intent that the bot guessed when it wrote this entry."""
    return str((entry.data.get("guess") or {}).get("label") or "") if entry.voice == "bot" else ""


def guesses_in(conversation: Conversation) -> list[tuple[Entry, Verdict | None]]:
    """The bot's guesses in a conversation that an agent can judge, newest first, with what was said of them."""
    found = select(Entry).where(Entry.conversation_id == conversation.id, Entry.voice == "bot", Entry.kind == "message")
    entries = [entry for entry in db.session.scalars(found.order_by(Entry.seq.desc()).limit(20)).unique() if label_of(entry)]
    known = {row.entry_id: row for row in db.session.scalars(select(Verdict).where(Verdict.entry_id.in_([one.id for one in entries])))}
    return [(entry, known.get(entry.id)) for entry in entries]
