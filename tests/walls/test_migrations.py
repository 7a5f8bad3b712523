"""Migrations: one line of steps that ends at exactly the tables the models describe, and loses no row on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select

from app import create_app
from app.accounts.models import Person
from app.chat.models import CallBack
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import add, db, is_ours, unit_of_work
from app.settings import ROOT
from app.tickets.models import Ticket


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Flask]:
    """An installation whose database has just been made by the migrations alone."""
    app = create_app(env="test", instance_dir=str(tmp_path), secret_key="a key for tests only, long enough", log_level="ERROR")
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def differences(connection: object) -> list[object]:
    opts = {"compare_type": True, "include_name": is_ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=opts), db.metadata))  # type: ignore[arg-type]


def test_the_migrations_make_the_tables_of_the_models(fresh: Flask) -> None:
    with db.engine.connect() as connection:
        assert differences(connection) == []


def test_the_migrations_are_one_line_numbered_in_order() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    line = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    assert len(scripts.get_heads()) == 1 and line == sorted(line)
    assert all(re.fullmatch(r"\d{4}", name) for name in line)


def test_foreign_keys_hold_again_after_a_migration(fresh: Flask) -> None:
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_ticket_that_was_merged_before_it_went_along_is_where_its_conversation_goes_on(fresh: Flask) -> None:
    with unit_of_work():
        ada, grace = add(Person(name="Ada")), add(Person(name="Grace", role="agent"))
        first, second, last, other = (Conversation.open(ada, channel) for channel in ("form", "form", "chat", "form"))
        for row in (first, second, other):
            Ticket.make(row)
        first.merge_into(second, grace)
        second.merge_into(last, grace)
        numbers = [row.id for row in (first, second, last, other)]
    db.session.remove()
    downgrade(revision="0035")
    upgrade()
    began, following, there, alone = numbers
    found = db.session.execute(select(Ticket.conversation_id, Ticket.began_in_id).order_by(Ticket.id)).all()
    assert [tuple(row) for row in found] == [(there, began), (there, following), (alone, None)]


def test_of_closed_conversations_only_the_calls_still_to_come_are_called_off(fresh: Flask) -> None:
    with unit_of_work():
        ada = add(Person(name="Ada"))
        for starts_at in (clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)):
            row = Conversation.open(ada, "phone")
            add(CallBack(conversation_id=row.id, phone="+12025550142", starts_at=starts_at, lane=1))
            row.close(ada)
    db.session.remove()
    downgrade(revision="0036")
    upgrade()
    assert db.session.scalars(select(CallBack.lane).order_by(CallBack.id)).all() == [1, None]
