"""Ticket: what makes a conversation a case: its kind, urgency, tier, fields, links, time spent and calls."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Select, String, UniqueConstraint, bindparam, exists, func, select, text
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib.db import Instant, Model, Slug, add, db, hold, only
from app.lib.facts import tell
from app.tickets.events import TicketOpened
from app.tickets.models.clocks import recompute
from app.tickets.models.escalation import Escalating
from app.tickets.models.ratings import Rated

KINDS = ("general", "technical", "sales", "partnership", "media", "feedback", "billing", "incident")
OWN = text("began_in_id IS NULL")
URGENCY = {"blocked": "urgent", "today": "high", "week": "normal", "whenever": "low"}


class Ticket(Escalating, Rated, Model):
    """A conversation with a promise. Its number, state, team, assignee and tags are the conversation's.

    A merge takes it along to where the conversation goes on, which may have a ticket of its own; its promise stays the one that was given
    where it began.
    """

    __tablename__ = "tickets"
    __table_args__ = (Index("uq_tickets_own", "conversation_id", unique=True, sqlite_where=OWN, postgresql_where=OWN),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    began_in_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    kind: Mapped[Slug] = mapped_column(default="general", index=True)
    tier: Mapped[Slug | None]
    policy_id: Mapped[str] = mapped_column(String(80), default="")
    level: Mapped[int] = mapped_column(default=0)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id", ondelete="SET NULL"), index=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    because: Mapped[list[str]] = mapped_column(JSON, default=list)
    promised_at: Mapped[Instant | None]
    conversation: Mapped[Conversation] = relationship(lazy="joined", innerjoin=True, foreign_keys=conversation_id)
    began_in: Mapped[Conversation | None] = relationship(foreign_keys=began_in_id)

    @property
    def reference(self) -> str:
        return self.conversation.reference

    @property
    def beginning(self) -> Conversation:
        """The conversation in which it began: elsewhere when a merge has taken it along."""
        return self.began_in or self.conversation

    @classmethod
    def make(
        cls,
        conversation: Conversation,
        *,
        kind: str = "general",
        priority: str | None = None,
        way: str = "form",
        tier: str | None = None,
        fields: dict[str, Any] | None = None,
        because: str = "",
    ) -> Ticket:
        """The ticket of this conversation, made now when it has none. `because` says in words what brought it here."""
        reasons = [because] if because else []
        new = cls(conversation_id=conversation.id, kind=kind, tier=tier, fields=fields or {}, because=reasons)
        row = only(cls.belonging(conversation), new)
        if row is not new:
            return row
        if priority is not None:
            conversation.prioritise(priority)
        conversation.happen("ticket", public=True, kind=kind)
        tell(TicketOpened(ticket_id=row.id, conversation_id=conversation.id, way=way))
        recompute(row)
        row.promised_at = conversation.next_due_at
        return row

    @classmethod
    def of(cls, conversation: Conversation) -> Ticket | None:
        return db.session.scalar(cls.belonging(conversation))

    @classmethod
    def belonging(cls, conversation: Conversation) -> Select[Ticket]:
        """Its own ticket before those that came along with others; the first of these where it has none."""
        return cls.all_in(conversation).limit(1)

    @classmethod
    def all_in(cls, conversation: Conversation) -> Select[Ticket]:
        """Its own ticket, and those that merges have brought."""
        return select(cls).where(cls.conversation_id == conversation.id).order_by(cls.began_in_id.is_not(None), cls.id)

    @classmethod
    def begun_in(cls, conversation: Conversation) -> Ticket | None:
        """The one that was made here, also when a merge has taken it along."""
        own = (cls.conversation_id == conversation.id) & cls.began_in_id.is_(None)
        return db.session.scalar(select(cls).where(own | (cls.began_in_id == conversation.id)))

    def follow(self) -> None:
        """Go to where its conversation goes on, or back when a merge was undone."""
        hold(self)
        began = self.beginning
        self.conversation = began.living()
        self.began_in = None if self.conversation is began else began

    @classmethod
    @cache
    def exists_for(cls) -> ColumnElement[bool]:
        """Whether the conversation that a fact tells of is a ticket, as a condition: asked for every message, before anything is loaded."""
        return exists().where(cls.conversation_id == bindparam("conversation_id"))

    @classmethod
    def seen_by(cls, person: Person | None) -> Select[Ticket]:
        """The tickets whose conversations this person may read."""
        visible = Conversation.seen_by(person).with_only_columns(Conversation.id)
        return select(cls).where(cls.conversation_id.in_(visible))

    @classmethod
    def living(cls, after: int, limit: int) -> Select[Ticket]:
        """The next `limit` tickets after this id whose conversation is not closed."""
        rows = select(cls).join(cls.conversation).where(cls.id > after, Conversation.state != "closed")
        return rows.options(contains_eager(cls.conversation)).order_by(cls.id).limit(limit)

    def explain(self, why: str) -> None:
        """Add a line to “Why here”: which rule, letter or person brought the ticket to its state."""
        hold(self)
        self.because = [*self.because, why]

    def put_under(self, parent: Ticket | None, by: Person | None = None) -> None:
        """This ticket belongs to `parent`. Raises ValueError for a circle."""
        above = parent
        while above is not None:
            if above.id == self.id:
                raise ValueError("A ticket cannot stand under itself.")
            above = db.session.get(Ticket, above.parent_id) if above.parent_id else None
        self.parent_id = parent.id if parent else None
        self.conversation.happen("parent", by, parent=parent.reference if parent else None)

    def link(self, other: Ticket, by: Person | None = None) -> TicketLink:
        """The two have to do with each other; linking twice is linking once."""
        low, high = sorted((self.id, other.id))
        if low == high:
            raise ValueError("A ticket cannot be linked to itself.")
        new = TicketLink(one_id=low, other_id=high, by_id=by.id if by else None)
        return only(select(TicketLink).where(TicketLink.one_id == low, TicketLink.other_id == high), new)

    def linked(self) -> list[Ticket]:
        ones = select(TicketLink.other_id).where(TicketLink.one_id == self.id)
        others = select(TicketLink.one_id).where(TicketLink.other_id == self.id)
        return list(db.session.scalars(select(Ticket).where(Ticket.id.in_(ones.union(others)))))

    def children(self) -> list[Ticket]:
        return list(db.session.scalars(select(Ticket).where(Ticket.parent_id == self.id).order_by(Ticket.id)))

    def spend(self, minutes: int, by: Person, what: str = "") -> Effort:
        """Write down time worked. Raises ValueError for none, or for more than a day at once."""
        if not 0 < minutes <= 24 * 60:
            raise ValueError("Between one minute and a day, please.")
        return add(Effort(ticket_id=self.id, person_id=by.id, minutes=minutes, what=what[:200]))

    def minutes_spent(self) -> int:
        return db.session.scalar(select(func.coalesce(func.sum(Effort.minutes), 0)).where(Effort.ticket_id == self.id)) or 0

    def log_call(self, by: Person, *, inbound: bool, minutes: int, outcome: str, words: str) -> Call:
        """A phone call: an entry of the thread that only we read, and a row with its length and outcome."""
        entry = self.conversation.note(by, words or "Call without notes.", data={"call": "in" if inbound else "out", "minutes": minutes})
        return add(Call(ticket_id=self.id, entry_id=entry.id, inbound=inbound, minutes=max(0, minutes), outcome=outcome[:40]))


class TicketLink(Model):
    """Two tickets have to do with each other."""

    __tablename__ = "ticket_links"
    __table_args__ = (UniqueConstraint("one_id", "other_id"),)

    one_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


class Effort(Model):
    """Minutes that somebody worked on a ticket."""

    __tablename__ = "efforts"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    minutes: Mapped[int]
    what: Mapped[str] = mapped_column(String(200), default="")
    person: Mapped[Person] = relationship()


class Call(Model):
    """A phone call about a ticket; what was said is the note it points to."""

    __tablename__ = "phone_calls"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), index=True)
    inbound: Mapped[bool]
    minutes: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(40))
