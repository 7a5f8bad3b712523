"""Migrations: one line of steps that ends at exactly the tables the models describe, and loses no row on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.lib.db import db, is_ours
from app.settings import ROOT


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
