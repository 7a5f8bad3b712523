"""Merge and split: entries move to another thread's end with new numbers, and can go back to where they were."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, Index, Select, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Link, Person
from app.conversations.events import EntriesMoved
from app.conversations.models.entries import Entry
from app.lib import clock
from app.lib.db import Instant, Model, add, claim, db
from app.lib.facts import tell
from app.lib.markdown import one_line

if TYPE_CHECKING:
    from app.conversations.models.conversation import Conversation


class DifferentPeople(ValueError):
    """The two conversations belong to different people: one would read the other's words."""


class Move(Model):
    """Entries went from one conversation to another: merge or split, by whom, and when it was undone."""

    __tablename__ = "moves"
    __table_args__ = (Index("ix_moves_from_to", "from_id", "to_id"),)

    kind: Mapped[str] = mapped_column(String(10))
    from_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    to_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    was_state: Mapped[str] = mapped_column(String(10))
    was_there: Mapped[str] = mapped_column(String(10), default="")
    waited_there: Mapped[Instant | None]
    newcomers: Mapped[list[int]] = mapped_column(JSON, default=list)
    undone_at: Mapped[Instant | None]


class MovedEntry(Model):
    """One entry that a move took along, and the number it had."""

    __tablename__ = "moved_entries"

    move_id: Mapped[int] = mapped_column(ForeignKey("moves.id", ondelete="CASCADE"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), index=True)
    old_seq: Mapped[int]


def merge_into(self: Conversation, other: Conversation, by: Person, *, share: bool = False) -> Move:
    """Put everything said here at the end of `other` and close this one.

    Raises DifferentPeople when another customer would come to read these words, unless `share` says that is meant.
    """
    # In one order, and before anything is read: what is being written here now comes along.
    for row in sorted((self, other), key=lambda one: one.id):
        row.lock()
    if other.id == self.id or other.merged_into_id is not None or self.merged_into_id is not None:
        raise ValueError("These two cannot be merged.")
    newcomers = readers(self) - readers(other)
    if (newcomers or readers(other) - readers(self)) and not share:
        raise DifferentPeople("These conversations belong to different people.")
    move = move_entries(self, other, spoken(self), by, "merge")
    for person_id in newcomers:
        other.take_part(db.session.get_one(Person, person_id))
    move.newcomers = sorted(newcomers)
    self.merged_into_id = other.id
    self.happen("merged", by, public=True, into=other.reference, move_id=move.id)
    self.wake("merged")
    self.set_state("closed")
    if move.was_state == "open":
        wait_there(self, other, by)
    return move


def wait_there(self: Conversation, other: Conversation, by: Person) -> None:
    """Who waited here for an answer waits there now, even where all was done."""
    other.rouse(by, "person")
    other.set_state("open")
    other.waiting_since = min(filter(None, (self.waiting_since, other.waiting_since)), default=None)


def living(self: Conversation) -> Conversation:
    """Where this one goes on: itself, or what it was merged into."""
    found = self
    while found.merged_into_id is not None:
        found = db.session.get_one(type(self), found.merged_into_id)
    return found


def went_in(self: Conversation) -> Select[int]:
    """The ids of all that was merged into this one, and its own."""
    cls = type(self)
    found = select(cls.id).where(cls.id == self.id).cte("went_in", recursive=True)
    return select(found.union_all(select(cls.id).where(cls.merged_into_id == found.c.id)).c.id)


def split(self: Conversation, entries: Sequence[Entry], by: Person, subject: str = "") -> tuple[Conversation, Move]:
    """A new conversation of the same customer with these entries; they leave this one."""
    mine = [entry for entry in entries if entry.conversation_id == self.id and entry.kind != "event"]
    if not mine:
        raise ValueError("Choose at least one message to split off.")
    about = subject or one_line(mine[0].body, 80)
    new = type(self).open(self.person, self.channel, subject=about, team=self.team, skill=self.skill, by=by)
    if self.assignee is not None:
        new.assign(self.assignee, by)
    move = move_entries(self, new, mine, by, "split")
    for row in (self, new):
        wait_by_words(row)
    self.happen("split", by, public=True, into=new.reference, move_id=move.id)
    return new, move


def wait_by_words(self: Conversation) -> None:
    """Whose turn it is, as what stands here now says: the customer waits since the oldest of their words that nobody has answered."""
    if self.state not in {"open", "waiting"}:
        return
    turns = (Entry.kind.in_(("message", "file")), Entry.voice.in_(("customer", "agent")))
    said = db.session.scalars(select(Entry).where(Entry.conversation_id == self.id, *turns).order_by(Entry.seq)).all()
    asked = list(takewhile(lambda entry: entry.voice == "customer", reversed(said)))
    self.waiting_since = asked[-1].created_at if asked else None
    if said and self.woke is None:
        self.set_state("open" if asked else "waiting")


