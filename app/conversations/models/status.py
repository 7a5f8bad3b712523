"""Open, waiting, snoozed, closed: a word in the conversation's row for lists, and a row that says who, when and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import Person
from app.conversations.events import ConversationClosed, ConversationReopened, ConversationSnoozed, ConversationWoke
from app.lib import clock
from app.lib.db import Instant, Model, add, claim, db
from app.lib.facts import tell
from app.lib.outbox import cancel, later

if TYPE_CHECKING:
    from app.conversations.models.conversation import Conversation

UNDO_WITHIN = timedelta(seconds=10)


class Closure(Model):
    """The conversation was closed: by whom, at which number. Reopening ends it; undoing deletes it."""

    __tablename__ = "closures"
    __table_args__ = (Index("ix_closures_conversation_ended", "conversation_id", "ended_at"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    seq: Mapped[int]
    was: Mapped[str] = mapped_column(String(10))
    ended_at: Mapped[Instant | None]
    by: Mapped[Person | None] = relationship(foreign_keys=by_id)


class Snooze(Model):
    """Put aside by somebody until an instant, or (None) until the customer writes; why it woke."""

    __tablename__ = "snoozes"
    __table_args__ = (Index("ix_snoozes_conversation_woke", "conversation_id", "woke_at"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    until: Mapped[Instant | None]
    was: Mapped[str] = mapped_column(String(10))
    woke_at: Mapped[Instant | None]
    why: Mapped[str] = mapped_column(String(10), default="")
    by: Mapped[Person | None] = relationship(foreign_keys=by_id)


def close(self: Conversation, by: Person | None = None, reason: str = "") -> Closure:
    """Done. What follows from it (letters, sinks) waits a few seconds, so that it can be undone. Closing twice is closing once."""
    self.lock()
    found = self.closure()
    if found is not None:
        return found
    if self.state == "snoozed":
        self.wake("person", by)
    row = Closure(conversation_id=self.id, by_id=by.id if by else None, assignee_id=self.assignee_id, reason=reason, was=self.state)
    self.set_state("closed", woke=None)
    row.seq = self.happen("closed", by, public=True, reason=reason).seq
    tell(ConversationClosed(conversation_id=self.id, closure_id=add(row).id, by_id=row.by_id))
    return row


def reopen(self: Conversation, by: Person | None = None) -> None:
    """Open again; the closure stays written, ended now."""
    found = self.closure()
    if found is not None:
        found.ended_at = clock.now()
        back_open(self, by, "open", undone=False)
        if self.assignee is not None and not self.assignee.active:
            self.release(by)


def undo_close(self: Conversation, by: Person) -> bool:
    """As if it had not been closed. False when it is too late or was not closed."""
    self.lock()
    found = self.closure()
    if found is None or clock.now() - found.created_at > UNDO_WITHIN:
        return False
    was = found.was
    db.session.delete(found)
    back_open(self, by, was, undone=True)
    return True


def undo_reopen(self: Conversation, by: Person) -> bool:
    """As if it had stayed closed. False when it is too late, it is closed anyhow, or the customer has written since."""
    self.lock()
    return self.close_again(clock.now() - UNDO_WITHIN, by)


def close_again(self: Conversation, since: datetime, by: Person) -> bool:
    """As if the closure that ended after `since` were still in force. False without one, or when the customer has written after it."""
    ended = select(Closure).where(Closure.conversation_id == self.id, Closure.ended_at > since)
    last = db.session.scalar(ended.order_by(Closure.id.desc()).limit(1))
    if last is None or self.is_closed or (self.last_voice == "customer" and self.last_at > last.ended_at):
        return False
    last.ended_at, self.reopened_count = None, self.reopened_count - 1
    self.set_state("closed", woke=None)
    self.happen("closed", by, public=True, reason=last.reason, undone=True)
    tell(ConversationClosed(conversation_id=self.id, closure_id=last.id, by_id=by.id, undone=True))
    return True


def back_open(self: Conversation, by: Person | None, state: str, *, undone: bool) -> None:
    self.set_state(state)
    self.reopened_count += 0 if undone else 1
    self.happen("reopened", by, public=not undone, undone=undone)
    tell(ConversationReopened(conversation_id=self.id, by_id=by.id if by else None, undone=undone))


def closure(self: Conversation) -> Closure | None:
    """The closure in force, or None."""
    return db.session.scalar(select(Closure).where(Closure.conversation_id == self.id, Closure.ended_at.is_(None)))


def snooze(self: Conversation, until: datetime | None, by: Person | None = None) -> Snooze:
    """Out of sight until an aware instant, or with None until the customer writes (which wakes it in any case). Closed, it opens first."""
    self.lock()
    if self.state == "snoozed":
        self.wake("person", by)
    elif self.state == "closed":
        self.reopen(by)
    row = add(Snooze(conversation_id=self.id, by_id=by.id if by else None, until=until, was=self.state))
    put_aside(self, row, by)
    return row


def wake(self: Conversation, why: str, by: Person | None = None) -> None:
    """End the snooze; `why` (time, reply, person) stays as a badge until somebody here acts. What was merged stays closed all the same."""
    row = self.current_snooze()
    if row is None:
        return
    row.woke_at, row.why = clock.now(), why
    cancel(f"snooze:{self.id}")
    if self.merged_into_id is not None:
        return
    self.set_state("open" if why != "person" else row.was, woke=why if why != "person" else None)
    self.happen("woke", by, why=why)
    tell(ConversationWoke(conversation_id=self.id, why=why))


def come_due(self: Conversation) -> bool:
    """The time that was named for it has come: it waits for us, put aside or not. False when it is closed: nobody waits any more."""
    self.lock()
    if self.state == "snoozed":
        self.wake("time")
    elif self.state != "closed" and (self.state, self.woke) != ("open", "time"):
        self.set_state("open", woke="time")
        self.happen("woke", why="time")
        tell(ConversationWoke(conversation_id=self.id, why="time"))
    if self.state != "closed":
        self.waiting_since = self.waiting_since or clock.now()
    return self.state != "closed"


def snooze_again(self: Conversation, since: datetime, by: Person) -> None:
    """As if the snooze that ended after `since` were still in force, unless its time has come meanwhile."""
    ended = select(Snooze).where(Snooze.conversation_id == self.id, Snooze.woke_at >= since)
    last = db.session.scalar(ended.order_by(Snooze.id.desc()).limit(1))
    if last is None or self.state in {"snoozed", "closed"} or (last.until is not None and last.until <= clock.now()):
        return
    last.woke_at, last.why = None, ""
    put_aside(self, last, by)


def put_aside(self: Conversation, row: Snooze, by: Person | None) -> None:
    iso = row.until.isoformat() if row.until else None
    self.set_state("snoozed", woke=None)
    self.happen("snoozed", by, until=iso)
    if row.until is not None:
        later("conversations.wake", due_at=row.until, key=f"snooze:{self.id}", snooze_id=row.id)
    tell(ConversationSnoozed(conversation_id=self.id, by_id=by.id if by else None, until=iso))


def current_snooze(self: Conversation) -> Snooze | None:
    return db.session.scalar(select(Snooze).where(Snooze.conversation_id == self.id, Snooze.woke_at.is_(None)))


def rouse(self: Conversation, by: Person, why: str) -> None:
    """Somebody speaks: a snoozed conversation wakes, a closed one opens again."""
    if self.state == "snoozed":
        self.wake(why, by)
    elif self.state == "closed":
        self.reopen(by)


def set_state(self: Conversation, state: str, **columns: str | None) -> None:
    cls = type(self)
    values = {"state": state, **columns}
    claim(update(cls).where(cls.id == self.id).values(**values))
    for name, value in values.items():
        set_committed_value(self, name, value)
