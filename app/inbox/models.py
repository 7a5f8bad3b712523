"""What the desk keeps of its own: drafts, replies that wait to be sent, canned replies, macros, who was mentioned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Select, String, UniqueConstraint, delete, exists, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person, Team
from app.conversations.models import Conversation, Entry
from app.lib import clock
from app.lib.db import Instant, Model, Slug, Title, Words, claim, db, first, only
from app.lib.outbox import cancel, later
from app.lib.uploads import Upload

UNDO_WITHIN = timedelta(seconds=10)


class Draft(Model):
    """Words an agent has not sent yet, kept on the server: one of each kind per agent and conversation."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("conversation_id", "person_id", "kind"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    words: Mapped[Words]

    @classmethod
    def of(cls, conversation: Conversation, person: Person) -> dict[str, str]:
        """The unsent words by kind: {"reply": …, "note": …}."""
        mine = select(cls.kind, cls.words).where(cls.conversation_id == conversation.id, cls.person_id == person.id)
        return {kind: words for kind, words in db.session.execute(mine)}

    @classmethod
    def keep(cls, conversation: Conversation, person: Person, kind: str, words: str) -> None:
        """Remember `words`; none at all forgets the draft."""
        if not words.strip():
            return cls.forget(conversation, person, kind)
        own = {"conversation_id": conversation.id, "person_id": person.id, "kind": kind}
        saved = update(cls).filter_by(**own).values(words=words[:20_000])
        # Two windows may save at the same moment.
        if not claim(saved) and not first(cls(**own, words=words[:20_000])):
            claim(saved)

    @classmethod
    def give_back(cls, conversation: Conversation, person: Person, kind: str, words: str) -> None:
        """Words that were sent are in the composer again, above what has been typed since."""
        typed = cls.of(conversation, person).get(kind, "")
        cls.keep(conversation, person, kind, "\n\n".join(filter(None, (words, typed))))

    @classmethod
    def forget(cls, conversation: Conversation, person: Person, kind: str) -> None:
        mine = (cls.conversation_id == conversation.id, cls.person_id == person.id, cls.kind == kind)
        db.session.execute(delete(cls).where(*mine))