def undo_move(self: Conversation, move: Move, by: Person) -> bool:
    """Take the entries of `move` (which came here) back to where they were, with their old numbers.

    False, and nothing is done, when that was done already, or when this one or the other was merged again since: that is undone first.
    """
    source = db.session.get_one(type(self), move.from_id)
    for row in sorted((self, source), key=lambda one: one.id):
        row.lock()
    if not may_undo(self, move):
        return False
    if not claim(update(Move).where(Move.id == move.id, Move.undone_at.is_(None)).values(undone_at=clock.now())):
        return False
    for went in db.session.scalars(select(MovedEntry).where(MovedEntry.move_id == move.id)).all():
        moved = update(Entry).where(Entry.id == went.entry_id, Entry.conversation_id == self.id)
        db.session.execute(moved.values(conversation_id=source.id, seq=went.old_seq))
    db.session.refresh(move)
    self.recount()
    source.recount()
    for person_id in move.newcomers:
        self.part_out(db.session.get_one(Person, person_id))
    if move.kind == "merge":
        source.merged_into_id = None
        stand_again(source, move, by)
        rest_again(self, move, by)
    else:
        wait_by_words(source)
        wait_by_words(self)
        if not spoken(self):
            self.merged_into_id = source.id
            self.set_state("closed")
    self.happen("unmoved", by, public=True, kind=move.kind, back=source.reference)
    source.happen("unmoved", by, public=True, kind=move.kind)
    tell(EntriesMoved(move_id=move.id, from_id=move.from_id, to_id=move.to_id, kind=move.kind, undone=True))
    return True


def may_undo(self: Conversation, move: Move) -> bool:
    """Whether what `move` brought stands here still, and has a place to go back to."""
    if self.merged_into_id is not None or move.to_id != self.id:
        return False
    return move.kind == "merge" or db.session.get_one(type(self), move.from_id).merged_into_id is None


def stand_again(source: Conversation, move: Move, by: Person) -> None:
    """It stands as it did before the merge: what was put aside is again, unless its time has come meanwhile."""
    if move.was_state != "snoozed" or source.current_snooze() is not None:
        source.set_state(move.was_state)
        return
    source.set_state("open", woke="time")
    source.snooze_again(move.created_at, by)


def rest_again(self: Conversation, move: Move, by: Person) -> None:
    """Whoever came here to wait is gone: as it was before, unless somebody has spoken or decided since."""
    spoke = select(Entry.id).where(
        Entry.conversation_id == self.id, Entry.created_at > move.created_at, Entry.kind.in_(("message", "file"))
    )
    if move.was_state != "open" or self.state != "open" or db.session.scalar(spoke.limit(1)) is not None:
        return
    if move.was_there == "closed":
        self.close_again(move.created_at, by)
    elif move.was_there == "snoozed":
        self.snooze_again(move.created_at, by)
    elif move.was_there == "waiting":
        self.set_state("waiting")
    self.waiting_since = move.waited_there


def move_entries(self: Conversation, to: Conversation, entries: Sequence[Entry], by: Person, kind: str) -> Move:
    move = add(
        Move(kind=kind, from_id=self.id, to_id=to.id, by_id=by.id, was_state=self.state, was_there=to.state, waited_there=to.waiting_since)
    )
    to.happen("moved", by, public=True, kind=kind, other=self.reference, move_id=move.id)
    for entry in entries:
        db.session.add(MovedEntry(move_id=move.id, entry_id=entry.id, old_seq=entry.seq))
        seq = to.next_seq({}, ())
        db.session.execute(update(Entry).where(Entry.id == entry.id).values(conversation_id=to.id, seq=seq))
    db.session.flush()
    to.recount()
    self.recount()
    tell(EntriesMoved(move_id=move.id, from_id=self.id, to_id=to.id, kind=kind, undone=False))
    return move


def recount(self: Conversation) -> None:
    """Read the list's columns again from the entries that are here now."""
    db.session.flush()
    here = select(Entry).where(Entry.conversation_id == self.id, Entry.public, Entry.kind.in_(("message", "file")))
    last = db.session.scalar(here.order_by(Entry.seq.desc()).limit(1).execution_options(populate_existing=True))
    self.last_line, self.last_voice = (one_line(last.body), last.voice) if last else ("", "")


def spoken(self: Conversation) -> Sequence[Entry]:
    mine = select(Entry).where(Entry.conversation_id == self.id, Entry.kind != "event")
    return db.session.scalars(mine.order_by(Entry.seq)).all()


def readers(self: Conversation) -> set[int]:
    """The ids of the human beings on the customer's side, whatever visitors stand for them."""
    ids = {part.person_id for part in db.session.scalars(self.participants()) if part.role == "customer"}
    linked = select(Link.visitor_id, Link.person_id).where(Link.visitor_id.in_(ids), Link.undone_at.is_(None))
    stands_for = {visitor: person for visitor, person in db.session.execute(linked)}
    return {stands_for.get(person_id, person_id) for person_id in ids}
