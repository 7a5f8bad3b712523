"""SQLite as a database for several processes: readers never wait (write-ahead log), writers take turns at one lock.

A transaction begins by reading, so that nobody waits while a password is checked or a file is scanned. At its first write it would fail
at once beside another writer, whatever the timeout (SQLITE_BUSY_SNAPSHOT, https://sqlite.org/isolation.html): so it is ended there, before
anything was changed, and begun anew with the lock (BEGIN IMMEDIATE). What it had read is then as sure as under READ COMMITTED on
PostgreSQL, where the same code runs; FOR UPDATE, which SQLite does not know, takes the lock as well. Fetch what you ask for before you
write: a statement that is still open keeps its old moment, and the lock is not to be had.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from typing import Any

from sqlalchemy import Select, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError

READS = re.compile(r"\s*(SELECT|EXPLAIN|PRAGMA|WITH(?!.*\b(INSERT|UPDATE|DELETE)\b))\b", re.I | re.S)
MOST_SECONDS = 15.0
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={MOST_SECONDS * 1000:.0f}", "foreign_keys=ON", "temp_store=MEMORY")
AGAIN = 0.002
HOLDS = "holds_the_lock"

# SQLite's own waiting sleeps ever longer, up to 100 ms, and who came last is often first. One thread of each process asks often.
_asking = threading.Lock()


def prepare(engine: Engine) -> None:
    """Let every connection of this engine behave as the module says."""
    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin)
    event.listen(engine, "commit", forget)
    event.listen(engine, "rollback", forget)
    event.listen(engine, "before_cursor_execute", before_statement)
    event.listen(engine, "savepoint", lambda connection, _name: lock(connection))


def set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def begin(connection: Connection) -> None:
    raw(connection).execute("BEGIN")
    connection.info[HOLDS] = False


def forget(connection: Connection) -> None:
    """What is executed outside of a transaction is not ours to begin anew."""
    connection.info[HOLDS] = None


def before_statement(connection: Connection, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    if connection.info.get(HOLDS) is False and writes(statement, context):
        lock(connection)


def writes(statement: str, context: Any) -> bool:
    """Whether this statement changes rows, or was written to lock those that it reads."""
    made_from = getattr(context.compiled, "statement", None)
    if isinstance(made_from, Select):
        return made_from._for_update_arg is not None
    return READS.match(statement) is None


def lock(connection: Connection) -> None:
    """Begin a transaction that has only read anew, with the lock; without it, it can go on reading."""
    if connection.info.get(HOLDS) is not False:
        return
    raw(connection).execute("COMMIT")
    try:
        take(connection)
    except OperationalError:
        raw(connection).execute("BEGIN")
        raise


def take(connection: Connection) -> None:
    """Begin a transaction with the writers' lock. Raises OperationalError when it is not to be had within 15 s."""
    database = raw(connection)
    database.execute("PRAGMA busy_timeout=0")
    try:
        wait(database)
    except sqlite3.OperationalError as error:
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error
    finally:
        database.execute(f"PRAGMA busy_timeout={MOST_SECONDS * 1000:.0f}")
    connection.info[HOLDS] = True


def wait(database: sqlite3.Connection) -> None:
    until = time.monotonic() + MOST_SECONDS
    if not _asking.acquire(timeout=MOST_SECONDS):
        raise sqlite3.OperationalError("database is locked")
    try:
        while not begun(database, time.monotonic() > until):
            time.sleep(AGAIN)
    finally:
        _asking.release()


def begun(database: sqlite3.Connection, last: bool) -> bool:
    try:
        database.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def raw(connection: Connection) -> sqlite3.Connection:
    found: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return found
