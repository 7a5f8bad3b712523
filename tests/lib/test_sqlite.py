"""SQLite with several writers: readers never wait, writers take turns, and nobody writes over what they have not seen."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, String, create_engine, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.lib import sqlite
from app.settings import ROOT
from tests.servers import wait_until


class Own(DeclarativeBase):
    """Tables of this test alone."""


class Count(Own):
    """A number that several want to raise."""

    __tablename__ = "counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(10), unique=True)
    value: Mapped[int]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path}/x.db")
    sqlite.prepare(made)
    Own.metadata.create_all(made)
    with Session(made) as session, session.begin():
        session.add(Count(name="one", value=0))
    yield made
    made.dispose()


def value(session: Session) -> int:
    return session.scalars(select(Count.value)).one()


def raised(session: Session) -> None:
    session.execute(update(Count).values(value=Count.value + 1))


def test_a_transaction_that_only_reads_takes_no_lock_and_sees_one_moment(engine: Engine) -> None:
    with Session(engine) as reader, Session(engine) as writer:
        assert value(reader) == 0
        raised(writer)
        writer.commit()
        assert value(reader) == 0
        reader.rollback()
        assert value(reader) == 1


def test_who_has_read_writes_after_another_has_and_builds_on_what_stands_then(engine: Engine) -> None:
    with Session(engine) as late, Session(engine) as early:
        assert value(late) == 0
        raised(early)
        early.commit()
        raised(late)
        assert value(late) == 2
        late.commit()


@pytest.mark.parametrize("statement", ["INSERT INTO counts (name, value) VALUES ('two', 2)", "WITH x AS (SELECT 1) DELETE FROM counts"])
def test_a_statement_written_by_hand_is_a_write_too(engine: Engine, statement: str) -> None:
    with engine.connect() as late, Session(engine) as early:
        late.execute(text("SELECT * FROM counts")).all()
        raised(early)
        early.commit()
        late.execute(text(statement))
        late.commit()


def test_rows_read_for_update_are_nobody_elses_to_change(engine: Engine) -> None:
    with Session(engine) as first:
        row = first.scalars(select(Count).with_for_update()).one()
        assert is_locked(engine)
        first.rollback()
        assert not is_locked(engine)
        row = first.scalars(select(Count)).one()
        assert not is_locked(engine)
        first.refresh(row, with_for_update=True)
        assert is_locked(engine)


def test_a_savepoint_is_kept_through_the_first_write(engine: Engine) -> None:
    with Session(engine) as session:
        assert value(session) == 0
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            raised(session)
            raise ZeroDivisionError
        raised(session)
        session.commit()
        assert value(session) == 1


def test_twelve_who_read_and_then_write_lose_nothing(engine: Engine) -> None:
    def raise_it(_turn: int) -> None:
        with Session(engine) as session, session.begin():
            select_one = select(Count).where(Count.name == "one")
            assert session.scalars(select_one).one()
            row = session.scalars(select_one.with_for_update(), execution_options={"populate_existing": True}).one()
            row.value += 1

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(raise_it, range(240))) == [None] * 240
    with Session(engine) as session:
        assert value(session) == 240


def test_nobody_waits_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "MOST_SECONDS", 0.1)
    with Session(engine) as holder:
        raised(holder)
        with Session(engine) as other:
            with pytest.raises(OperationalError, match="locked"):
                raised(other)
            assert value(other) == 0
            with pytest.raises(OperationalError, match="locked"):
                raised(other)
            other.rollback()
        holder.commit()
    with Session(engine) as other:
        raised(other)
        other.commit()
        assert value(other) == 2


def test_who_waits_asks_often_and_not_less_the_longer_it_takes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []

    def doze(seconds: float) -> None:
        naps.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr(sqlite, "time", SimpleNamespace(sleep=doze, monotonic=time.monotonic))

    def write(_turn: int) -> None:
        with Session(engine) as session, session.begin():
            raised(session)

    with Session(engine) as holder, ThreadPoolExecutor(6) as pool:
        raised(holder)
        waiting = pool.map(write, range(6))
        # SQLite's own waiting would sleep up to 100 ms at a time by now, and who came last would be first.
        wait_until(lambda: len(naps) > 50, "somebody who has asked for long")
        holder.commit()
        assert list(waiting) == [None] * 6
    assert set(naps) == {sqlite.AGAIN} and sqlite.AGAIN <= 0.005


def test_the_lock_of_a_process_that_was_killed_is_free(engine: Engine) -> None:
    words = (
        "import sys, time; from sqlalchemy import create_engine, text; from app.lib import sqlite\n"
        "engine = create_engine(sys.argv[1]); sqlite.prepare(engine); connection = engine.connect()\n"
        "connection.execute(text('UPDATE counts SET value = 99')); print('holds', flush=True); time.sleep(60)"
    )
    held = subprocess.Popen([sys.executable, "-c", words, str(engine.url)], cwd=ROOT, stdout=subprocess.PIPE)
    assert held.stdout is not None and held.stdout.readline() == b"holds\n"
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write_one, engine, done)
        assert not done.wait(0.2)
        os.kill(held.pid, signal.SIGKILL)
        waiting.result(timeout=15)
    held.wait()
    held.stdout.close()
    with Session(engine) as session:
        assert value(session) == 1


def write_one(engine: Engine, done: threading.Event) -> None:
    with Session(engine) as session:
        raised(session)
        session.commit()
    done.set()


def is_locked(engine: Engine) -> bool:
    """Whether a writer would have to wait now."""
    other = sqlite3.connect(str(engine.url.database), timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        other.close()
    return False


def test_inserts_by_core_and_by_rows_take_the_lock(engine: Engine) -> None:
    with Session(engine) as session:
        session.execute(insert(Count).values(name="two", value=2))
        assert is_locked(engine)
        session.rollback()
        session.add(Count(name="three", value=3))
        assert not is_locked(engine)
        session.flush()
        assert is_locked(engine)
