"""The names of a conversation's live streams, and the sign that somebody is writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.lib import live

if TYPE_CHECKING:
    from app.accounts.models import Person
    from app.conversations.models.conversation import Conversation


WRITING, FADES = "writing:", 5.0


def public_stream(conversation_id: int) -> str:
    """What the customer's pages hear: public entries only."""
    return f"conversation:{conversation_id}"


def inside_stream(conversation_id: int) -> str:
    """What the desk hears: everything, notes included. Only for people who work here."""
    return f"desk:conversation:{conversation_id}"


def tell_typing(conversation: Conversation, person: Person) -> None:
    """`person` is writing: the other side hears `{"typing": name, "voice": …}` and lets it fade after five seconds.

    An agent's sign also stays that long for pages that only ask (`writing`). A nameless agent is not told: an address is no name.
    """
    voice, name = conversation.voice_of(person), person.name.partition(" ")[0]
    if voice == "agent" and name:
        live.presence.enter(public_stream(conversation.id), f"{WRITING}{name}", ttl=FADES)
        live.tell_stream(public_stream(conversation.id), {"typing": name, "voice": voice})
    elif voice != "agent":
        live.tell_stream(inside_stream(conversation.id), {"typing": person.display_name, "voice": voice})


def writing(conversation: Conversation) -> list[str]:
    """The first names of agents who are writing to the customer at this moment."""
    here = live.presence.who(public_stream(conversation.id))
    return [who.removeprefix(WRITING) for who in here if who.startswith(WRITING)]
