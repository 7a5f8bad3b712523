"""One deed for several conversations at once, and its undo while everything is still as the deed left it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from app.accounts.models import Person
from app.conversations.models import UNDO_WITHIN, Conversation, Taken
from app.lib import clock
from app.lib.db import db

MOST = 100
KEPT = "bulk"
Was = list[Any]


@dataclass(frozen=True)
class Done:
    """What was done, until when it can be undone (a timestamp), and for each conversation by its id what its undo must know."""

    what: str
    until: float
    was: dict[str, Was]

    @property
    def can_be_undone(self) -> bool:
        return bool(self.was) and self.what in DEEDS and clock.now().timestamp() < self.until

    @property
    def words(self) -> str:
        count = len(self.was)
        return f"{count} {'conversation' if count == 1 else 'conversations'} {DEEDS[self.what].said}."

    @property
    def until_iso(self) -> str:
        return datetime.fromtimestamp(self.until, UTC).isoformat()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> Done | None:
        """What the browser's session kept; None when there is nothing, or it is too late."""
        done = cls(**kept) if kept else None
        return done if done is not None and done.can_be_undone else None


@dataclass(frozen=True)
class Deed:
    """What is done to one conversation (giving what its undo must know, or None when nothing changed), and the way back."""

    said: str
    do: Callable[[Conversation, Person], Was | None]
    undo: Callable[[Conversation, Person, Was], bool]


def apply(ids: list[int], what: str, agent: Person) -> Done:
    """Do it to those that `agent` may read and that nobody took in the meantime."""
    deed, was = DEEDS.get(what), dict[str, Was]()
    for conversation in rows(ids, agent) if deed else []:
        before = tried(deed.do, conversation, agent) if deed else None
        if before is not None:
            was[str(conversation.id)] = before
    return Done(what, (clock.now() + UNDO_WITHIN).timestamp(), was)


def undo(done: Done, agent: Person) -> int:
    """How many are as they were."""
    deed = DEEDS[done.what]
    found = rows([int(number) for number in done.was], agent)
    return sum(bool(tried(deed.undo, conversation, agent, done.was[str(conversation.id)])) for conversation in found)


def rows(ids: list[int], agent: Person) -> list[Conversation]:
    standing = Conversation.seen_by(agent).where(Conversation.id.in_(ids), Conversation.merged_into_id.is_(None))
    return list(db.session.scalars(standing.order_by(Conversation.id)))


def tried(deed: Callable[..., Any], *args: Any) -> Any:
    try:
        return deed(*args)
    except Taken:
        return None


def close(conversation: Conversation, agent: Person) -> Was | None:
    if conversation.is_closed:
        return None
    conversation.close(agent)
    return []


def reopen(conversation: Conversation, agent: Person) -> Was | None:
    if conversation.closure() is None:
        return None
    conversation.reopen(agent)
    return []


def take(conversation: Conversation, agent: Person) -> Was | None:
    was = [conversation.owner, conversation.assignee_id]
    if conversation.assignee_id == agent.id:
        return None
    conversation.assign(agent)
    return was


def give_back(conversation: Conversation, agent: Person, was: Was) -> bool:
    """To the owner before, unless somebody else has it now."""
    owner, assignee_id = was
    if conversation.assignee_id != agent.id:
        return False
    conversation.hand_to(owner, db.session.get(Person, assignee_id) if assignee_id else None, by=agent)
    return True


def read(conversation: Conversation, agent: Person) -> Was | None:
    part = conversation.part_of(agent)
    was, marked = part.last_read_seq if part else 0, conversation.last_seq
    return [was, marked] if conversation.mark_read(agent, marked, looked=False) else None


DEEDS = {
    "close": Deed("closed", close, lambda conversation, agent, _was: conversation.undo_close(agent)),
    "reopen": Deed("reopened", reopen, lambda conversation, agent, _was: conversation.undo_reopen(agent)),
    "take": Deed("taken", take, give_back),
    "read": Deed("marked as read", read, lambda conversation, agent, was: conversation.mark_unread(agent, *was)),
}
