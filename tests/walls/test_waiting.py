"""What takes its time holds no lock meanwhile: on SQLite everybody else who writes would wait for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from app.accounts.models import Person
from app.accounts.routes import sessions
from app.bot import danger
from app.conversations.models import Conversation
from app.lib import sqlite
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain
from app.lib.uploads import pictures

Watched = Callable[[Any, str], list[bool]]
WRITTEN = "SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock' AND pid <> pg_backend_pid() AND database = {}"
HERE = "(SELECT oid FROM pg_database WHERE datname = current_database())"


def is_locked() -> bool:
    """Whether the transaction of this test has written something, or means to."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as other:
            return bool(other.scalar(text(WRITTEN.format(HERE))))
    try:
        with writing():
            return False
    except sqlite3.OperationalError:
        return True


@contextmanager
def writing() -> Iterator[None]:
    """Somebody else writes meanwhile: on SQLite they hold the one lock there is, on PostgreSQL that of the mentions."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as other:
            other.execute(text("LOCK TABLE mentions IN SHARE MODE"))
            yield
        return
    with closing(sqlite3.connect(str(db.engine.url.database), timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.fixture
def watched(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Whether the lock was taken at each call of a function."""

    def watch(module: Any, name: str) -> list[bool]:
        found: list[bool] = []
        plain = getattr(module, name)

        def called(*args: Any, **named: Any) -> Any:
            found.append(is_locked())
            return plain(*args, **named)

        monkeypatch.setattr(module, name, called)
        return found

    return watch


def opened(person: Person) -> Conversation:
    with unit_of_work():
        row = Conversation.open(person, "chat", owner="queue")
        row.say(person, "Where is my invoice?")
    drain()
    return row


def picture() -> BytesIO:
    made = BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(made, "PNG")
    made.seek(0)
    return made


def test_while_a_password_is_checked(client: FlaskClient, watched: Watched) -> None:
    found = watched(sessions, "fits")
    client.post("/sign-in", data={"email": "nobody@example.com", "password": "wrong horse"})
    assert found == [False]


def test_while_words_are_weighed_for_danger(ada: Person, watched: Watched) -> None:
    found = watched(danger, "weigh")
    opened(ada)
    assert found and not any(found)


def test_while_pictures_are_drawn_anew(ada: Person, client_of: Callable[[Person], FlaskClient], watched: Watched) -> None:
    reference, found = opened(ada).reference, watched(pictures, "redraw")
    files = [(picture(), "plan.png"), (picture(), "bill.png")]
    answer = client_of(ada).post(f"/chat/{reference}/entries", data={"words": "See here", "files": files})
    assert answer.status_code == 303 and found == [False, False]


def test_a_thread_can_be_read_while_somebody_writes(
    ada: Person, grace: Person, client_of: Callable[[Person], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, browser = opened(ada).id, client_of(grace)
    browser.get(f"/desk/conversations/{number}")
    db.session.remove()
    monkeypatch.setattr(sqlite, "MOST_SECONDS", 0.5)
    with writing():
        assert browser.get(f"/desk/conversations/{number}").status_code == 200
