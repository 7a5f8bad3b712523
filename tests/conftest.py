"""What every test stands on: the app on a database of its own, emptied after each test, and the cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from app import create_app
from app.accounts.models import Person
from app.lib import clock, limits, pagecache
from app.lib.db import db
from app.lib.live.hub import hub
from tests import cast
from tests.databases import emptying, fresh_database, number

pytest_plugins = ("tests.harness",)
Apps = Callable[[str], Flask]


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    """Gives the app of this test process on a kind of database; made when first asked for, kept to the end."""
    made: dict[str, Flask] = {}

    def on(kind: str) -> Flask:
        if kind not in made:
            made[kind] = build(tmp_path_factory.mktemp("instance"), kind)
        return made[kind]

    yield on
    for app in made.values():
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="session")
def whole_app(apps: Apps, database: str) -> Flask:
    return apps(database)


def build(instance: Path, kind: str) -> Flask:
    app = create_app(
        env="test",
        instance_dir=str(instance),
        database_url=fresh_database(kind, instance, f"frontdesk_{number()}"),
        base_url="http://localhost",
        secret_key="a key for tests only, long enough",
        argon2_profile="tiny",
        bot=False,
        log_level="ERROR",
    )
    app.test_client_class = cast.Browser
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    # Tests of single deeds post plain forms; tests/walls/test_tokens.py sees that none gets through without its token.
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        db.create_all()
        watch(db.engine)
        # The firm's own help center, whatever content a test brings for other slices; tests/help makes libraries of its own.
        app.extensions["help"].refresh()
        app.extensions["help"].watch = False
    return app


_dirty: set[str] = set()


def watch(engine: Engine) -> None:
    """Remember the tables that a test writes to, so that only those are emptied."""

    @event.listens_for(engine, "before_cursor_execute")
    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        verb = statement.lstrip()[:6].upper()
        if verb == "INSERT":
            _dirty.add(statement.split(None, 3)[2].split("(")[0].strip('"'))


def empty_tables() -> None:
    names = [name for name in (table.name for table in reversed(db.metadata.sorted_tables)) if name in _dirty]
    if not names:
        return
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            connection.exec_driver_sql(emptying([db.metadata.tables[name] for name in names]))
    else:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            for name in names:
                connection.execute(text(f"DELETE FROM {name}"))
            connection.commit()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    _dirty.clear()


@pytest.fixture
def app(whole_app: Flask) -> Iterator[Flask]:
    """The app with an empty database, inside an app context."""
    with whole_app.app_context():
        yield whole_app
        db.session.remove()
        empty_tables()
        hub().leases.own.clear()
    clock.reset()
    limits.limiter.reset()
    pagecache.forget(whole_app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture
def client_of(app: Flask) -> Callable[[Person], FlaskClient]:
    """Gives the browser in which a person has signed in."""
    return lambda who: cast.signed_in(app, who)


@pytest.fixture
def ada(app: Flask) -> Person:
    return cast.person("ada")


@pytest.fixture
def eve(app: Flask) -> Person:
    return cast.person("eve")


@pytest.fixture
def grace(app: Flask) -> Person:
    return cast.person("grace")


@pytest.fixture
def linus(app: Flask) -> Person:
    return cast.person("linus")
