"""What a rule may listen to and ask: events, and conditions over a conversation as it stands and over what just happened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from app.business.models import Profession
from app.conversations.models import CHANNELS, PRIORITIES, STATES, Conversation
from app.hours.models import calendar
from app.lib import clock
from app.lib.db import db
from app.tickets.models.clocks import team_slug
from app.tickets.models.ticket import KINDS, Ticket

EVENTS = {
    "began": "A conversation begins",
    "opened": "A ticket is opened",
    "wrote": "The customer writes",
    "answered": "Somebody here answers",
    "priority": "The priority changes",
    "transferred": "It is handed on",
    "closed": "It is closed",
    "reopened": "It is opened again",
    "near": "A promise comes near",
    "broken": "A promise is broken",
    "rated": "The customer rates it",
    "quiet": "Nothing happens for some hours",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a rule judges: the conversation, its ticket if it is one, and of what just happened the words, the `facts`, and when."""

    conversation: Conversation
    ticket: Ticket | None
    at: datetime
    words: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, conversation: Conversation, words: str = "", at: datetime | None = None, **facts: object) -> Case:
        known = {name: str(value) for name, value in facts.items()}
        return cls(conversation=conversation, ticket=Ticket.of(conversation), at=at or clock.now(), words=words, facts=known)


@dataclass(frozen=True)
class Question:
    """Something a condition may ask: its name for people, what it finds, and which answers there are (none: words of one's own)."""

    title: str
    find: Callable[[Case], Iterable[str]]
    answers: Callable[[], Iterable[str]] | None = None
    text: bool = False


def of_ticket(name: str) -> Callable[[Case], Iterable[str]]:
    return lambda case: [str(getattr(case.ticket, name) or "")] if case.ticket else []


def assignee(case: Case) -> Iterable[str]:
    person = case.conversation.assignee
    return [person.email or ""] if person else ["nobody"]


def profession(case: Case) -> Iterable[str]:
    person = case.conversation.person
    return [person.profession or ""] if person else []


def hours(case: Case) -> Iterable[str]:
    return ["open" if calendar("main").is_open(case.at) else "shut"]


def fact(name: str) -> Callable[[Case], Iterable[str]]:
    return lambda case: [case.facts[name]] if name in case.facts else []


QUESTIONS: dict[str, Question] = {
    "channel": Question("Channel", lambda case: [case.conversation.channel], lambda: CHANNELS),
    "kind": Question("Kind of ticket", of_ticket("kind"), lambda: KINDS),
    "priority": Question("Priority", lambda case: [case.conversation.priority], lambda: PRIORITIES),
    "state": Question("State", lambda case: [case.conversation.state], lambda: STATES),
    "team": Question("Team", lambda case: [team_slug(case.conversation) or "none"]),
    "assignee": Question("Assignee", assignee),
    "tag": Question("Tag", lambda case: [tag.slug for tag in case.conversation.tags]),
    "profession": Question("Profession", profession, lambda: [one.slug for one in Profession.all()]),
    "tier": Question("Customer tier", of_ticket("tier")),
    "subject": Question("Subject", lambda case: [case.conversation.subject], text=True),
    "words": Question("Words", lambda case: [case.words], text=True),
    "hours": Question("Our hours", hours, lambda: ("open", "shut")),
    "stars": Question("Stars", fact("stars"), lambda: "12345"),
    "target": Question("Promise", fact("target"), lambda: ("first", "next", "resolution")),
    "share": Question("Share of its time", fact("share"), lambda: ("50", "75", "90")),
}
WAYS = {"is": "is", "not": "is not", "has": "contains", "lacks": "does not contain"}


class Unfit(ValueError):
    """The condition or deed makes no sense; the words say what would."""


def sensible(condition: dict[str, str]) -> dict[str, str]:
    """The condition cleaned. Raises Unfit. Several answers stand with a comma between: one of them is enough."""
    name, way, value = (condition.get(key, "").strip() for key in ("ask", "way", "value"))
    question = QUESTIONS.get(name)
    if question is None or way not in WAYS:
        raise Unfit("Choose what to ask, and how.")
    wanted = answers(value)
    if not wanted:
        raise Unfit(f"{question.title}: which?")
    allowed = set(question.answers()) if question.answers else None
    strange = [one for one in wanted if allowed is not None and one not in allowed]
    if strange and way in {"is", "not"}:
        raise Unfit(f"{question.title} is never “{strange[0]}”. There are: {', '.join(sorted(allowed or ()))}.")
    return {"ask": name, "way": way, "value": ", ".join(wanted)[:500]}


def answers(value: str) -> list[str]:
    return [one for one in (" ".join(part.lower().split()) for part in value.split(",")) if one]


def holds(conditions: Iterable[dict[str, str]], case: Case) -> bool:
    """Whether all of them hold. One that nothing can be found for holds only as a denial."""
    return all(true_of(condition, case) for condition in conditions)


def true_of(condition: dict[str, str], case: Case) -> bool:
    question = QUESTIONS.get(condition["ask"])
    if question is None:
        return False
    found = [" ".join(one.lower().split()) for one in question.find(case)]
    wanted = answers(condition["value"])
    if condition["way"] in {"is", "not"}:
        met = any(one in wanted for one in found)
    else:
        met = any(contains(one, words) for one in found for words in wanted)
    return met == (condition["way"] in {"is", "has"})


def contains(text: str, words: str) -> bool:
    """Whole words: “ill” is not in “bill”."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def in_words(condition: dict[str, str]) -> str:
    return f"{QUESTIONS[condition['ask']].title} {WAYS[condition['way']]} {condition['value']}"


def case_of(conversation_id: int, words: str = "", **facts: object) -> Case | None:
    conversation = db.session.get(Conversation, conversation_id)
    return Case.of(conversation, words, None, **facts) if conversation is not None else None
