"""What can be said in a conversation. Each entry gets its number in the transaction that stores it; a repeated send is stored once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningUpdate

from app.accounts.models import Person
from app.conversations.events import EntryChanged, MessageSaid, NoteWritten
from app.conversations.models.attachments import Attachment
from app.conversations.models.blocks import Block
from app.conversations.models.entries import Entry, TooLate, sayable
from app.conversations.models.watching import entry_appended
from app.lib import clock
from app.lib.db import Base, add, db, hold
from app.lib.facts import tell
from app.lib.markdown import one_line, render_words
from app.lib.uploads import Upload

if TYPE_CHECKING:
    from app.conversations.models.conversation import Conversation

CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# Made once: every message begins with it.
SENT = select(Entry.id).where(Entry.conversation_id == bindparam("conversation"), Entry.client_id == bindparam("client"))


def say(
    self: Conversation,
    person: Person,
    words: str,
    client_id: str | None = None,
    *,
    channel: str = "",
    data: dict[str, Any] | None = None,
    uploads: Sequence[Upload] = (),
) -> Entry:
    """Words both sides read, with or instead of files. The same `client_id` from the same person gives the entry that is already there.

    A customer's words wake or reopen the conversation; an agent's make them its owner when nobody else is. What is said in a merged
    one is said where it goes on: the entry is there.
    Raises Unsayable for empty or endless words, Blocked for a sender we do not hear.
    """
    self.lock()
    if self.merged_into_id is not None:
        return self.living().say(person, words, client_id, channel=channel or self.channel, data=data, uploads=uploads)
    earlier = sent_under(self, client_id)
    if earlier is not None and earlier.author_id == person.id:
        return earlier
    voice = self.voice_of(person)
    words = sayable(words, uploads)
    take_turn(self, person, voice)
    entry = self.append(
        kind="message" if words else "file",
        voice=voice,
        author=person,
        body=words,
        html=str(render_words(words)),
        client_id=free_id(client_id, earlier),
        channel=channel,
        data=data,
        public=True,
        uploads=uploads,
    )
    assert entry is not None  # noqa: S101 - only a condition could refuse it, and there is none
    tell(MessageSaid(conversation_id=self.id, entry_id=entry.id, seq=entry.seq, voice=voice, channel=entry.channel, author_id=person.id))
    return entry


def answer(self: Conversation, words: str, *, read_seq: int, data: dict[str, Any] | None = None) -> Entry | None:
    """The bot's words, stored only while the bot owns the conversation and nothing came after `read_seq`; else None."""
    cls = type(self)
    mine = (cls.owner == "bot", cls.last_seq == read_seq)
    html = str(render_words(words))
    entry = self.append(kind="message", voice="bot", body=sayable(words), html=html, data=data, public=True, only_if=mine)
    if entry is not None:
        tell_said(self, entry)
    return entry


def announce(self: Conversation, words: str, data: dict[str, Any] | None = None) -> Entry:
    """Words of the house that nobody typed, such as an acknowledgement. They count as nobody's reply."""
    entry = self.append(kind="message", voice="system", body=sayable(words), html=str(render_words(words)), data=data, public=True)
    assert entry is not None  # noqa: S101 - as above
    tell_said(self, entry)
    return entry


def note(
    self: Conversation,
    person: Person,
    words: str,
    client_id: str | None = None,
    *,
    data: dict[str, Any] | None = None,
    uploads: Sequence[Upload] = (),
) -> Entry:
    """An internal note: people who work here read it, nobody else ever. Of a merged conversation it stands where that goes on."""
    self.lock()
    if self.merged_into_id is not None:
        return self.living().note(person, words, client_id, data=data, uploads=uploads)
    earlier = sent_under(self, client_id)
    if earlier is not None and earlier.author_id == person.id:
        return earlier
    words = sayable(words, uploads)
    entry = self.append(
        kind="note",
        voice="agent",
        author=person,
        body=words,
        html=str(render_words(words)),
        client_id=free_id(client_id, earlier),
        data=data,
        public=False,
        uploads=uploads,
    )
    assert entry is not None  # noqa: S101 - as above
    tell(NoteWritten(conversation_id=self.id, entry_id=entry.id, author_id=person.id))
    return entry


def happen(
    self: Conversation, what: str, by: Person | None = None, *, public: bool = False, about: Entry | None = None, **data: Any
) -> Entry:
    """Something happened: an event entry named `what` with plain JSON `data`. `public` ones are drawn for the customer too."""
    entry = self.append(kind="event", what=what, author=by, public=public, about=about, data=data)
    assert entry is not None  # noqa: S101 - as above
    return entry


def edit(self: Conversation, person: Person, entry: Entry, words: str) -> Entry:
    """Other words for one's own entry, within five minutes. Gives the event that says so. Raises TooLate, Unsayable, Blocked."""
    words = sayable(words)
    must_change(self, person, entry)
    entry.reword(words)
    return changed(self, person, entry, "edited")


