"""The harness around the suite: on which databases it runs (`--databases=sqlite,postgresql`), and the real servers it may ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from jobs import valkey
from tests import machine, offline
from tests.databases import SERVER, fresh_database, number
from tests.mailservers import Dovecot, Mailbox, Pymap
from tests.servers import Postgres, Radicale, Valkey
from tests.site import Site

pytest_plugins = ("tests.browsers", "tests.places")

# What a test asks for that runs in processes of its own, and folders whose tests start some: on a machine that is too busy they may be
# late. Such a test has a second try, which the summary counts ("1 rerun") and names.
OWN_PROCESSES = {"browser", "live_server", "valkey_server", "imap_server", "smtp_server", "caldav_server"}
OWN_PROCESSES_IN = ("tests.browser", "tests.jobs", "tests.lib.test_live", "tests.mailroom.test_port", "tests.integrations")

_started: list[Postgres] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    given = os.environ.get("FRONTDESK_TEST_DATABASE", "sqlite")
    parser.addoption("--databases", default=given, help="sqlite, postgresql or both, with a comma between")


def pytest_configure(config: pytest.Config) -> None:
    """Close the way out. Start one PostgreSQL for all test processes, in the first of them; the others find it in the environment.

    Tests that had a second try are named at the end."""
    config.option.reportchars += "R"
    offline.shut()
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
        kinds = names(metafunc.config)
        one = metafunc.definition.get_closest_marker("one_database") is not None
        metafunc.parametrize("database", kinds[:1] if one else kinds, indirect=True, scope="session")


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


Sites = Callable[[str], Site]


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Gives the running site of this test process on a kind of database; started when first asked for."""
    running: dict[str, Site] = {}

    def on(kind: str) -> Site:
        if kind not in running:
            running[kind] = Site(tmp_path_factory.mktemp("site"), kind).start()
        return running[kind]

    yield on
    for site in running.values():
        site.stop()


@pytest.fixture
def site_database() -> str:
    """Where the live site keeps its rows. Parametrise it where a browser test must run on both databases."""
    return "sqlite"


@pytest.fixture
def live_server(sites: Sites, site_database: str) -> Iterator[Site]:
    """The whole product in its own processes, empty: `live_server.url`, and `live_server.app` to make rows in this process."""
    site = sites(site_database)
    site.empty()
    yield site


@pytest.fixture
def valkey_server() -> Iterator[Valkey]:
    """A Valkey for this test alone: `.url`, `.kill()`, `.start()`."""
    with Valkey() as server:
        yield server


@pytest.fixture(scope="session")
def imap_servers() -> Iterator[list[Dovecot | Pymap]]:
    running: list[Dovecot | Pymap] = []
    yield running
    for server in running:
        server.stop()


@pytest.fixture
def imap_server(imap_servers: list[Dovecot | Pymap]) -> Dovecot | Pymap:
    """A real IMAP server: `.port`, any user with the password `.password`. Dovecot, or pymap where that is not installed."""
    if not imap_servers:
        imap_servers.append((Dovecot() if machine.dovecot() else Pymap()).start())
    return imap_servers[0]


@pytest.fixture
def smtp_server() -> Iterator[Mailbox]:
    """A real SMTP server in this process: `.url`, and what it was given in `.letters` (email.message.EmailMessage)."""
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="session")
def caldav_server() -> Iterator[Radicale]:
    """A real CalDAV server without passwords: `.url`; use another user name in each test."""
    with Radicale() as server:
        yield server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip only what this machine has nothing for, and begin with the slow tests, so that no core waits for the other at the end."""
    databases = names(config)
    for item in items:
        wanted = set(getattr(item, "fixturenames", ()))
        if "browser" in wanted and (machine.chromium() is None or os.environ.get("FRONTDESK_SKIP_BROWSER")):
            item.add_marker(pytest.mark.skip(reason="no browser on this machine"))
        if wanted & {"valkey_server"} and valkey.program() is None:
            item.add_marker(pytest.mark.skip(reason="no Valkey or Redis on this machine"))
        if wanted & OWN_PROCESSES or item.nodeid.replace("/", ".").startswith(OWN_PROCESSES_IN):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=1))
        # Counting lines costs two thirds again, and the second database runs the same lines.
        if "sqlite" in databases and "[postgresql" in item.name:
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=lambda item: not {"browser", "live_server"} & set(getattr(item, "fixturenames", ())))
