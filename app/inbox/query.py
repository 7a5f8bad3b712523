"""The search words of the desk: `from:ada is:open tag:billing has:file before:2026-03-01 "exact words"` become conditions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select

from app.accounts.models import Person, Team
from app.conversations.models import Attachment, Conversation, Entry, Phrase, Tag, Tagging

PIECE = re.compile(
    r'(?:(?P<key>from|to|is|tag|has|before|after|team|channel|priority):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))', re.IGNORECASE
)
ME = {"me", "mine"}


@dataclass
class Asked:
    """What was asked for: words, conditions on conversations, and pieces that made no sense (shown to the agent)."""

    words: list[str] = field(default_factory=list)
    conditions: list[ColumnElement[bool]] = field(default_factory=list)
    misread: list[str] = field(default_factory=list)
    states: tuple[str, ...] = ()


def read(text: str, me: Person) -> Asked:
    """Take a search line apart. An operator with a senseless value is listed as misread and changes nothing."""
    asked = Asked()
    for found in PIECE.finditer(text):
        value = found["quoted"] if found["quoted"] is not None else found["plain"]
        key = (found["key"] or "").lower()
        if not key:
            asked.words.append(value if found["quoted"] is None else Phrase(value))
        elif not OPERATORS[key](asked, value.strip(), me):
            asked.misread.append(found[0])
    return asked


def like(column: Any, value: str) -> ColumnElement[bool]:
    holds: ColumnElement[bool] = func.lower(column).like(f"%{escaped(value.lower())}%", escape="\\")
    return holds


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def of_person(value: str) -> ColumnElement[bool]:
    named = or_(like(Person.name, value), like(Person.email, value), like(Person.claimed_email, value))
    return Conversation.person_id.in_(select(Person.id).where(named))


def asked_from(asked: Asked, value: str, me: Person) -> bool:
    if value:
        asked.conditions.append(of_person(value))
    return bool(value)


def asked_to(asked: Asked, value: str, me: Person) -> bool:
    named = select(Person.id).where(Person.role.in_(("agent", "admin")), or_(like(Person.name, value), like(Person.email, value)))
    if value:
        asked.conditions.append(Conversation.assignee_id == me.id if value.lower() in ME else Conversation.assignee_id.in_(named))
    return bool(value)


def asked_is(asked: Asked, value: str, me: Person) -> bool:
    word = value.lower()
    if word in {"open", "waiting", "snoozed", "closed"}:
        asked.states = (*asked.states, word)
    elif word in {"unassigned", "assigned", "mine"}:
        chosen = {"unassigned": Conversation.assignee_id.is_(None), "assigned": Conversation.assignee_id.is_not(None)}
        asked.conditions.append(chosen.get(word, Conversation.assignee_id == me.id))
    else:
        return False
    return True


def asked_tag(asked: Asked, value: str, me: Person) -> bool:
    tagged = select(Tagging.conversation_id).join(Tag).where(Tag.slug == value.lower().replace(" ", "-"))
    if value:
        asked.conditions.append(Conversation.id.in_(tagged))
    return bool(value)


def asked_has(asked: Asked, value: str, me: Person) -> bool:
    kind = {"file": "file", "files": "file", "note": "note", "notes": "note"}.get(value.lower())
    if kind == "file":
        carried = select(Entry.conversation_id).join(Attachment, Attachment.entry_id == Entry.id)
        asked.conditions.append(Conversation.id.in_(carried))
    elif kind:
        asked.conditions.append(exists().where(Entry.conversation_id == Conversation.id, Entry.kind == kind))
    return kind is not None


def asked_before(asked: Asked, value: str, me: Person) -> bool:
    day = day_of(value)
    if day:
        asked.conditions.append(Conversation.last_at < day)
    return day is not None


def asked_after(asked: Asked, value: str, me: Person) -> bool:
    day = day_of(value, timedelta(days=1))
    if day:
        asked.conditions.append(Conversation.last_at >= day)
    return day is not None


def asked_team(asked: Asked, value: str, me: Person) -> bool:
    if value:
        asked.conditions.append(Conversation.team_id.in_(select(Team.id).where(or_(Team.slug == value.lower(), like(Team.name, value)))))
    return bool(value)


def asked_channel(asked: Asked, value: str, me: Person) -> bool:
    known = value.lower() in {"chat", "email", "form", "phone", "portal"}
    if known:
        asked.conditions.append(Conversation.channel == value.lower())
    return known


def asked_priority(asked: Asked, value: str, me: Person) -> bool:
    known = value.lower() in {"low", "normal", "high", "urgent"}
    if known:
        asked.conditions.append(Conversation.priority == value.lower())
    return known


def day_of(value: str, later: timedelta = timedelta()) -> datetime | None:
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC) + later
    except (ValueError, OverflowError):
        return None


OPERATORS: dict[str, Callable[[Asked, str, Person], bool]] = {
    "from": asked_from,
    "to": asked_to,
    "is": asked_is,
    "tag": asked_tag,
    "has": asked_has,
    "before": asked_before,
    "after": asked_after,
    "team": asked_team,
    "channel": asked_channel,
    "priority": asked_priority,
}