def delete(self: Conversation, person: Person, entry: Entry) -> Entry:
    """Take one's own entry back, within five minutes: its words are gone, its place stays. Raises TooLate, Blocked."""
    must_change(self, person, entry)
    entry.blank()
    return changed(self, person, entry, "deleted")


def must_change(self: Conversation, person: Person, entry: Entry) -> None:
    self.lock()
    if entry.conversation_id != self.id or not entry.may_change(person):
        raise TooLate("This message can no longer be changed.")
    if self.voice_of(person) == "customer":
        Block.refuse(person)


def changed(self: Conversation, person: Person, entry: Entry, what: str) -> Entry:
    event = self.happen(what, person, public=entry.public, about=entry)
    if entry.public and last_spoken_id(self) == entry.id:
        self.last_line = one_line(entry.body)
    tell(EntryChanged(conversation_id=self.id, entry_id=entry.id, seq=event.seq, what=what))
    return event


def last_spoken_id(self: Conversation) -> int | None:
    spoken = select(Entry.id).where(Entry.conversation_id == self.id, Entry.public, Entry.kind.in_(("message", "file")))
    return db.session.scalar(spoken.order_by(Entry.seq.desc()).limit(1))


def voice_of(self: Conversation, person: Person) -> str:
    return "agent" if person.is_agent and person.id != self.person_id else "customer"


def lock(self: Conversation) -> None:
    """Wait for whoever writes here now, and see what they left."""
    hold(self)


def sent_under(self: Conversation, client_id: str | None) -> Entry | None:
    """The entry that was sent under the browser's id, which becomes an element's id and is nobody else's here."""
    entry_id = db.session.scalar(SENT, {"conversation": self.id, "client": client_id}) if client_id else None
    return db.session.get_one(Entry, entry_id) if entry_id is not None else None


def free_id(client_id: str | None, earlier: Entry | None) -> str | None:
    """The browser's id when it looks like one and nobody else used it here."""
    return client_id if client_id and earlier is None and CLIENT_ID.fullmatch(client_id) else None


def take_turn(self: Conversation, person: Person, voice: str) -> None:
    if voice == "customer":
        Block.refuse(person)
        self.take_part(person)
        self.rouse(person, "reply")
    else:
        self.take_part(person, "agent")
        self.rouse(person, "person")
        if self.owner != "agent":
            self.hand_to("agent", person, by=person)


def append(
    self: Conversation,
    *,
    kind: str,
    public: bool,
    voice: str = "system",
    author: Person | None = None,
    channel: str = "",
    data: dict[str, Any] | None = None,
    uploads: Sequence[Upload] = (),
    only_if: tuple[ColumnElement[bool], ...] = (),
    **columns: Any,
) -> Entry | None:
    """Number and store an entry; None when `only_if` did not hold at that moment."""
    files = ", ".join(upload.name for upload in uploads)
    values = summary(self, voice, columns.get("body") or files) if kind in {"message", "file"} else {}
    seq = self.next_seq(values, only_if)
    if seq is None:
        return None
    names = {"kind": kind, "public": public, "voice": voice, "author": author, "channel": channel or self.channel, "data": data or {}}
    attachments = [Attachment(upload=upload) for upload in uploads]
    entry = add(Entry(conversation_id=self.id, seq=seq, keywords=files, attachments=attachments, **names, **columns))
    for upload in uploads:
        upload.give_to(f"entry:{entry.id}")
    entry_appended(self, entry)
    return entry


def next_seq(self: Conversation, values: dict[str, Any], only_if: tuple[ColumnElement[bool], ...]) -> int | None:
    db.session.flush()
    step = counting().where(*only_if) if only_if else counting()
    seq: int | None = db.session.connection().execute(step, {"its_id": self.id, **values}).scalar_one_or_none()
    if seq is not None:
        for name, value in {**values, "last_seq": seq}.items():
            set_committed_value(self, name, value)
    return seq


@cache
def counting() -> ReturningUpdate[Any]:
    """The statement of `next_seq`, made once, on the table itself: the columns to set are those of the values it is given."""
    rows = Base.metadata.tables["conversations"]
    return update(rows).where(rows.c.id == bindparam("its_id")).values(last_seq=rows.c.last_seq + 1).returning(rows.c.last_seq)


def summary(self: Conversation, voice: str, body: str) -> dict[str, Any]:
    """What a spoken entry changes in the conversation's own row, for lists that read nothing else."""
    now = clock.now()
    values: dict[str, Any] = {"last_line": one_line(body), "last_at": now, "last_voice": voice}
    if voice == "customer":
        values |= {"waiting_since": self.waiting_since or now, "state": "open"}
    elif voice == "agent":
        values |= {"waiting_since": None, "first_reply_at": self.first_reply_at or now, "state": "waiting", "woke": None}
    return values


def tell_said(self: Conversation, entry: Entry) -> None:
    tell(
        MessageSaid(
            conversation_id=self.id,
            entry_id=entry.id,
            seq=entry.seq,
            voice=entry.voice,
            channel=entry.channel,
            author_id=entry.author_id,
        )
    )
