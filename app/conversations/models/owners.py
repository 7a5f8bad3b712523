"""Who looks after a conversation: one field, bot, queue, agent or none, changed by comparing and setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import Person, Team
from app.conversations.events import ConversationTransferred, OwnerChanged, PriorityChanged, QueueChanged
from app.conversations.models.entries import Entry
from app.lib.db import claim, db
from app.lib.facts import tell

if TYPE_CHECKING:
    from app.conversations.models.conversation import Conversation

OWNERS = ("bot", "queue", "agent", "none")


class Taken(RuntimeError):
    """Somebody else changed the owner in the meantime; look again before you decide."""


def assign(self: Conversation, agent: Person, by: Person | None = None) -> None:
    """`agent` looks after it now. Raises Taken when the owner is no longer the one this row was read with."""
    self.hand_to("agent", agent, by=by or agent)


def release(self: Conversation, by: Person | None = None) -> None:
    """Back into the queue, for whoever comes next. Raises Taken."""
    self.hand_to("queue", None, by=by)


def to_bot(self: Conversation, by: Person | None = None) -> None:
    """The bot answers. Raises Taken."""
    self.hand_to("bot", None, by=by)


def let_go(self: Conversation, by: Person | None = None) -> None:
    """Nobody needs to look after it. Raises Taken."""
    self.hand_to("none", None, by=by)


def transfer(self: Conversation, by: Person, *, team: Team | None = None, agent: Person | None = None, brief: str = "") -> None:
    """Hand on to a team (into its queue), to an agent, or both. The brief becomes an internal note. Raises Taken."""
    if team is None and agent is None:
        raise ValueError("Hand on to whom?")
    if team is not None:
        self.queue_for(team)
    self.hand_to("agent" if agent else "queue", agent, by=by)
    note = self.note(by, brief, data={"brief": True}) if brief.strip() else None
    self.happen("transferred", by, team=team.name if team else None, agent=agent.display_name if agent else None)
    assignee, brief_id = agent.id if agent else None, note.id if note else None
    fact = ConversationTransferred(conversation_id=self.id, team_id=self.team_id, assignee_id=assignee, brief_id=brief_id, by_id=by.id)
    tell(fact)


def queue_for(self: Conversation, team: Team | None) -> None:
    """Which team's it is. What waits for an agent may find one there at once."""
    if team is not self.team and self.owner == "queue":
        tell(QueueChanged(conversation_id=self.id))
    self.team = team


def hand_to(self: Conversation, owner: str, assignee: Person | None, by: Person | None = None) -> None:
    """Compare and set: from the owner this row was read with to a new one. Nothing happens when it is the same. Raises Taken."""
    to = assignee.id if assignee else None
    was, was_assignee = self.owner, self.assignee_id
    if (was, was_assignee) == (owner, to):
        return
    if not swap_owner(self, owner, to):
        raise Taken("Somebody else has just taken this conversation.")
    set_committed_value(self, "assignee", assignee)
    self.owner_changed(was, was_assignee, by)


def swap_owner(self: Conversation, owner: str, assignee_id: int | None) -> bool:
    cls = type(self)
    db.session.flush()
    old = (cls.owner == self.owner, cls.assignee_id.is_not_distinct_from(self.assignee_id))
    ours = claim(update(cls).where(cls.id == self.id, *old).values(owner=owner, assignee_id=assignee_id))
    if ours:
        set_committed_value(self, "owner", owner)
        set_committed_value(self, "assignee_id", assignee_id)
    return ours


def owner_changed(self: Conversation, was: str, was_assignee: int | None, by: Person | None) -> None:
    """Write down and tell what `swap_owner` or the assignment has changed."""
    name = self.assignee.name.partition(" ")[0] if self.assignee else ""
    data: dict[str, Any] = {"owner": self.owner, "assignee_id": self.assignee_id, "was": was, "name": name}
    self.happen("owner", by, public=self.owner == "agent" or was == "agent", **data)
    if self.assignee is not None:
        self.take_part(self.assignee, "agent")
    fact = OwnerChanged(
        conversation_id=self.id,
        owner=self.owner,
        assignee_id=self.assignee_id,
        was=was,
        was_assignee_id=was_assignee,
        by_id=by.id if by else None,
    )
    tell(fact)


def changed_hands_since(self: Conversation, seq: int) -> bool:
    """Whether somebody else looks after it than when entry `seq` was written."""
    later = select(Entry.id).where(Entry.conversation_id == self.id, Entry.seq > seq, Entry.what == "owner")
    return db.session.scalar(later.limit(1)) is not None


def prioritise(self: Conversation, priority: str, by: Person | None = None) -> None:
    """low, normal, high or urgent, as people here see it."""
    was = self.priority
    if priority != was:
        self.priority = priority
        self.happen("priority", by, priority=priority, was=was)
        tell(PriorityChanged(conversation_id=self.id, priority=priority, was=was, by_id=by.id if by else None))
