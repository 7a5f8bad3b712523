"""Workers, ticker and Valkey are killed in the middle of their work: every errand has its effect, and has it once."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app import create_app
from app.lib.db import db, unit_of_work
from app.lib.jobs import Nudger
from app.lib.outbox import later
from tests.copies import Copied
from tests.jobs import office  # noqa: F401 - registers the errand here too
from tests.servers import Valkey, wait_until

pytestmark = pytest.mark.timeout(600)
PATIENCE = 60  # seconds that a process may take to end on a busy machine
KEY = "a key for tests only, long enough"


class Office:
    """One installation with real worker and ticker processes, started again when they end, as a supervisor would."""

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        settings = {
            "FRONTDESK_ENV": "test",
            "FRONTDESK_INSTANCE_DIR": str(folder),
            "FRONTDESK_SECRET_KEY": KEY,
            "FRONTDESK_LOG_LEVEL": "ERROR",
        }
        self.env = {**os.environ, **settings, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        self.staff: dict[str, Copied] = {}
        self.log = folder / "office.log"
        # The limiter of this process is one for all apps: only the nudges of this one may need the Redis that we kill.
        self.app = create_app(env="test", instance_dir=str(folder), secret_key=KEY, database_url=database_url, log_level="ERROR")
        self.app.extensions["frontdesk.jobs"] = Nudger(redis_url)
        with self.app.app_context():
            db.create_all()
            with db.engine.begin() as connection:
                connection.execute(text("CREATE TABLE effects (number INTEGER NOT NULL)"))

    def hire(self, name: str) -> None:
        self.staff[name] = Copied("tests.jobs.office", [name.partition("-")[0]], self.env, self.log)

    def kill(self, name: str) -> None:
        self.staff[name].kill()
        self.staff[name].wait()

    def look_after(self) -> None:
        for name in [name for name, process in self.staff.items() if process.poll() is not None]:
            self.hire(name)

    def close(self) -> None:
        for process in self.staff.values():
            process.send_signal(signal.SIGTERM)
        for process in self.staff.values():
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def give(self, numbers: range) -> None:
        with self.app.app_context():
            for number in numbers:
                with unit_of_work():
                    later("test.effect", number=number)

    def ask(self, question: str) -> int:
        # As a page asks: one that writes would wait for its turn among the workers.
        with self.app.test_request_context(), db.engine.connect() as connection:
            return int(connection.execute(text(question)).scalar_one())

    def effects(self) -> int:
        return self.ask("SELECT count(*) FROM effects")

    def until(self, count: int, seconds: float = 300) -> None:
        def enough() -> bool:
            self.look_after()
            time.sleep(0.05)
            return self.effects() >= count

        wait_until(enough, f"effect {count}", seconds)


@pytest.fixture
def redis_server() -> Iterator[Valkey]:
    with Valkey() as server:
        yield server


@pytest.fixture
def office_on(tmp_path: Path, database: str, empty_database: Callable[[str], str]) -> Iterator[Callable[[str], Office]]:
    opened: list[Office] = []

    def open_office(redis_url: str) -> Office:
        opened.append(Office(tmp_path, empty_database(database), redis_url))
        return opened[-1]

    yield open_office
    for office_ in opened:
        office_.close()


def assert_each_effect_once(house: Office, count: int) -> None:
    house.until(count)
    wait_until(lambda: house.ask("SELECT count(*) FROM errands WHERE state <> 'done'") == 0, "the last done")
    assert house.effects() == count
    assert house.ask("SELECT count(DISTINCT number) FROM effects") == count


def test_400_errands_have_400_effects_while_everything_is_killed(office_on: Callable[[str], Office], redis_server: Valkey) -> None:
    house = office_on(redis_server.url)
    for name in ("worker-1", "worker-2", "ticker"):
        house.hire(name)
    house.give(range(100))
    house.until(50)
    redis_server.kill()
    house.give(range(100, 200))
    redis_server.start()
    house.until(120)
    house.kill("worker-1")
    house.give(range(200, 300))
    house.until(220)
    redis_server.kill()
    house.kill("worker-1")
    house.kill("worker-2")
    house.kill("ticker")
    house.give(range(300, 400))
    time.sleep(1)
    redis_server.start()
    assert_each_effect_once(house, 400)


def test_two_tickers_without_redis_do_everything_once(office_on: Callable[[str], Office]) -> None:
    house = office_on("")
    house.hire("ticker-1")
    house.hire("ticker-2")
    house.give(range(60))
    house.until(20)
    house.kill("ticker-1")
    assert_each_effect_once(house, 60)


def test_a_worker_stops_when_asked(office_on: Callable[[str], Office], redis_server: Valkey) -> None:
    house = office_on(redis_server.url)
    house.hire("worker-1")
    house.give(range(3))
    house.until(3)
    house.staff["worker-1"].send_signal(signal.SIGTERM)
    assert house.staff["worker-1"].wait(PATIENCE) == 0


def test_a_worker_stops_when_asked_while_redis_is_away(office_on: Callable[[str], Office], redis_server: Valkey) -> None:
    house = office_on(redis_server.url)
    house.hire("worker-1")
    house.give(range(1))
    house.until(1)
    redis_server.kill()
    time.sleep(1)
    house.staff["worker-1"].send_signal(signal.SIGTERM)
    assert house.staff["worker-1"].wait(PATIENCE) == 0
