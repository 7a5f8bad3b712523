"""What must be done before the site is served: the database at its newest form, and on the first run the demo firm and its people."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import FLOORS, create_app
from app.accounts import demo, setup
from app.lib import rounds
from app.lib.db import db, unit_of_work
from app.settings import ROOT, WrongSetting

VERSIONS = ROOT / "migrations" / "versions"


def main() -> int:
    try:
        app = create_app()
        with app.app_context():
            prepare(app)
    except WrongSetting as error:
        print(f"A setting is wrong: {error}")
        return 2
    except SQLAlchemyError as error:
        print(f"The database cannot be used: {str(error).splitlines()[0]}")
        return 1
    return 0


def prepare(app: Flask) -> None:
    """Bring the database of this app to its newest form, and fill in the demo once. Call inside an app context."""
    if version() != newest():
        migrate()
    if app.config["SETTINGS"].production:
        refuse_demo()
    elif app.config["SETTINGS"].demo:
        seed()
    if first := setup.link():
        print(f"login: nobody runs this desk yet; its first admin is made at {first}", flush=True)


def refuse_demo() -> None:
    """A database that was a demo has people whose password everybody can read."""
    if people := demo.open_doors():
        names = ", ".join(person.email or "" for person in people)
        raise WrongSetting(
            f"FRONTDESK_ENV is production, but the demo's password still opens {names}. `flask --app wsgi close-demo` shuts them out."
        )


def migrate() -> None:
    # Alembic takes half a second to load, and mostly there is nothing to do.
    from flask_migrate import upgrade  # noqa: PLC0415

    print(f"bringing the database to step {newest()}", flush=True)
    upgrade()


def version() -> str | None:
    """The step this database has; None when it has none yet."""
    try:
        with db.engine.connect() as connection:
            found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        return None
    return found


def newest() -> str:
    """The last step there is; the files are numbered, and a test holds them in one line."""
    last = max(path.name for path in VERSIONS.glob("[0-9]*.py"))
    found = re.search(r'^revision(?:: str)? = "(\w+)"', (VERSIONS / last).read_text(), re.MULTILINE)
    return found.group(1) if found else last


def seed() -> None:
    """Each slice with a `demo.py` fills in its part of the demo firm, once in the life of an installation; log-ins are told each time."""
    for module in demos():
        with unit_of_work():
            if rounds.once(module.__name__):
                module.fill()
        for line in getattr(module, "LOGINS", ()):
            print(f"login: {line}", flush=True)


def demos() -> Iterator[ModuleType]:
    for name in (f"app.{name}" for floor in FLOORS for name in floor):
        if find_spec(name) and find_spec(f"{name}.demo"):
            yield import_module(f"{name}.demo")


if __name__ == "__main__":
    sys.exit(main())
