"""In which thread each agent is: the ring around a row of the list."""

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
    """`who` is in `stream`; only for a moment when the page of this visit, which had not left, leaves just now."""
    live.presence.enter(stream, who, state=state)
    if has_left(agent, visit):
        live.presence.enter(stream, who, ttl=GOING)


def enter(agent: Person, conversation_id: int | None, visit: str = "") -> None:
    """`agent` is in this thread and in no other; with None in none. Every open list hears it when that is new."""
    if has_left(agent, visit):
        return
    here = {who for who in live.presence.who(STREAM) if who.startswith(f"{agent.id}:")}
    wanted = {f"{agent.id}:{conversation_id}"} if conversation_id else set()
    for who in here - wanted:
        live.presence.leave(STREAM, who)
    for who in wanted:
        stay(agent, visit, STREAM, who)
    if here != wanted:
        live.tell_stream(LISTS, {"person": agent.id, "name": agent.first_name, "room": conversation_id})


def leave(agent: Person, conversation_id: int, visit: str = "") -> None:
    """`agent` left the page of this thread. Unless they are back in a moment they are there no more; every open desk then looks again."""
    if visit:
        live.presence.enter(LEFT, f"{agent.id}:{visit}")
    for stream, who in ((STREAM, f"{agent.id}:{conversation_id}"), (thread_stream(conversation_id), f"person:{agent.id}")):
        if who in live.presence.who(stream):
            live.presence.enter(stream, who, ttl=GOING)
    live.tell_stream(LISTS, {"left": agent.id, "room": conversation_id, "within": GOING})


def others(agent: Person) -> list[dict[str, object]]:
    """Where everybody else is: [{"person": 7, "name": "Linus", "room": 12}]."""
    pairs = [tuple(map(int, who.split(":"))) for who in live.presence.who(STREAM)]
    rooms = {person: room for person, room in pairs if person != agent.id}
    people = db.session.scalars(select(Person).where(Person.id.in_(rooms))) if rooms else ()
    return [{"person": who.id, "name": who.first_name, "room": rooms[who.id]} for who in people]
