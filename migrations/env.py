"""How Alembic reaches this app's database: one transaction for the whole chain, foreign keys of SQLite off while tables are rebuilt."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeDecorator

from app.lib.db import is_ours

database = current_app.extensions["migrate"].db


def plain_types(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Migrations name SQL types only, so that they still run when the app's own types have moved."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def nothing_if_nothing_changed(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives.clear()


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        process_revision_directives=nothing_if_nothing_changed,
        render_item=plain_types,
        include_name=is_ours,
        transactional_ddl=True,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


def keep_children(connection: Connection, switch: str) -> None:
    # A rebuilt table is dropped for a moment, and ON DELETE CASCADE would take its children. Only outside a transaction can this be said.
    if connection.dialect.name == "sqlite":
        connection.connection.dbapi_connection.execute(f"PRAGMA foreign_keys={switch}")  # type: ignore[union-attr]


with database.engine.connect() as connection:
    keep_children(connection, "OFF")
    try:
        run(connection)
    finally:
        connection.rollback()
        keep_children(connection, "ON")
