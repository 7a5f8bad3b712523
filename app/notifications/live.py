"""The bell on the wire: how many unread notices a person has, on every open page of theirs."""

from __future__ import annotations

from app.accounts.models import Person
from app.lib import live as wire
from app.lib.page import part


def stream_of(person: Person) -> str:
    return f"bell:{person.id}"


def ring(person: Person, unread: int) -> None:
    """Put the count on their open pages, after the commit."""
    wire.replace(stream_of(person), "bell", part("notifications/_bell.html", unread=unread))
