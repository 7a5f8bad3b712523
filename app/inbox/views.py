"""The saved views of the desk: whose conversations, in which states. Conditions are made once; the agent comes in as parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select

from app.accounts.models import Membership, Person
from app.conversations.models import Conversation
from app.inbox.models import Mention

LIVING = ("open", "waiting")
EVERY = (*LIVING, "snoozed", "closed")
ME = bindparam("me", type_=Person.id.type)

MINE = Conversation.assignee_id == ME
UNASSIGNED = and_(Conversation.assignee_id.is_(None), Conversation.owner == "queue")
MY_TEAMS = Conversation.team_id.in_(select(Membership.team_id).where(Membership.person_id == ME))
BOTS = Conversation.owner == "bot"
EVERYBODYS = Conversation.merged_into_id.is_(None)
MENTIONED = Conversation.id.in_(select(Mention.conversation_id).where(Mention.person_id == ME, Mention.read_at.is_(None)))


@dataclass(frozen=True, eq=False)
class View:
    """A saved view: its name in the address, its words, the states it shows and whose conversations."""

    slug: str
    title: str
    icon: str
    states: tuple[str, ...]
    whose: ColumnElement[bool]
    nothing: str


VIEWS = (
    View("mine", "Mine", "inbox", LIVING, MINE, "Nothing waits for you. Take one from Unassigned, or breathe."),
    View("unassigned", "Unassigned", "users", LIVING, UNASSIGNED, "Nobody is waiting. Everything has an owner."),
    View("team", "My teams", "users", LIVING, MY_TEAMS, "Your teams have nothing open."),
    View("bot", "With the bot", "bot", LIVING, BOTS, "The bot is talking to nobody right now."),
    View("mentions", "Mentions", "at-sign", EVERY, MENTIONED, "Nobody has mentioned you."),
    View("all", "All open", "inbox", LIVING, EVERYBODYS, "There is no open conversation at all."),
    View("snoozed", "Snoozed", "clock", ("snoozed",), EVERYBODYS, "Nothing is put aside."),
    View("closed", "Closed", "check", ("closed",), EVERYBODYS, "Nothing has been closed yet."),
)
BY_SLUG = {view.slug: view for view in VIEWS}
EVERYTHING = View("search", "Search", "search", EVERY, EVERYBODYS, "Nothing fits these words.")


def of(me: Person) -> dict[str, Any]:
    """The parameters that make the views this agent's."""
    return {"me": me.id}
