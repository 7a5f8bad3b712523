"""Fresh databases for tests, of either kind."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg

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


def number() -> str:
    """A name that no other test process has."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
