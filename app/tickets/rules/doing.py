"""What a rule may do, and how each deed is taken back while nobody changed it since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.accounts.models import Person, Team
from app.conversations.models import PRIORITIES, Conversation, Taken, Unsayable
from app.lib import clock
from app.lib.db import db
from app.tickets.models.ticket import Ticket
from app.tickets.rules.asking import Unfit

Was = dict[str, Any]
LONGEST_SNOOZE = 24 * 60


@dataclass(frozen=True)
class Deed:
    """Its name for people, what it needs, what it does (what was before; None: nothing to do), what takes it back (None: nothing can)."""

    title: str
    do: Callable[[Conversation, str], Was | None]
    undo: Callable[[Conversation, str, Was, Person], bool] | None = None
    hint: str = ""
    check: Callable[[str], bool] = bool


def tag(conversation: Conversation, value: str) -> Was | None:
    before = {one.slug for one in conversation.tags}
    put = conversation.tag(value)
    return None if put.slug in before else {}


def untag(conversation: Conversation, value: str) -> Was | None:
    before = len(conversation.tags)
    conversation.untag(value)
    return {} if len(conversation.tags) < before else None


def put_back(conversation: Conversation, value: str, _was: Was, by: Person) -> bool:
    conversation.tag(value, by)
    return True


def take_off(conversation: Conversation, value: str, _was: Was, by: Person) -> bool:
    conversation.untag(value, by)
    return True


def prioritise(conversation: Conversation, value: str) -> Was | None:
    was = conversation.priority
    conversation.prioritise(value)
    return {"priority": was} if was != value else None


def as_urgent_as_before(conversation: Conversation, value: str, was: Was, by: Person) -> bool:
    if conversation.priority != value:
        return False
    conversation.prioritise(was["priority"], by)
    return True


def to_team(conversation: Conversation, value: str) -> Was | None:
    team, was = Team.by_slug(value), conversation.team_id
    if team is None or team.id == was:
        return None
    conversation.move_to(team)
    return {"team": was}


def to_team_before(conversation: Conversation, value: str, was: Was, by: Person) -> bool:
    now = conversation.team
    if now is None or now.slug != value:
        return False
    conversation.move_to(db.session.get(Team, was["team"]) if was["team"] else None, by)
    return True


def agent_of(value: str) -> Person | None:
    return db.session.scalar(select(Person).where(Person.email == value.lower(), Person.role.in_(("agent", "admin")), Person.active))


def assign(conversation: Conversation, value: str) -> Was | None:
    agent, was = agent_of(value), {"owner": conversation.owner, "assignee": conversation.assignee_id}
    if agent is None or conversation.assignee_id == agent.id:
        return None
    conversation.hand_to("agent", agent)
    return was


def release(conversation: Conversation, _value: str) -> Was | None:
    was = {"owner": conversation.owner, "assignee": conversation.assignee_id}
    if conversation.owner != "agent":
        return None
    conversation.release()
    return was


def to_owner_before(conversation: Conversation, value: str, was: Was, by: Person) -> bool:
    agent = agent_of(value) if value else None
    if conversation.assignee_id != (agent.id if agent else None):
        return False
    before = db.session.get(Person, was["assignee"]) if was["assignee"] else None
    conversation.hand_to(was["owner"], before, by=by)
    return True


def escalate(conversation: Conversation, value: str) -> Was | None:
    ticket = Ticket.of(conversation)
    return {} if ticket is not None and ticket.escalate(None, value or "A rule says so.") is not None else None


def snooze(conversation: Conversation, value: str) -> Was | None:
    if conversation.state in {"snoozed", "closed"}:
        return None
    conversation.snooze(clock.now() + timedelta(hours=int(value)))
    return {}


def wake(conversation: Conversation, _value: str, _was: Was, by: Person) -> bool:
    awake: bool = conversation.state == "snoozed"
    if awake:
        conversation.wake("person", by)
    return awake


def close(conversation: Conversation, _value: str) -> Was | None:
    if conversation.is_closed:
        return None
    conversation.close(None, reason="by a rule")
    return {}


def open_again(conversation: Conversation, _value: str, _was: Was, by: Person) -> bool:
    closed: bool = conversation.is_closed
    if closed:
        conversation.reopen(by)
    return closed


def say(conversation: Conversation, value: str) -> Was | None:
    conversation.announce(value, data={"rule": True})
    return {}


def follow_up(conversation: Conversation, value: str) -> Was | None:
    ticket = Ticket.of(conversation)
    if ticket is None:
        return None
    ticket.explain(value)
    return {}


def ticket(conversation: Conversation, value: str) -> Was | None:
    if Ticket.of(conversation) is not None:
        return None
    Ticket.make(conversation, kind=value or "general", way="rule", because="Made by a rule.")
    return {}


def is_hours(value: str) -> bool:
    return value.isascii() and value.isdecimal() and 0 < int(value) <= LONGEST_SNOOZE


DEEDS: dict[str, Deed] = {
    "tag": Deed("Tag it", tag, take_off, "billing"),
    "untag": Deed("Take a tag off", untag, put_back, "billing"),
    "priority": Deed("Set the priority", prioritise, as_urgent_as_before, ", ".join(PRIORITIES), lambda value: value in PRIORITIES),
    "team": Deed("Give it to a team", to_team, to_team_before, "the team’s short name", lambda value: Team.by_slug(value) is not None),
    "assign": Deed("Give it to somebody", assign, to_owner_before, "their e-mail address", lambda value: agent_of(value) is not None),
    "release": Deed("Put it into the queue", release, to_owner_before, "", lambda value: not value),
    "ticket": Deed("Make it a ticket", ticket, None, "its kind, such as billing"),
    "escalate": Deed("Escalate it one level", escalate, None, "why, in one sentence"),
    "snooze": Deed("Put it aside for hours", snooze, wake, "24", is_hours),
    "close": Deed("Close it", close, open_again, "", lambda value: not value),
    "say": Deed("Write to the customer", say, None, "the words; they count as nobody’s reply"),
    "why": Deed("Add a line to “Why here”", follow_up, None, "the line"),
}


def sensible(deed: dict[str, str]) -> dict[str, str]:
    """The deed cleaned. Raises Unfit."""
    name, value = deed.get("do", "").strip(), deed.get("value", "").strip()[:2000]
    known = DEEDS.get(name)
    if known is None:
        raise Unfit("Choose what to do.")
    if not known.check(value):
        raise Unfit(f"{known.title}: “{value}” cannot be done." if value else f"{known.title}: which?")
    return {"do": name, "value": value}


def in_words(deed: dict[str, str]) -> str:
    return f"{DEEDS[deed['do']].title}{': ' + deed['value'] if deed.get('value') else ''}"


def did(deed: dict[str, str], conversation: Conversation) -> Was | None:
    """Do it. What was before; None when there was nothing to do, or a person was quicker."""
    known = DEEDS.get(deed["do"])
    try:
        return known.do(conversation, deed["value"]) if known is not None else None
    except (Taken, Unsayable):
        return None


def would_do(deed: dict[str, str], conversation: Conversation) -> bool:
    """Whether doing it now would change anything, judged without doing it."""
    value, state = deed["value"], conversation.state
    answers = {
        "tag": value.lower() not in {one.slug for one in conversation.tags} | {one.name.lower() for one in conversation.tags},
        "untag": value.lower() in {one.slug for one in conversation.tags} | {one.name.lower() for one in conversation.tags},
        "priority": conversation.priority != value,
        "team": conversation.team is None or conversation.team.slug != value,
        "assign": conversation.assignee is None or conversation.assignee.email != value.lower(),
        "release": conversation.owner == "agent",
        "snooze": state not in {"snoozed", "closed"},
        "close": state != "closed",
        "ticket": Ticket.of(conversation) is None,
    }
    return answers.get(deed["do"], True)
