"""The names of a conversation's live streams, and the sign that somebody is writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.lib import live

if TYPE_CHECKING:
    from app.accounts.models import Person
    from app.conversations.models.conversation import Conversation


def public_stream(conversation_id: int) -> str:
    """What the customer's pages hear: public entries only."""
    return f"conversation:{conversation_id}"


def inside_stream(conversation_id: int) -> str:
    """What the desk hears: everything, notes included. Only for people who work here."""
    return f"desk:conversation:{conversation_id}"


def tell_typing(conversation: Conversation, person: Person) -> None:
    """`person` is writing: the other side hears `{"typing": name, "voice": …}` and lets it fade after five seconds."""
    voice = conversation.voice_of(person)
    if voice == "agent":
        live.tell_stream(public_stream(conversation.id), {"typing": person.name.partition(" ")[0], "voice": voice})
    else:
        live.tell_stream(inside_stream(conversation.id), {"typing": person.display_name, "voice": voice})
