"""What chat keeps of its own: the pages somebody looked at while the chat was open, and the calls they asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.chat.events import CallBackAsked
from app.conversations.models import Conversation, inside_stream
from app.lib import clock, live
from app.lib.db import Instant, Model, Title, add, claim, db, first
from app.lib.facts import tell
from app.lib.outbox import later
from app.lib.page import part

TRAIL = 30
LANES = 2
CALL_MINUTES = 15
WAKE_BEFORE = timedelta(minutes=5)


class PageSeen(Model):
    """A page of ours that somebody had open, after they opened the chat. `step` is the checkout step, if it was one."""

    __tablename__ = "pages_seen"
    __table_args__ = (Index("ix_pages_seen_conversation", "conversation_id", "id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(300))
    title: Mapped[Title] = mapped_column(default="")
    step: Mapped[str] = mapped_column(String(40), default="")

    @classmethod
    def trail(cls, conversation: Conversation) -> Select[PageSeen]:
        """The way of this visitor, newest page first."""
        return select(cls).where(cls.conversation_id == conversation.id).order_by(cls.id.desc()).limit(TRAIL)

    @classmethod
    def note(cls, conversation: Conversation, path: str, title: str = "", step: str = "") -> PageSeen | None:
        """The visitor is on this page now: agents who look at the conversation see it at once. The same page again is no news."""
        last = db.session.scalar(cls.trail(conversation).limit(1))
        if last is not None and (last.path, last.step) == (path, step):
            return None
        row = add(cls(conversation_id=conversation.id, path=path[:300], title=title[:200], step=step[:40]))
        keep = cls.trail(conversation).with_only_columns(cls.id).subquery()
        old = delete(cls).where(cls.conversation_id == conversation.id, cls.id.not_in(select(keep.c.id)))
        db.session.execute(old.execution_options(synchronize_session=False))
        html = part("chat/_trail.html", conversation=conversation)
        live.replace(inside_stream(conversation.id), f"trail-{conversation.id}", html)
        return row


class NoSlot(ValueError):
    """That time for a call has just been taken, or is none that we offer."""


class CallBack(Model):
    """A call somebody asked for: their number, and the quarter of an hour in which we ring. As many at once as there are lanes.

    Without a lane it was called off: its conversation is closed.
    """

    __tablename__ = "call_backs"
    __table_args__ = (UniqueConstraint("starts_at", "lane"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    phone: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[Instant]
    lane: Mapped[int | None]
    conversation: Mapped[Conversation] = relationship()

    @classmethod
    def of(cls, conversation: Conversation) -> Select[CallBack]:
        """The call that we promise in it."""
        return select(cls).where(cls.conversation_id == conversation.id, cls.lane.is_not(None)).order_by(cls.id.desc()).limit(1)

    @classmethod
    def ahead(cls, conversation: Conversation) -> list[CallBack]:
        """The calls still to come, called off or not, of which this is where their conversation goes on."""
        if conversation.merged_into_id is not None:
            return []
        theirs = cls.conversation_id.in_(conversation.went_in())
        return list(db.session.scalars(select(cls).where(theirs, cls.starts_at > clock.now()).order_by(cls.id)))

    @classmethod
    def taken(cls, since: datetime) -> set[tuple[datetime, int]]:
        rows = db.session.execute(select(cls.starts_at, cls.lane).where(cls.starts_at >= since, cls.lane.is_not(None)))
        return {(starts_at, lane) for starts_at, lane in rows if lane is not None}

    @classmethod
    def ask(cls, conversation: Conversation, person: Person, phone: str, starts_at: datetime) -> CallBack:
        """Take a lane of that quarter of an hour, and put the conversation aside until five minutes before. Raises NoSlot."""
        taken = cls.taken(starts_at)
        free = (lane for lane in range(LANES) if (starts_at, lane) not in taken and starts_at > clock.now())
        lanes = (cls(conversation_id=conversation.id, phone=phone, starts_at=starts_at, lane=lane) for lane in free)
        row = next(filter(first, lanes), None)
        if row is None:
            raise NoSlot("That time has just been taken. Please choose another.")
        person.phone = person.phone or phone
        conversation.happen("call_asked", person, public=True, phone=phone, starts_at=starts_at.isoformat())
        due = max(starts_at - WAKE_BEFORE, clock.now())
        conversation.snooze(due)
        # Words end the snooze, not the promise.
        later("chat.call_due", due_at=due, key=f"call:{row.id}", call_id=row.id)
        tell(CallBackAsked(call_id=row.id, conversation_id=conversation.id, starts_at=starts_at.isoformat()))
        return row

    def call_off(self) -> None:
        """Nobody waits for it any more: others may have its time."""
        self.lane = None

    def promise_again(self) -> bool:
        """Its conversation goes on: it has its time again. False when that is taken by now."""
        cls = type(self)
        for lane in range(LANES):
            free = update(cls).where(cls.id == self.id, cls.lane.is_(None)).values(lane=lane)
            try:
                with db.session.begin_nested():
                    claim(free)
            except IntegrityError:
                continue
            db.session.refresh(self)
            return True
        return False
