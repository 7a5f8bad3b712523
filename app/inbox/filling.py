"""Fill in a canned reply: `{{ customer.first_name|default("there") }}`. A name without a value stays, and blocks sending."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.accounts.models import Person
from app.conversations.models import Conversation

BLANK = re.compile(r"\{\{\s*([a-z_]+(?:\.[a-z_]+)?)\s*(?:\|\s*default\(\s*[\"']([^\"']*)[\"']\s*\)\s*)?\}\}")
LEFT_OVER = re.compile(r"\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True)
class Filled:
    """The words, and the names for which nothing was known."""

    words: str
    missing: tuple[str, ...]


def fill(words: str, values: Mapping[str, str]) -> Filled:
    """Replace each blank by its value or its default. No expression is evaluated: these are words, not a program."""
    missing: list[str] = []

    def one(found: re.Match[str]) -> str:
        value = values.get(found[1]) or found[2]
        if value is None:
            missing.append(found[1])
        return found[0] if value is None else value

    return Filled(BLANK.sub(one, words), tuple(missing))


def blanks_left(words: str) -> list[str]:
    """What still stands in double braces: such words are not sent."""
    return LEFT_OVER.findall(words)


def values_for(conversation: Conversation, agent: Person, firm: str) -> dict[str, str]:
    """What is known for the blanks. Names and addresses are as claimed or proven; empty ones count as unknown."""
    person = conversation.person
    name = person.name if person else ""
    return {
        "customer.name": name,
        "customer.first_name": name.split()[0] if name else "",
        "customer.email": (person.reachable_email or "") if person else "",
        "agent.name": agent.display_name,
        "agent.first_name": agent.first_name,
        "conversation.reference": conversation.reference,
        "conversation.subject": conversation.subject,
        "firm.name": firm,
    }