class HeldReply(Model):
    """A reply that has been sent and waits: ten seconds for second thoughts, or until the time the agent chose."""

    __tablename__ = "held_replies"
    __table_args__ = (
        UniqueConstraint("conversation_id", "client_id"),
        Index("ix_held_replies_conversation_state", "conversation_id", "state"),
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    words: Mapped[Words]
    client_id: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[Instant]
    chosen_time: Mapped[bool] = mapped_column(default=False)
    after: Mapped[str] = mapped_column(String(20), default="")
    seen_seq: Mapped[int]
    upload_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    why: Mapped[str] = mapped_column(String(40), default="")
    person: Mapped[Person] = relationship()
    conversation: Mapped[Conversation] = relationship()

    @classmethod
    def hold(
        cls,
        conversation: Conversation,
        person: Person,
        words: str,
        client_id: str,
        until: datetime | None = None,
        after: str = "",
        uploads: Sequence[Upload] = (),
    ) -> HeldReply:
        """Keep the reply until `until` (aware), or for ten seconds. The same words under the same `client_id` are the one already held."""
        earlier = db.session.scalar(cls.sent_under(conversation, client_id))
        if earlier is not None and earlier.words != words:
            # Somebody went back in the browser, where the form still has its old id, and wrote something else.
            client_id = sha256(f"{client_id} {words}".encode()).hexdigest()
        due = until or clock.now() + UNDO_WITHIN
        held = {"words": words, "client_id": client_id, "due_at": due, "chosen_time": until is not None, "after": after}
        files = [upload.id for upload in uploads]
        new = cls(conversation_id=conversation.id, person_id=person.id, seen_seq=conversation.last_seq, upload_ids=files, **held)
        row = only(cls.sent_under(conversation, client_id), new)
        if row is not new:
            return row
        for upload in uploads:
            upload.give_to(f"held:{row.id}")
        later("inbox.send_held", due_at=due, key=f"held:{row.id}", held_id=row.id)
        return row

    @classmethod
    def sent_under(cls, conversation: Conversation, client_id: str) -> Select[HeldReply]:
        """The one that a browser's form sent under its id and that was not taken back."""
        return select(cls).where(cls.conversation_id == conversation.id, cls.client_id == client_id)

    @classmethod
    def waiting(cls, conversation: Conversation) -> Select[HeldReply]:
        return select(cls).where(cls.conversation_id == conversation.id, cls.state == "waiting").order_by(cls.due_at)

    def take_back(self, why: str = "undone") -> bool:
        """Do not send it. Its words are the draft again, its files must be added again. False when it has already gone."""
        undone = {"state": "undone", "why": why, "client_id": f"undone-{self.id}"}
        ours = claim(update(HeldReply).where(HeldReply.id == self.id, HeldReply.state == "waiting").values(**undone))
        if ours:
            cancel(f"held:{self.id}")
            for upload in self.files:
                upload.discard()
            Draft.give_back(self.conversation.living(), self.person, "reply", self.words)
        return ours

    def send(self) -> None:
        """The time has come: say it, unless it was taken back, the customer has written since and a time was chosen, or its author left.

        What should happen after it does not happen to words that the agent had not read.
        """
        there = self.conversation.living()
        overtaken = self.overtaken(there)
        # Whoever listens for these may come later than the chosen time.
        if not self.person.active or (self.chosen_time and overtaken):
            self.take_back("the customer wrote first" if self.person.active else "their account was closed")
            return
        if not claim(update(HeldReply).where(HeldReply.id == self.id, HeldReply.state == "waiting").values(state="sent")):
            return
        there.say(self.person, self.words, self.client_id, uploads=self.files)
        if not overtaken:
            carry_on(there, self.person, self.after)

    @property
    def files(self) -> Sequence[Upload]:
        return db.session.scalars(select(Upload).where(Upload.id.in_(self.upload_ids))).all() if self.upload_ids else ()

    def overtaken(self, there: Conversation) -> bool:
        """Whether the customer has written since, `there`, where the conversation goes on."""
        # Numbers say it most exactly, but after a merge they are those of another thread.
        since = Entry.seq > self.seen_seq if there.id == self.conversation_id else Entry.created_at > self.created_at
        wrote = (Entry.conversation_id == there.id, Entry.voice == "customer", Entry.kind.in_(("message", "file")))
        return bool(db.session.scalar(select(exists().where(*wrote, since))))


def carry_on(conversation: Conversation, by: Person, after: str) -> None:
    """What the agent asked to happen once the reply is out: `close`, or `snooze` until the customer writes."""
    if after == "close":
        conversation.close(by)
    elif after == "snooze":
        conversation.snooze(None, by)


class Canned(Model):
    """A reply that is written once and used often; `{{ customer.first_name }}` and the like are filled in when it is inserted."""

    __tablename__ = "canned_replies"

    slug: Mapped[Slug] = mapped_column(unique=True)
    title: Mapped[Title]
    words: Mapped[Words]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    uses: Mapped[int] = mapped_column(default=0)
    team: Mapped[Team | None] = relationship()

    @classmethod
    def fitting(cls, person: Person, words: str = "") -> Select[Canned]:
        """What `person` may use, the most used first; `words` narrows by title, short name and text."""
        teams = [team.id for team in person.teams]
        mine = select(cls).where(or_(cls.team_id.is_(None), cls.team_id.in_(teams)))
        for word in words.lower().split()[:6]:
            like = f"%{word}%"
            mine = mine.where(or_(func.lower(cls.title).like(like), cls.slug.like(like), func.lower(cls.words).like(like)))
        return mine.order_by(cls.uses.desc(), cls.title).limit(20)

    @classmethod
    def count(cls, numbers: set[int]) -> None:
        """These stood in a reply that was sent. Counted where they stand: two replies at the same moment are two uses."""
        used = update(cls).where(cls.id.in_(numbers)).values(uses=cls.uses + 1)
        db.session.execute(used.execution_options(synchronize_session=False))


class Macro(Model):
    """Words and actions together, such as: answer, tag, close. Actions are a list of {"do": …, "with": …}."""

    __tablename__ = "macros"

    title: Mapped[Title]
    words: Mapped[Words] = mapped_column(default="")
    actions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    uses: Mapped[int] = mapped_column(default=0)


class Mention(Model):
    """An agent was named in a note: they find it under Mentions until they have read it."""

    __tablename__ = "mentions"
    __table_args__ = (UniqueConstraint("entry_id", "person_id"), Index("ix_mentions_person_read", "person_id", "read_at"))

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    read_at: Mapped[Instant | None]

    @classmethod
    def read(cls, conversation: Conversation, person: Person) -> None:
        # Nearly always there are none, and a page that is only read must not wait for those who write.
        unread = select(cls).where(cls.conversation_id == conversation.id, cls.person_id == person.id, cls.read_at.is_(None))
        for mention in db.session.scalars(unread).all():
            mention.read_at = clock.now()
