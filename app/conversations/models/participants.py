"""Participant: who takes part, as what, and how far they have read. Access to a conversation goes through here."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    BindParameter,
    ForeignKey,
    Integer,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningUpdate

from app.accounts.models import Link, Person
from app.conversations.models.entries import Entry
from app.conversations.models.watching import mark_moved
from app.lib import clock, tokens
from app.lib.db import Base, Instant, Model, UTCDateTime, claim, db, only

if TYPE_CHECKING:
    from app.conversations.models.conversation import Conversation

LINK = "conversation"
LINK_DAYS = timedelta(days=60)


class Participant(Model):
    """One person in one conversation: customer (may read its public entries), agent, or follower (an agent who was mentioned).

    `seen_seq` is how far they have looked themselves, which the other side is told; `last_read_seq` also counts what they waved through.
    """

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("conversation_id", "person_id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(10), default="customer")
    last_read_seq: Mapped[int] = mapped_column(default=0)
    seen_seq: Mapped[int] = mapped_column(default=0)
    last_read_at: Mapped[Instant | None]
    left_at: Mapped[Instant | None]
    wants_copy: Mapped[bool] = mapped_column(default=False)
    mailed_seq: Mapped[int] = mapped_column(default=0)
    watches: Mapped[bool] = mapped_column(default=False)
    person: Mapped[Person] = relationship()


MARKS = (Participant.last_read_seq, Participant.last_read_at, Participant.seen_seq)
OWN = select(Participant).where(Participant.conversation_id == bindparam("conversation"), Participant.person_id == bindparam("person"))


def take_part(self: Conversation, person: Person, role: str = "customer") -> Participant:
    """This person belongs to the conversation from now on; somebody who left comes back."""
    part = only(own_part(self, person), Participant(conversation_id=self.id, person_id=person.id, role=role))
    part.left_at = None
    return part


def part_of(self: Conversation, person: Person) -> Participant | None:
    return db.session.scalar(own_part(self, person))


def own_part(self: Conversation, person: Person) -> Select[Participant]:
    return OWN.params(conversation=self.id, person=person.id)


def part_out(self: Conversation, person: Person) -> None:
    """This person no longer takes part, and no longer sees it."""
    found = self.part_of(person)
    if found is not None:
        found.left_at = clock.now()


def watch(self: Conversation, person: Person, wanted: bool = True) -> None:
    """Whether this person, who works here, hears of everything that happens in it."""
    self.take_part(person, "follower").watches = wanted


def watchers(self: Conversation) -> Select[Person]:
    """Those who watch it and still work here."""
    part = (Participant.person_id == Person.id) & (Participant.conversation_id == self.id)
    return select(Person).join(Participant, part).where(Participant.watches, Participant.left_at.is_(None), Person.active)


def participants(self: Conversation) -> Select[Participant]:
    return select(Participant).where(Participant.conversation_id == self.id, Participant.left_at.is_(None)).order_by(Participant.id)


def mark_read(self: Conversation, person: Person, seq: int, *, looked: bool = True) -> bool:
    """Remember that `person` has seen everything up to `seq`; never goes back, never past what exists. True when it moved.

    Who has not `looked` only wants it out of what is unread: nobody is told that they have seen it.
    """
    seq = min(seq, self.last_seq)
    part = read_on(self, person, seq, looked)
    if part is None:
        # They have read as far, or are new here, or come back.
        self.take_part(person, "agent" if self.voice_of(person) == "agent" else "customer")
        part = read_on(self, person, seq, looked)
    if part is not None:
        mark_moved(self, part)
    return part is not None


def read_on(self: Conversation, person: Person, seq: int, looked: bool) -> Participant | None:
    """The row of who takes part, moved on; None when there is no such row, or it stands there already."""
    given = {"conversation": self.id, "person": person.id, "seq": seq, "now": clock.now()}
    db.session.flush()
    row = db.session.connection().execute(reading_on(looked), given).one_or_none()
    if row is None:
        return None
    found, *marks = row
    part = db.session.get_one(Participant, found)
    for mark, value in zip(MARKS, marks, strict=True):
        set_committed_value(part, mark.key, value)
    return part


@cache
def reading_on(looked: bool) -> ReturningUpdate[Any]:
    """The statement of `read_on`, made once: every message ends with it."""
    rows, seq = Base.metadata.tables["participants"].c, bindparam("seq", type_=Integer)
    theirs = (rows.conversation_id == bindparam("conversation"), rows.person_id == bindparam("person"), rows.left_at.is_(None))
    read = case((rows.last_read_seq < seq, seq), else_=rows.last_read_seq)
    values = {"last_read_seq": read, "last_read_at": bindparam("now", type_=UTCDateTime), **({"seen_seq": seq} if looked else {})}
    step = update(rows.id.table).where(*theirs, (rows.seen_seq if looked else rows.last_read_seq) < seq).values(**values)
    return cast("ReturningUpdate[Any]", step.returning(rows.id, *(rows[mark.key] for mark in MARKS)))


def mark_unread(self: Conversation, person: Person, was: int, marked: int) -> bool:
    """Take back a mark that was set without reading: from `marked` to what it `was`. False when they have read on since."""
    own = update(Participant).where(Participant.conversation_id == self.id, Participant.person_id == person.id)
    moved = claim(own.where(Participant.last_read_seq == marked, Participant.seen_seq <= was).values(last_read_seq=was))
    part = self.part_of(person) if moved else None
    if part is not None:
        db.session.refresh(part)
        mark_moved(self, part)
    return moved


def read_to_the_end(self: Conversation) -> bool:
    """Whether somebody of us has looked at the last words."""
    return bool(db.session.scalar(looking_at_last(), {"conversation": self.id}))


@cache
def looking_at_last() -> Select[bool]:
    """The statement of `read_to_the_end`, made once: every visitor's page asks it."""
    this = bindparam("conversation", type_=Integer)
    spoken = select(func.max(Entry.seq)).where(Entry.conversation_id == this, Entry.public, Entry.kind.in_(("message", "file")))
    ours = (Participant.conversation_id == this, Participant.role != "customer")
    return select(exists().where(*ours, Participant.seen_seq >= func.coalesce(spoken.scalar_subquery(), 0)))


