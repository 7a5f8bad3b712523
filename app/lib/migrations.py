"""Flask-Migrate, read only when asked for: Alembic takes a sixth of the time in which all else loads, and mostly there is nothing to do."""

from __future__ import annotations

from typing import Any

import click
from flask import Flask
from werkzeug.local import LocalProxy

from app.lib.db import db
from app.settings import ROOT


class Commands(click.Command):
    """`flask db`: stands for the commands of Flask-Migrate until they are wanted."""

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        from flask_migrate.cli import db as commands  # noqa: PLC0415

        made: click.Context = commands.make_context(info_name, args, parent=parent, **extra)
        return made


def init_app(app: Flask) -> None:
    app.extensions["migrate"] = LocalProxy(lambda: opened(app))
    app.cli.add_command(Commands("db", short_help="Perform database migrations."))


def opened(app: Flask) -> Any:
    from flask_migrate import Migrate  # noqa: PLC0415

    kept = app.cli.commands.pop("db")
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    app.cli.commands["db"] = kept
    return app.extensions["migrate"]
