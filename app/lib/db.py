"""Rows: the typed base, column types with a meaning, and one transaction per piece of work, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, Select, String, Text, TypeDecorator, event
from sqlalchemy.engine import CursorResult, Dialect, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, SessionTransaction, mapped_column
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.dml import Delete, Update

from app.lib import clock, sqlite

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in, aware UTC out. A naive time is refused with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = clock.utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Instant = Annotated[datetime, mapped_column(UTCDateTime)]
Email = Annotated[str, mapped_column(String(254))]
Title = Annotated[str, mapped_column(String(200))]
Slug = Annotated[str, mapped_column(String(80))]
Words = Annotated[str, mapped_column(Text)]
Cents = Annotated[int, mapped_column()]
Currency = Annotated[str, mapped_column(String(3))]
ZoneName = Annotated[str, mapped_column(String(64))]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)


class Model(db.Model):  # type: ignore[name-defined,misc]
    """What every row has: a number and the instant it was made."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[Instant] = mapped_column(default=clock.now)


Row = TypeVar("Row", bound=Base)


def add(row: Row) -> Row:
    """Put a new row into the transaction and give it its id; nothing is committed."""
    db.session.add(row)
    db.session.flush()
    return row


def first(row: Base) -> bool:
    """Put a new row in, unless somebody else was faster with one that is the same where it must be the only one."""
    try:
        with db.session.begin_nested():
            add(row)
    except IntegrityError:
        return False
    return True


def only(find: Select[Row], new: Row) -> Row:
    """The row that is found; `new`, put in, when there is none. Two who put theirs in at the same moment both get the first."""
    found = db.session.scalar(find)
    if found is not None:
        return found
    return new if first(new) else db.session.scalars(find).one()


def hold(row: Base) -> None:
    """Wait for whoever writes this row now, see what they left, and keep others from writing it until the transaction ends.

    What is held already is not read again.
    """
    key = instance_state(row).key
    if key not in holding():
        # Of itself: it may have been loaded with others beside it, which PostgreSQL does not lock where they may be missing.
        db.session.refresh(row, with_for_update={"of": type(row)})
        holding().add(key)


def held(find: Select[Row], parameters: dict[str, Any] | None = None) -> Row | None:
    """The row that is found, held as by `hold`, in one statement."""
    wanted = find.with_for_update(of=find.column_descriptions[0]["entity"])
    row = db.session.scalar(wanted.execution_options(populate_existing=True), parameters)
    if row is not None:
        holding().add(instance_state(row).key)
    return row


def holding() -> set[Any]:
    found: set[Any] = db.session.info.setdefault("held", set())
    return found


def claim(statement: Update | Delete) -> bool:
    """Execute one UPDATE (or DELETE) that names the old state; True when exactly one row changed: it is ours."""
    result = cast("CursorResult[Any]", db.session.execute(statement.execution_options(synchronize_session=False)))
    return result.rowcount == 1


def after_commit(call: Callable[[], None]) -> None:
    """Run `call` once, after this transaction has been committed; forgotten when it is rolled back. Must not use the session."""
    db.session.info.setdefault("after_commit", []).append(call)


def commit() -> None:
    """End the transaction, then run what waited for it. Called by the request, `unit_of_work` and the outbox; never by a model."""
    db.session.commit()
    for call in db.session.info.pop("after_commit", []):
        call()


def roll_back() -> None:
    db.session.rollback()
    db.session.info.pop("after_commit", None)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """One transaction for a job, a command or a test: commits at the end, rolls back on any error."""
    try:
        yield
        commit()
    except BaseException:
        roll_back()
        raise


def let_go() -> None:
    """End a transaction that has only read, before a slow call to another machine: no lock is held while we wait.

    Rows load again when they are next looked at. Raises RuntimeError when something was already written: it would be lost.
    """
    if db.session.new or db.session.dirty or db.session.deleted:
        raise RuntimeError("Let go before writing, not after.")
    roll_back()


def init_app(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)


def prepare(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine)


def is_ours(name: str | None, kind: str, _parents: object = None) -> bool:
    """For Alembic's `include_name`: whether the models describe this table, column or index; full-text ones (`…_fts`) stand beside."""
    return not (name and kind in {"table", "column", "index"} and (name.endswith("_fts") or "_fts_" in name))


@event.listens_for(Session, "after_rollback")
def forget_calls(session: Session) -> None:
    # Of a savepoint too: what was called for before it stands as before.
    if not session.in_nested_transaction():
        session.info.pop("after_commit", None)


@event.listens_for(Session, "after_transaction_end")
def let_others_write(session: Session, _transaction: SessionTransaction) -> None:
    """With a savepoint that is rolled back its locks are gone too; to hold a row once more costs one statement."""
    session.info.pop("held", None)
