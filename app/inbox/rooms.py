"""In which threads each agent is, each page with a lease of its own: the ring around a row of the list."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.models import Person
from app.inbox.live import LISTS, thread_stream
from app.lib import live
from app.lib.db import db

STREAM = "desk:rooms"
LEFT = "desk:left"
GOING = 3.0  # seconds: whoever only turned a page is back by then


def has_left(agent: Person, visit: str) -> bool:
    """Whether the page of this visit has said that it goes: what it sent before may arrive after that, and brings nobody back."""
    return bool(visit) and f"{agent.id}:{visit}" in live.presence.who(LEFT)


def stay(agent: Person, visit: str, stream: str, who: str, state: str = "viewing") -> None:
    """`who` is in `stream` with the page of this visit; only for a moment when that page, which had not left, leaves just now."""
    live.presence.enter(stream, who, state=state, tab=visit)
    if has_left(agent, visit):
        live.presence.enter(stream, who, ttl=GOING, tab=visit)


def enter(agent: Person, conversation_id: int | None, visit: str = "") -> None:
    """The page of this visit shows this thread, or with None none that is looked at; other pages of the agent stay where they are.

    Every open list hears it when that is new.
    """
    if has_left(agent, visit):
        return
    here = {(who, tab) for who, tab in live.presence.tabs(STREAM) if who.startswith(f"{agent.id}:")}
    for who, tab in here:
        if tab == visit and who != f"{agent.id}:{conversation_id}":
            look_away(agent, int(who.partition(":")[2]), visit)
    if conversation_id is None:
        return
    stay(agent, visit, STREAM, f"{agent.id}:{conversation_id}")
    if f"{agent.id}:{conversation_id}" not in {who for who, _ in here}:
        live.tell_stream(LISTS, {"person": agent.id, "name": agent.first_name, "room": conversation_id})


def leave(agent: Person, conversation_id: int, visit: str = "") -> None:
    """`agent` left the page of this thread. Unless they are back in a moment, or have it open elsewhere, they are there no more."""
    if visit:
        live.presence.enter(LEFT, f"{agent.id}:{visit}")
    go(agent, conversation_id, visit)


def look_away(agent: Person, conversation_id: int, visit: str) -> None:
    """The leases of this page end now: it says so once, however often it says again that nobody looks at it."""
    for stream, who in places(agent, conversation_id):
        live.presence.leave(stream, who, tab=visit)
    tell_left(agent, conversation_id)


def go(agent: Person, conversation_id: int, visit: str) -> None:
    """The leases of this page end in a moment."""
    for stream, who in places(agent, conversation_id):
        if (who, visit) in live.presence.tabs(stream):
            live.presence.enter(stream, who, ttl=GOING, tab=visit)
    tell_left(agent, conversation_id)


def places(agent: Person, conversation_id: int) -> tuple[tuple[str, str], ...]:
    return (STREAM, f"{agent.id}:{conversation_id}"), (thread_stream(conversation_id), f"person:{agent.id}")


def tell_left(agent: Person, conversation_id: int) -> None:
    """Every open desk looks again in a moment."""
    live.tell_stream(LISTS, {"left": agent.id, "room": conversation_id, "within": GOING})


def others(agent: Person) -> list[dict[str, object]]:
    """Where everybody else is: [{"person": 7, "name": "Linus", "room": 12}]."""
    pairs = [tuple(map(int, who.split(":"))) for who in live.presence.who(STREAM)]
    rooms = sorted({(person, room) for person, room in pairs if person != agent.id})
    people = db.session.scalars(select(Person).where(Person.id.in_({person for person, _ in rooms}))) if rooms else ()
    names = {who.id: who.first_name for who in people}
    return [{"person": person, "name": names[person], "room": room} for person, room in rooms if person in names]
