"""Transcript: what both sides said, and nothing else. Notes, internal events and agents' addresses cannot get in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, or_, select

from app.accounts.models import Person
from app.conversations.models.entries import Entry
from app.conversations.models.moves import Move, MovedEntry
from app.lib import dates
from app.lib.db import db

if TYPE_CHECKING:
    from app.conversations.models.conversation import Conversation

HOUSE = "Our team"
HELD_BACK = "[left out]"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that was said: when (aware UTC), by which side under which name, the words, the names of files."""

    at: datetime
    voice: str
    by: str
    words: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """A conversation as it may leave the house, to its customer or to a CRM."""

    reference: str
    channel: str
    subject: str
    opened_at: datetime
    page: str
    person: dict[str, Any]
    tags: tuple[str, ...]
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, conversation: Conversation) -> Transcript:
        """Read from the public, spoken entries only; what was taken back is not in it."""
        return cls.reading(conversation, Entry.conversation_id == conversation.id)

    @classmethod
    def up_to(cls, conversation: Conversation, seq: int) -> Transcript:
        """What stood here up to that number, wherever a merge has taken it since, with the tags of there too."""
        went = select(MovedEntry.entry_id).join(Move, Move.id == MovedEntry.move_id)
        went = went.where(Move.from_id == conversation.id, Move.kind == "merge", MovedEntry.old_seq <= seq)
        here = and_(Entry.conversation_id == conversation.id, Entry.seq <= seq)
        found = cls.reading(conversation, or_(here, Entry.id.in_(went)))
        return replace(found, tags=tuple(dict.fromkeys((*found.tags, *(tag.slug for tag in conversation.living().tags)))))

    @classmethod
    def reading(cls, conversation: Conversation, where: ColumnElement[bool]) -> Transcript:
        said = select(Entry).where(where, Entry.public, Entry.deleted_at.is_(None))
        said = said.where(Entry.kind.in_(("message", "file"))).order_by(Entry.conversation_id, Entry.seq)
        return cls(
            reference=conversation.reference,
            channel=conversation.channel,
            subject=conversation.subject,
            opened_at=conversation.created_at,
            page=str(conversation.opened_from.get("page", "")),
            person=described(conversation),
            tags=tuple(tag.slug for tag in conversation.tags),
            lines=tuple(line(entry) for entry in db.session.scalars(said)),
        )

    @property
    def has_our_reply(self) -> bool:
        return any(each.voice == "agent" for each in self.lines)

    def without(self, leave_out: frozenset[str]) -> Transcript:
        """The same with what stays here held back: name, email, phone, profession, page, subject, words, files."""
        said = [
            replace(
                each,
                by=each.by if each.voice != "customer" or "name" not in leave_out else "Customer",
                words=HELD_BACK if "words" in leave_out else each.words,
                files=() if "files" in leave_out else each.files,
            )
            for each in self.lines
        ]
        person = {key: value for key, value in self.person.items() if key not in leave_out}
        blank = {key: "" for key in ("subject", "page") if key in leave_out}
        return replace(self, person=person, lines=tuple(said), **blank)

    def as_json(self, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Plain JSON values; a field that is left out is not in it (see `without`)."""
        held = self.without(leave_out)
        said = [
            {"at": each.at.isoformat(), "voice": each.voice, "by": each.by, "words": each.words, "files": list(each.files)}
            for each in held.lines
        ]
        kept = {key: getattr(self, key) for key in ("reference", "channel", "subject", "page") if key not in leave_out}
        return {**kept, "opened_at": self.opened_at.isoformat(), "person": held.person, "tags": list(self.tags), "lines": said}

    def as_text(self, leave_out: frozenset[str] = frozenset()) -> str:
        """The same to read: one paragraph per line, the time in UTC."""
        said = [
            f"{each['by']}, {dates.moment(datetime.fromisoformat(each['at']))}\n{each['words']}" + files_of(each["files"])
            for each in self.as_json(leave_out)["lines"]
        ]
        return "\n\n".join(said)


def described(conversation: Conversation) -> dict[str, Any]:
    person = conversation.person
    if person is None:
        return {}
    email = person.reachable_email
    about = {"name": person.name, "email": email, "phone": person.phone, "profession": person.profession}
    return {key: value for key, value in about.items() if value} | ({"email_proven": person.is_proven} if email else {})


def line(entry: Entry) -> Line:
    files = tuple(attachment.name for attachment in entry.attachments)
    return Line(at=entry.created_at, voice=entry.voice, by=public_name(entry), words=entry.body, files=files)


def public_name(entry: Entry) -> str:
    """The name the customer knows the speaker by. An agent without a name is the team: an address is never part of it."""
    if entry.voice == "customer":
        return (entry.author.name if entry.author else "") or "Visitor"
    if entry.voice == "agent":
        return (entry.author.name if entry.author else "") or HOUSE
    return "Assistant" if entry.voice == "bot" else HOUSE


def known_as(agent: Person | None) -> str:
    """The first name customers know an agent by, never a part of an address."""
    return agent.name.split()[0] if agent is not None and agent.name.strip() else HOUSE


def files_of(names: list[str]) -> str:
    return f"\n[{', '.join(names)}]" if names else ""
