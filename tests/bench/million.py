"""A million entries, written past the ORM: what is measured is the finding, and the writing would take most of the time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import insert, text

from app.conversations.models import Conversation
from app.conversations.models.words import POSTGRESQL
from app.lib import clock
from app.lib.db import db, unit_of_work

CHUNK, TALKS = 20_000, 10_000
WORDS = ["price", "practice", "week", "client", "booking", "letter", "office", "phone", "answer", "question", "thank", "hours"]
WORDS += ["team", "plan", "growth", "fees", "form", "call"]
COLUMNS = ("conversation_id", "seq", "body", "kind", "voice", "channel", "public", "data", "html", "keywords", "created_at")


def begin() -> None:
    """The ten thousand conversations that they are in, one in twenty of them open."""
    now = clock.now()
    with unit_of_work():
        db.session.execute(insert(Conversation), [talk(number, now - timedelta(minutes=number)) for number in range(TALKS)])


def talk(number: int, moment: datetime) -> dict[str, Any]:
    state = "open" if number % 20 == 0 else "closed"
    return {"channel": "chat", "subject": f"Question number {number}", "state": state, "last_at": moment, "opened_from": {}}


def write(first: int, last: int) -> None:
    """The entries from `first` up to `last`; the database knows afterwards how many there are of what."""
    fill = by_copy if db.engine.dialect.name == "postgresql" else by_insert
    fill(rows(first, last))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def rows(first: int, last: int) -> Iterator[tuple[Any, ...]]:
    """Entries of a dozen words from a small vocabulary; one in ten thousand holds a rare word."""
    dice, now = Random(first), f"{clock.now():%Y-%m-%d %H:%M:%S.%f}"
    for number in range(first, last):
        body = " ".join(dice.choices(WORDS, k=12)) + f" {number}" + (" zeppelin" if number % 10_000 == 7 else "")
        yield number % TALKS + 1, number // TALKS + 1, body, "message", "customer", "chat", True, "{}", "", "", now


def by_insert(some: Iterator[tuple[Any, ...]]) -> None:
    statement = f"INSERT INTO entries ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    while chunk := list(islice(some, CHUNK)):
        with db.engine.begin() as connection:
            connection.exec_driver_sql(statement, chunk)


def by_copy(some: Iterator[tuple[Any, ...]]) -> None:
    """An index made afterwards is the same index, in a fraction of the time."""
    with db.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_entries_words_fts"))
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f"COPY entries ({', '.join(COLUMNS)}) FROM STDIN") as line:
            for row in some:
                line.write_row(row)
        for statement in POSTGRESQL:
            connection.execute(text(statement))
