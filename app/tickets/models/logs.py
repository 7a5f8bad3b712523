"""The log of a ticket: what happened in the conversation where it began, and then wherever a merge took it along.

What was said there before it came is not its own: an old answer there answers nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, or_, select

from app.conversations.models import Entry, Move, MovedEntry
from app.lib.db import db
from app.tickets.clockwork import Happening

VOICES = ("customer", "agent")
EVENTS = {"snoozed", "woke", "closed"}


@dataclass
class Merges:
    """The merges in force around some conversations: out of each at most one, and those into each."""

    out: dict[int, Row[Any]] = field(default_factory=dict)
    into: dict[int, list[Row[Any]]] = field(default_factory=dict)
    # Where entries were said that a merge has brought elsewhere.
    said_in: dict[int, int] = field(default_factory=dict)

    def path(self, start: int) -> list[tuple[int, datetime | None]]:
        """The conversations that a ticket has lived in, each with the instant it came there (None: it began there)."""
        found: list[tuple[int, datetime | None]] = [(start, None)]
        while found[-1][0] in self.out:
            move = self.out[found[-1][0]]
            found.append((move.to_id, move.created_at))
        return found


def log_of(starts: Iterable[int]) -> dict[int, list[Happening]]:
    """What the clocks need of the tickets that began in these conversations, in order, by conversation."""
    logs: dict[int, list[Happening]] = {number: [] for number in starts}
    merges = merges_around(set(logs))
    visits: dict[int, list[tuple[int, datetime | None]]] = {}
    for start in logs:
        for place, since in merges.path(start):
            visits.setdefault(place, []).append((start, since))
    for entry_id, place, name, data, at in happenings(visits):
        for start, since in visits.get(merges.said_in.get(entry_id, place), ()):
            if since is None or at >= since:
                logs[start].append(Happening(at, "undone" if data and data.get("undone") else name))
    for start, came in arrivals(merges, visits):
        logs[start].append(came)
    for start in logs if merges.out else ():
        # A number counts only in its own conversation.
        logs[start].sort(key=lambda one: one.at)
    return logs


def merges_around(places: set[int]) -> Merges:
    found, seen = Merges(), set[int]()
    while places - seen:
        near = or_(Move.from_id.in_(places - seen), Move.to_id.in_(places - seen))
        rows = db.session.execute(merging().where(near).order_by(Move.id)).all()
        seen |= places
        for move in rows:
            found.out[move.from_id] = move
            found.into.setdefault(move.to_id, []).append(move)
        places = {move.to_id for move in rows if move.from_id in seen}
    if found.out:
        found.said_in = said_in(seen)
    return found


def merging() -> Any:
    columns = select(Move.from_id, Move.to_id, Move.created_at, Move.was_state)
    return columns.where(Move.kind == "merge", Move.undone_at.is_(None))


def said_in(places: Iterable[int]) -> dict[int, int]:
    """Where each entry was said that moves have brought to these places: what a split took out is at home where it was put."""
    moved = select(MovedEntry.entry_id, Move.kind, Move.from_id).join(Move, Move.id == MovedEntry.move_id)
    moved = moved.join(Entry, Entry.id == MovedEntry.entry_id).where(Entry.conversation_id.in_(places), Move.undone_at.is_(None))
    found: dict[int, int] = {}
    for entry_id, kind, from_id in db.session.execute(moved.order_by(MovedEntry.id)):
        if kind == "merge":
            found.setdefault(entry_id, from_id)
        else:
            found.pop(entry_id, None)
    return found


def happenings(places: Iterable[int]) -> Iterator[Any]:
    spoken = Entry.kind.in_(("message", "file"))
    what, undone = case((spoken, Entry.voice), else_=Entry.what), case((Entry.what == "reopened", Entry.data))
    telling = (spoken & Entry.voice.in_(VOICES)) | (~spoken & Entry.what.in_(EVENTS | {"reopened"}))
    wanted = select(Entry.id, Entry.conversation_id, what, undone, Entry.created_at).where(Entry.conversation_id.in_(places), telling)
    yield from db.session.execute(wanted.order_by(Entry.conversation_id, Entry.seq))


def arrivals(merges: Merges, visits: dict[int, list[tuple[int, datetime | None]]]) -> Iterator[tuple[int, Happening]]:
    """Who came with another conversation and waited for an answer asks from then on here too."""
    for place, starts in visits.items():
        for move in merges.into.get(place, ()):
            for start, since in starts:
                mine = move.from_id in dict(merges.path(start))
                if move.was_state == "open" and not mine and (since is None or move.created_at >= since):
                    yield start, Happening(move.created_at, "customer")
