"""Conversation: the one thread under chat, e-mail, form, phone and portal."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Select, String, bindparam, false, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person, Team
from app.conversations.events import AddressLeft, ConversationOpened
from app.conversations.models import copies, moves, owners, reading, status, talking
from app.conversations.models import participants as people
from app.conversations.models import tags as tagging
from app.conversations.models.tags import Tag
from app.lib import clock, tokens
from app.lib.db import Instant, Model, Slug, Title, add, db, first, held
from app.lib.facts import tell

CHANNELS = ("chat", "email", "form", "phone", "portal")
STATES = ("open", "waiting", "snoozed", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
REFERENCE = re.compile(r"(?:FD-?)?(\d{4,9})", re.IGNORECASE)
MERGED = text("merged_into_id IS NOT NULL")
FIRST = 1000


class AlreadyBegun(Exception):
    """The same browser has begun this very conversation meanwhile: roll back and go on with `begun_with`."""


class Conversation(Model):
    """Entries numbered from 1, people who take part, one owner, one state.

    State: `open` waits for us, `waiting` for the customer; `snoozed` and `closed` have a row that says who and when.
    The columns from `last_line` on repeat what entries say, so that a list reads one table.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_state_due", "state", "next_due_at", "last_at"),
        Index("ix_conversations_state_last", "state", "last_at"),
        Index("ix_conversations_assignee_state", "assignee_id", "state", "last_at"),
        Index("ix_conversations_owner_state", "owner", "state", "channel", "waiting_since"),
        Index("ix_conversations_team_state", "team_id", "state", "last_at"),
        Index("ix_conversations_person_last", "person_id", "last_at"),
        Index("ix_conversations_merged", "merged_into_id", sqlite_where=MERGED, postgresql_where=MERGED),
    )

    channel: Mapped[str] = mapped_column(String(10))
    subject: Mapped[Title] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    owner: Mapped[str] = mapped_column(String(10), default="queue")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    skill: Mapped[Slug | None]
    priority: Mapped[str] = mapped_column(String(10), default="normal")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    opened_from: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    client_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    last_seq: Mapped[int] = mapped_column(default=0)
    last_line: Mapped[str] = mapped_column(String(200), default="")
    last_at: Mapped[Instant] = mapped_column(default=clock.now)
    last_voice: Mapped[str] = mapped_column(String(10), default="")
    waiting_since: Mapped[Instant | None]
    first_reply_at: Mapped[Instant | None]
    next_due_at: Mapped[Instant | None]
    woke: Mapped[str | None] = mapped_column(String(10))
    reopened_count: Mapped[int] = mapped_column(default=0)
    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    assignee: Mapped[Person | None] = relationship(foreign_keys=assignee_id)
    team: Mapped[Team | None] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary="taggings", viewonly=True, order_by="Tag.name")

    # What can be said in it (talking.py).
    say, answer, announce, note, happen = talking.say, talking.answer, talking.announce, talking.note, talking.happen
    edit, delete = talking.edit, talking.delete
    append, next_seq, lock, voice_of = talking.append, talking.next_seq, talking.lock, talking.voice_of

    # What can be read of it (reading.py).
    since, before, entry = reading.since, reading.before, reading.entry

    # Open, waiting, snoozed, closed (status.py).
    close, reopen, closure = status.close, status.reopen, status.closure
    undo_close, undo_reopen = status.undo_close, status.undo_reopen
    close_again, snooze_again, come_due = status.close_again, status.snooze_again, status.come_due
    snooze, wake, rouse, current_snooze, set_state = status.snooze, status.wake, status.rouse, status.current_snooze, status.set_state

    # Who looks after it (owners.py).
    assign, release, transfer, to_bot, let_go = owners.assign, owners.release, owners.transfer, owners.to_bot, owners.let_go
    hand_to, owner_changed, prioritise = owners.hand_to, owners.owner_changed, owners.prioritise
    queue_for = owners.queue_for
    changed_hands_since = owners.changed_hands_since

    # Who takes part, who has read how far, who may look (participants.py).
    take_part, part_of, part_out, participants = people.take_part, people.part_of, people.part_out, people.participants
    mark_read, mark_unread, read_by, unread_for = people.mark_read, people.mark_unread, people.read_by, people.unread_for
    read_to_the_end = people.read_to_the_end
    link_token, send_copy, mail_copy = people.link_token, people.send_copy, copies.mail_copy
    watch, watchers = people.watch, people.watchers

    # Tags (tags.py), merge and split (moves.py).
    tag, untag = tagging.tag, tagging.untag
    merge_into, split, recount, living = moves.merge_into, moves.split, moves.recount, moves.living
    undo_move, may_undo, went_in = moves.undo_move, moves.may_undo, moves.went_in

    @property
    def reference(self) -> str:
        """What people say on the phone: FD-1042. Knowing it opens nothing."""
        return f"FD-{self.id + FIRST}"

    @property
    def title(self) -> str:
        return self.subject or self.last_line or self.reference

    @property
    def is_closed(self) -> bool:
        return self.state == "closed"

    @property
    def with_person(self) -> bool:
        """Whether a person, not a bot, looks after it."""
        return self.owner == "agent"

    @classmethod
    def open(
        cls,
        person: Person | None,
        channel: str,
        *,
        subject: str = "",
        team: Team | None = None,
        owner: str = "queue",
        priority: str = "normal",
        skill: str | None = None,
        opened_from: dict[str, Any] | None = None,
        client_id: str | None = None,
        by: Person | None = None,
    ) -> Conversation:
        """Begin a conversation with `person`; say the first words next. `opened_from` holds the page, article or checkout step.

        Raises AlreadyBegun for a `client_id` that another request has used.
        """
        names = {"subject": " ".join(subject.split())[:200], "team": team, "owner": owner, "priority": priority, "skill": skill}
        row = cls(person=person, channel=channel, opened_from=opened_from or {}, client_id=client_id, **names)
        if client_id is None:
            add(row)
        elif not first(row):
            raise AlreadyBegun(client_id)
        if person is not None:
            row.take_part(person)
        row.happen("opened", by or person, subject=row.subject, body=row.subject)
        tell(ConversationOpened(conversation_id=row.id, channel=channel, person_id=row.person_id))
        return row

    @classmethod
    def seen_by(cls, person: Person | None) -> Select[Conversation]:
        """The conversations this person may read: all for people who work here, for others their own, for nobody none."""
        if person is None or not person.active:
            return select(cls).where(false())
        return select(cls) if person.is_agent else cls.of(person)

    @classmethod
    def of(cls, person: Person) -> Select[Conversation]:
        """Those in which this human being (or a visitor proven to be them) is on the customer's side."""
        return select(cls).where(cls.id.in_(people.own_ids(person.id)))

    @classmethod
    def own(cls, person: Person, number: int, *, locked: bool = False) -> Conversation | None:
        """The conversation of this id when `person` is on its customer's side; `locked` for what is about to be said in it."""
        given = {"person": person.id, "number": number}
        return held(cls.finding_own(), given) if locked else db.session.scalar(cls.finding_own(), given)

    @classmethod
    @cache
    def finding_own(cls) -> Select[Conversation]:
        """The statement of `own`, made once: everything that a visitor does in a chat begins with it."""
        return select(cls).where(cls.id.in_(people.own_ids(bindparam("person"))), cls.id == bindparam("number"))

    @classmethod
    def found(cls, person: Person | None, reference: str) -> Conversation | None:
        """The conversation of this reference when `person` may read it, else None."""
        return db.session.scalar(cls.seen_by(person).where(cls.id == cls.number_of(reference)))

    @staticmethod
    def number_of(reference: str) -> int:
        """The id behind `FD-1042`, `fd1042` or `1042`; 0, which no row has, for anything else."""
        match = REFERENCE.fullmatch(reference.strip())
        return int(match[1]) - FIRST if match else 0

    @classmethod
    def by_link(cls, token: str) -> tuple[Conversation, Person] | None:
        """What a signed link opens: this one conversation, as one of its customers. None when forged, old, or no longer theirs."""
        try:
            conversation_id, person_id = people.read_link(token)
        except tokens.Bad:
            return None
        person = db.session.get(Person, person_id)
        row = cls.own(person, conversation_id) if person is not None and person.active else None
        return (row, person) if row is not None and person is not None else None

    @classmethod
    def begun_with(cls, client_id: str) -> Conversation | None:
        """The conversation that a browser opened under its own id, for a first message that is sent twice."""
        return db.session.scalar(select(cls).where(cls.client_id == client_id))

    def rename(self, subject: str, by: Person | None = None) -> None:
        was, self.subject = self.subject, " ".join(subject.split())[:200]
        if was != self.subject:
            self.happen("renamed", by, was=was, subject=self.subject)

    def move_to(self, team: Team | None, by: Person | None = None) -> None:
        """Another team looks after it; the owner stays as it is."""
        if team is not self.team:
            self.queue_for(team)
            self.happen("team", by, team=team.name if team else None)

    def claim_address(self, person: Person, email: str, name: str = "") -> None:
        """Remember where `person` says they can be reached. It proves nothing and joins nobody."""
        person.claimed_email = email.strip().lower()
        person.name = person.name or name.strip()
        self.happen("address", person)
        tell(AddressLeft(conversation_id=self.id, person_id=person.id))
