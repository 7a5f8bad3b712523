"""One deed for several conversations at once, and its undo while everything is still as the deed left it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
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
    """What was done, until when it can be undone (a timestamp), and each conversation by its id: owner and assignee before."""

    what: str
    until: float
    was: dict[str, Was]

    @property
    def can_be_undone(self) -> bool:
        return bool(self.was) and self.what in UNDO and clock.now().timestamp() < self.until

    @property
    def words(self) -> str:
        count = len(self.was)
        return f"{count} {'conversation' if count == 1 else 'conversations'} {SAID[self.what]}."

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> Done | None:
        """What the browser's session kept; None when there is nothing, or it is too late."""
        done = cls(**kept) if kept else None
        return done if done is not None and done.can_be_undone else None


def apply(ids: list[int], what: str, agent: Person) -> Done:
    """Do it to those that `agent` may read and that nobody took in the meantime."""
    was: dict[str, Was] = {}
    for conversation in db.session.scalars(Conversation.seen_by(agent).where(Conversation.id.in_(ids))):
        before = [conversation.owner, conversation.assignee_id]
        if did(DO.get(what), conversation, agent):
            was[str(conversation.id)] = before
    return Done(what, (clock.now() + UNDO_WITHIN).timestamp(), was)


def undo(done: Done, agent: Person) -> int:
    """How many are as they were."""
    rows = db.session.scalars(Conversation.seen_by(agent).where(Conversation.id.in_([int(number) for number in done.was])))
    return sum(UNDO[done.what](conversation, agent, done.was[str(conversation.id)]) for conversation in rows)


def did(deed: Callable[[Conversation, Person], Any] | None, conversation: Conversation, agent: Person) -> bool:
    try:
        return deed is not None and deed(conversation, agent) is not False
    except Taken:
        return False


def close(conversation: Conversation, agent: Person) -> bool:
    return not conversation.is_closed and conversation.close(agent) is not None


def take(conversation: Conversation, agent: Person) -> bool:
    if conversation.assignee_id == agent.id:
        return False
    conversation.assign(agent)
    return True


def give_back(conversation: Conversation, agent: Person, was: Was) -> bool:
    """To the owner before, unless somebody else has it now."""
    owner, assignee_id = was
    if conversation.assignee_id != agent.id:
        return False
    before = db.session.get(Person, assignee_id) if assignee_id else None
    return did(lambda row, by: row.hand_to(owner, before, by=by), conversation, agent)


DO: dict[str, Callable[[Conversation, Person], Any]] = {
    "close": close,
    "take": take,
    "reopen": lambda conversation, agent: conversation.reopen(agent),
    "read": lambda conversation, agent: conversation.mark_read(agent, conversation.last_seq),
}
UNDO: dict[str, Callable[[Conversation, Person, Was], bool]] = {
    "close": lambda conversation, agent, _was: conversation.undo_close(agent),
    "take": give_back,
}
SAID = {"close": "closed", "take": "taken"}
