"""The facts that conversations tell. Told in the transaction that made them true, heard after it."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ConversationOpened(Fact):
    """A conversation began; its first words may follow as a MessageSaid."""

    conversation_id: int
    channel: str
    person_id: int | None


@dataclass(frozen=True, kw_only=True)
class MessageSaid(Fact):
    """Words that both sides can read. `voice` is customer, agent, bot or system."""

    conversation_id: int
    entry_id: int
    seq: int
    voice: str
    channel: str
    author_id: int | None


@dataclass(frozen=True, kw_only=True)
class NoteWritten(Fact):
    """An internal note: only people who work here may ever read it."""

    conversation_id: int
    entry_id: int
    author_id: int | None


@dataclass(frozen=True, kw_only=True)
class EntryChanged(Fact):
    """An entry was edited or deleted; `seq` is the number of the change."""

    conversation_id: int
    entry_id: int
    seq: int
    what: str


@dataclass(frozen=True, kw_only=True)
class ConversationClosed(Fact):
    """Somebody (or, without `by_id`, a rule) closed the conversation. It may be undone for a few seconds: look at the closure.

    `undone`: its reopening was taken back, so this closing has been told before.
    """

    conversation_id: int
    closure_id: int
    by_id: int | None
    undone: bool = False


@dataclass(frozen=True, kw_only=True)
class ConversationReopened(Fact):
    """A closed conversation is open again. `undone`: the closing was taken back, as if it had not been."""

    conversation_id: int
    by_id: int | None
    undone: bool


@dataclass(frozen=True, kw_only=True)
class ConversationSnoozed(Fact):
    """Put aside until an instant (ISO 8601), or with None until the customer writes."""

    conversation_id: int
    by_id: int | None
    until: str | None


@dataclass(frozen=True, kw_only=True)
class ConversationWoke(Fact):
    """A conversation that was put aside, or whose time has come, is back. `why` is time, reply or person."""

    conversation_id: int
    why: str


@dataclass(frozen=True, kw_only=True)
class OwnerChanged(Fact):
    """Who looks after the conversation changed: bot, queue, agent (then `assignee_id`), or none."""

    conversation_id: int
    owner: str
    assignee_id: int | None
    was: str
    was_assignee_id: int | None
    by_id: int | None


@dataclass(frozen=True, kw_only=True)
class ConversationTransferred(Fact):
    """Handed on to a team, an agent, or both, with a brief (an internal note) when there is one."""

    conversation_id: int
    team_id: int | None
    assignee_id: int | None
    brief_id: int | None
    by_id: int | None


@dataclass(frozen=True, kw_only=True)
class QueueChanged(Fact):
    """What waits for an agent waits in another team's queue now."""

    conversation_id: int


@dataclass(frozen=True, kw_only=True)
class PriorityChanged(Fact):
    """The urgency that people here give a conversation: low, normal, high or urgent."""

    conversation_id: int
    priority: str
    was: str
    by_id: int | None


@dataclass(frozen=True, kw_only=True)
class EntriesMoved(Fact):
    """Entries went from one conversation to another: a merge or a split. `undone`: they went back."""

    move_id: int
    from_id: int
    to_id: int
    kind: str
    undone: bool


@dataclass(frozen=True, kw_only=True)
class AddressLeft(Fact):
    """In this conversation somebody typed an address to be reached at. It proves nothing."""

    conversation_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class AvailabilityChanged(Fact):
    """An agent began or ceased to take conversations, or can carry more than before."""

    person_id: int
    available: bool
