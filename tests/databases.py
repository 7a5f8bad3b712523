"""Fresh databases for tests, of either kind."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import psycopg
from sqlalchemy import Table

SERVER = "FRONTDESK_TEST_POSTGRES"  # the URL of a server to use instead of our own


def fresh_database(kind: str, folder: Path, name: str) -> str:
    """The URL of a new, empty database; empty for SQLite in the app's own instance folder."""
    return create(name) if kind == "postgresql" else f"sqlite:///{folder / name}.db"


def create(name: str) -> str:
    server = os.environ[SERVER]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]
        connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")  # type: ignore[call-overload]
    base, _, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def emptying(tables: Iterable[Table]) -> str:
    """SQL that takes all rows from these tables of a PostgreSQL database, so that ids begin at 1 again.

    TRUNCATE would write new files for each table, for each of its indexes, and for all tables that refer to it: many times the cost.
    """
    tables = list(tables)
    rows = [f'DELETE FROM "{table.name}"' for table in tables]
    ids = [f"SELECT setval('{table.name}_id_seq', 1, false)" for table in tables if "id" in table.c]
    return "; ".join(["SET LOCAL session_replication_role = replica", *rows, *ids])


def number() -> str:
    """A name that no other test process has."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
