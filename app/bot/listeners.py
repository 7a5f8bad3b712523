"""What the bot hears: a visitor pressed the button for a person, and it has stepped aside."""

from __future__ import annotations

from app.bot.replies import Reply
from app.bot.responder import lose, newest, write_brief
from app.chat.events import PersonWanted
from app.conversations.models import Conversation, Entry
from app.lib.db import db
from app.lib.facts import on


@on(PersonWanted)
def step_aside(fact: PersonWanted) -> None:
    """Whoever comes reads what was asked and answered, as when the wish was written; and editors learn what did not help."""
    conversation = db.session.get_one(Conversation, fact.conversation_id)
    last = newest(conversation, ("customer",))
    if last is not None:
        lose(conversation, conversation.last_seq + 1)
        write_brief(conversation, Reply(words="", why="asked"), db.session.get_one(Entry, last))
