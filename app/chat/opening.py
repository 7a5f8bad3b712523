"""How a chat begins: who gets it first, and what is said when nobody is here."""

from __future__ import annotations

from typing import Any

from app.accounts.models import Person
from app.chat import first_responder
from app.chat.reception import reception
from app.conversations.models import Conversation, place, somebody_is_here_for
from app.lib.uploads import Upload


def begin(
    person: Person,
    words: str,
    *,
    opening_id: str | None = None,
    client_id: str | None = None,
    opened_from: dict[str, Any] | None = None,
    uploads: list[Upload] | None = None,
) -> Conversation:
    """Open a chat with its first message: to the bot, else to the agent who should have it, else into the queue."""
    bot = first_responder.current(str((opened_from or {}).get("page", "")))
    conversation = Conversation.open(person, "chat", owner="bot" if bot else "queue", opened_from=opened_from, client_id=opening_id)
    conversation.say(person, words, client_id, uploads=uploads or [])
    if not bot:
        to_people(conversation)
    return conversation


def to_people(conversation: Conversation, but: int | None = None) -> None:
    """Into the hands of a person, if one is here; else say when one will be."""
    if conversation.owner in {"bot", "none"}:
        conversation.release()
    if place(conversation, but) is None and not somebody_is_here_for(conversation):
        say_when(conversation)


def say_when(conversation: Conversation) -> None:
    """Nobody is here: tell the visitor so once, with the instant by which we answer."""
    if not conversation.opened_from.get("told_when"):
        due = reception().reply_by
        conversation.opened_from = {**conversation.opened_from, "told_when": due.isoformat() if due else "soon"}
        conversation.happen("away", public=True, reply_by=due.isoformat() if due else None)
