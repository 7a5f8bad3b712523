"""Macros: words and actions together. Each action is one that an agent could do by hand, and leaves the same trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Select, or_, select, update

from app.accounts.models import Person, Team
from app.conversations.models import PRIORITIES, Conversation
from app.inbox.filling import blanks_left, fill
from app.inbox.models import HeldReply, Macro
from app.lib.db import db

Deed = Callable[[Conversation, Person, str], object]
LINES = {
    "tag": "tag billing",
    "untag": "untag billing",
    "priority": "priority high",
    "team": "team sales",
    "take": "take",
    "close": "close",
}


class Unfit(ValueError):
    """The macro cannot run here: something it needs is unknown."""


def fitting(person: Person) -> Select[Macro]:
    """The macros `person` may use, the most used first."""
    teams = [team.id for team in person.teams]
    return select(Macro).where(or_(Macro.team_id.is_(None), Macro.team_id.in_(teams))).order_by(Macro.uses.desc(), Macro.title)


def parse(lines: str) -> list[dict[str, Any]]:
    """One action a line, such as `tag billing` or `close`. Raises Unfit, naming the line that nobody understands."""
    actions = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        deed, _, value = line.partition(" ")
        if deed not in DEEDS or (deed not in {"take", "close"}) == (not value.strip()) or not sensible(deed, value.strip()):
            raise Unfit(f"“{line}” is no action. Try one of: {', '.join(LINES.values())}.")
        actions.append({"do": deed, "with": value.strip()})
    return actions


def sensible(deed: str, value: str) -> bool:
    if deed in {"tag", "untag"}:
        return any(map(str.isalnum, value))
    return value in PRIORITIES if deed == "priority" else Team.by_slug(value) is not None if deed == "team" else True


def lines_of(actions: Iterable[dict[str, Any]]) -> str:
    return "\n".join(f"{action['do']} {action.get('with', '')}".strip() for action in actions)


def run(macro: Macro, conversation: Conversation, agent: Person, values: dict[str, str], client_id: str) -> None:
    """Say its words, then do its actions, in one transaction; the same `client_id` says them once. A letter waits its ten seconds first,
    and so does the closing after it. Raises Unfit when a blank in its words has no value, ValueError or Taken from its deeds.
    """
    filled = fill(macro.words, values)
    if filled.missing or blanks_left(filled.words):
        raise Unfit(f"Nothing is known for {', '.join(filled.missing) or 'a blank'}; nothing was sent.")
    conversation.lock()
    deeds = [(action["do"], str(action.get("with", ""))) for action in macro.actions]
    if filled.words.strip() and conversation.channel != "chat":
        HeldReply.hold(conversation, agent, filled.words, client_id, after="close" if ("close", "") in deeds else "")
        deeds = [deed for deed in deeds if deed != ("close", "")]
    elif filled.words.strip():
        conversation.say(agent, filled.words, client_id)
    for deed, value in deeds:
        DEEDS[deed](conversation, agent, value)
    # Counted where it stands: another may run it at the same moment.
    db.session.execute(update(Macro).where(Macro.id == macro.id).values(uses=Macro.uses + 1))


def join_team(conversation: Conversation, agent: Person, slug: str) -> None:
    team = db.session.scalar(select(Team).where(Team.slug == slug))
    if team is not None:
        conversation.move_to(team, agent)


DEEDS: dict[str, Deed] = {
    "tag": lambda conversation, agent, value: conversation.tag(value, agent),
    "untag": lambda conversation, agent, value: conversation.untag(value, agent),
    "priority": lambda conversation, agent, value: conversation.prioritise(value, agent),
    "team": join_team,
    "take": lambda conversation, agent, value: conversation.assign(agent, agent),
    "close": lambda conversation, agent, value: conversation.close(agent),
}
