"""What a look at every promise costs: 10,000 living tickets with 100,000 entries, seeded by `bin/bench tickets`."""

from __future__ import annotations

from datetime import datetime, timedelta
from tempfile import TemporaryDirectory
from time import perf_counter

from flask import Flask, g
from sqlalchemy import func, insert, select

from app import create_app
from app.conversations.models import Conversation, Entry
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.tickets.listeners import BATCH
from app.tickets.models import SlaClock, Ticket, mend
from tests import cast
from tests.bench.table import Row, at_least, at_most, note

TICKETS, ENTRIES, CHUNK = 10_000, 10, 2_000
GOAL = 5.0
STEP = timedelta(minutes=7)


def run() -> list[Row]:
    # The clock stands: no share of a promise is used up between the two looks.
    with TemporaryDirectory(prefix="fd-bench-") as folder, alone(folder).app_context(), clock.at(clock.now()):
        seed()
        first, _ = sweep()
        again, changed = sweep()
        clocks = db.session.scalar(select(func.count(SlaClock.id))) or 0
        entries = db.session.scalar(select(func.count(Entry.id))) or 0
        db.session.remove()
        db.engine.dispose()
    return [
        at_least("entries of living tickets", entries, "", TICKETS * ENTRIES),
        at_least("promises kept for them", clocks, "", TICKETS),
        note(f"the first look at {TICKETS:,} tickets, which writes them", first, "s"),
        at_most("the sweep over all of them", again, "s", GOAL),
        at_most("promises that the second look found changed", changed, "", 0),
    ]


def alone(folder: str) -> Flask:
    """The app on a database of its own, and no workers beside it: what the promises tell stays in the outbox."""
    app = create_app(
        env="test",
        instance_dir=folder,
        database_url=f"sqlite:///{folder}/tickets.db",
        secret_key="a key for this benchmark only, long enough",
        argon2_profile="tiny",
        log_level="ERROR",
    )
    with app.app_context():
        db.create_all()
    return app


def seed() -> None:
    """Tickets of the last three days, half of them answered; each with as many entries as that."""
    person, agent = cast.person("ada").id, cast.person("grace").id
    first = 1 + max(999, db.session.scalar(select(func.max(Conversation.id))) or 0)
    now = clock.now()
    for start in range(first, first + TICKETS, CHUNK):
        numbers = range(start, start + CHUNK)
        with unit_of_work():
            db.session.execute(insert(Conversation), [conversation(number, person, now) for number in numbers])
            db.session.execute(insert(Ticket), [{"conversation_id": number, "fields": {}, "because": []} for number in numbers])
            db.session.execute(insert(Entry), [row for number in numbers for row in entries_of(number, person, agent, now)])


def begun(number: int, now: datetime) -> datetime:
    return now - timedelta(minutes=ENTRIES * 7 + number % 4000)


def conversation(number: int, person: int, now: datetime) -> dict[str, object]:
    return {
        "id": number,
        "channel": "form",
        "subject": f"Question number {number}",
        "state": ("open", "waiting")[number % 2],
        "person_id": person,
        "priority": ("low", "normal", "high", "urgent")[number % 4],
        "last_seq": ENTRIES,
        "opened_from": {},
        "created_at": begun(number, now),
    }


def entries_of(number: int, person: int, agent: int, now: datetime) -> list[dict[str, object]]:
    """Turn and turn about; an odd number ends with our answer, an even one with their question."""
    found = []
    for seq in range(1, ENTRIES + 1):
        ours = (ENTRIES - seq + number) % 2 == 1 and seq > 1
        found.append(
            {
                "conversation_id": number,
                "seq": seq,
                "kind": "message",
                "voice": "agent" if ours else "customer",
                "author_id": agent if ours else person,
                "channel": "form",
                "public": True,
                "body": f"Words number {seq}.",
                "data": {},
                "created_at": begun(number, now) + STEP * (seq - 1),
            }
        )
    return found


def sweep() -> tuple[float, int]:
    """Every living ticket in the batches of the nightly errand; gives the seconds, and how many promises differed."""
    began, differed = perf_counter(), 0
    last: int | None = 0
    while last is not None:
        g.pop("calendars", None)
        with unit_of_work():
            last, changed = mend(last, BATCH)
            differed += changed
        db.session.expunge_all()
    return perf_counter() - began, differed
