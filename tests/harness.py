"""The harness around the suite: on which databases it runs (`--databases=sqlite,postgresql`), and the real servers it may ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests import machine
from tests.databases import SERVER, fresh_database, number
from tests.servers import Postgres

_started: list[Postgres] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    given = os.environ.get("FRONTDESK_TEST_DATABASE", "sqlite")
    parser.addoption("--databases", default=given, help="sqlite, postgresql or both, with a comma between")


def pytest_configure(config: pytest.Config) -> None:
    """Start one PostgreSQL for all test processes, in the first of them; the others find it in the environment."""
    if "postgresql" in names(config) and SERVER not in os.environ:
        if machine.postgres_bin() is None:
            raise pytest.UsageError("There is no PostgreSQL on this machine: apt install postgresql")
        server = Postgres().start()
        _started.append(server)
        os.environ[SERVER] = server.url


def pytest_unconfigure() -> None:
    for server in _started:
        server.stop()
        os.environ.pop(SERVER, None)
    _started.clear()


def names(config: pytest.Config) -> list[str]:
    return [name.strip() for name in str(config.getoption("--databases")).split(",") if name.strip()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", names(metafunc.config), indirect=True, scope="session")


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database this test runs on: sqlite or postgresql."""
    return str(request.param)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Gives a function that makes the URL of another fresh database of the wished kind."""
    count = iter(range(1000))

    def make(kind: str) -> str:
        return fresh_database(kind, tmp_path_factory.mktemp("database"), f"frontdesk_{number()}_{next(count)}")

    yield make
