"""Mentions: `@grace` in a note tells Grace, and lets her find the place."""

from __future__ import annotations

import re

from app.accounts.models import Person
from app.conversations.models import Conversation, Entry
from app.inbox.live import person_stream
from app.inbox.models import Mention
from app.inbox.news import line_of, place_of
from app.lib import live
from app.lib.db import db, first
from app.notifications.models import Notice

NAMED = re.compile(r"(?<![\w@])@([\w.-]{2,60})")


def mention(conversation: Conversation, entry: Entry, by: Person) -> list[Person]:
    """Tell every agent whose first name, joined name or mail name stands after an @ in this note."""
    names = {name.lower().strip(".-") for name in NAMED.findall(entry.body)}
    meant = [agent for agent in db.session.scalars(Person.agents()) if names & called(agent) and agent.id != by.id] if names else []
    for agent in meant:
        # The same note may be sent twice.
        if not first(Mention(conversation_id=conversation.id, entry_id=entry.id, person_id=agent.id, by_id=by.id)):
            continue
        conversation.watch(agent)
        Notice.tell(agent, "desk.mentioned", f"{by.display_name} mentioned you", line_of(entry.body), place_of(conversation))
        live.tell_stream(person_stream(agent), {"mentioned": conversation.id, "by": by.first_name})
    return meant


def called(agent: Person) -> set[str]:
    words = agent.display_name.lower().split()
    return {words[0], "".join(words), ".".join(words), (agent.email or "").partition("@")[0]}