def read_by(self: Conversation, role: str) -> int:
    """The highest number that somebody on this side, 'customer' or 'agent', has looked at."""
    side = Participant.role == "customer" if role == "customer" else Participant.role != "customer"
    return db.session.scalar(select(func.max(Participant.seen_seq)).where(Participant.conversation_id == self.id, side)) or 0


def unread_for(self: Conversation, person: Person, *, inside: bool = False) -> int:
    """How many spoken entries of others (and notes, `inside`) stand above what this person has read."""
    part = self.part_of(person)
    kinds = ("message", "file", "note") if inside else ("message", "file")
    others = or_(Entry.author_id.is_(None), Entry.author_id != person.id)
    above = select(func.count(Entry.id)).where(Entry.conversation_id == self.id, Entry.kind.in_(kinds), others)
    return db.session.scalar(above.where(Entry.seq > (part.last_read_seq if part else 0))) or 0


def send_copy(self: Conversation, person: Person, wanted: bool = True) -> None:
    """Whether this person gets the transcript by mail when the conversation is closed."""
    self.take_part(person).wants_copy = wanted


def link_token(self: Conversation, person: Person) -> str:
    """A signed token that lets its bearer read and answer this one conversation as `person`."""
    return tokens.sign(LINK, {"c": self.id, "p": person.id})


def read_link(token: str) -> tuple[int, int]:
    """The ids of the conversation and the person that a token of `link_token` names. Raises tokens.Bad; good for 60 days."""
    found = tokens.unsign(LINK, token, LINK_DAYS)
    return int(found["c"]), int(found["p"])


def own_ids(person_id: int | BindParameter[int]) -> Select[int]:
    """The ids of conversations in which this human being is the customer's side, whoever they are here."""
    linked = select(Link.visitor_id).where(Link.person_id == person_id, Link.undone_at.is_(None))
    theirs = or_(Participant.person_id == person_id, Participant.person_id.in_(linked))
    return select(Participant.conversation_id).where(theirs, Participant.role == "customer", Participant.left_at.is_(None))
