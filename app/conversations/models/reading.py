"""What can be read of a conversation: what came after a number, what stands before it, one entry."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from app.conversations.models.entries import Entry
from app.lib.db import db

if TYPE_CHECKING:
    from app.conversations.models.conversation import Conversation


def since(self: Conversation, seq: int, *, inside: bool = False, limit: int = 100) -> Select[Entry]:
    """The entries after number `seq`, in order, at most `limit`: ask again from the last one until a page is short.

    `inside` adds notes and internal events; never give it for a customer.
    """
    return following(inside).params(conversation=self.id, seq=seq).limit(limit)


@cache
def following(inside: bool) -> Select[Entry]:
    """The statement of `since`, made once: everybody who catches up asks it."""
    after = select(Entry).where(Entry.conversation_id == bindparam("conversation"), Entry.seq > bindparam("seq"))
    return readable(after, inside).options(joinedload(Entry.about)).order_by(Entry.seq)


def before(self: Conversation, seq: int | None = None, *, inside: bool = False, limit: int = 50) -> Select[Entry]:
    """The last entries (before number `seq`, when given) that are drawn on a page, newest first."""
    found = latest(inside).params(conversation=self.id).limit(limit)
    return found if seq is None else found.where(Entry.seq < seq)


@cache
def latest(inside: bool) -> Select[Entry]:
    """The statement of `before`, made once: every thread that is opened asks it."""
    drawn = select(Entry).where(Entry.conversation_id == bindparam("conversation"), Entry.what.is_distinct_from("edited"))
    return readable(drawn.where(Entry.what.is_distinct_from("deleted")), inside).order_by(Entry.seq.desc())


def entry(self: Conversation, entry_id: int, *, inside: bool = False) -> Entry | None:
    """One entry of this conversation by its number in the table, or None."""
    return db.session.scalar(readable(select(Entry).where(Entry.conversation_id == self.id, Entry.id == entry_id), inside))


def readable(entries: Select[Entry], inside: bool) -> Select[Entry]:
    return entries if inside else entries.where(Entry.public)
