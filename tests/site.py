"""The whole product, served as bin/run serves it: supervisor, Valkey, web, workers and ticker, on a database of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from flask import Flask
from redis import Redis
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import create_app
from app.lib import limits
from app.lib.db import db
from app.settings import ROOT
from jobs.child import die_with_parent
from tests import databases
from tests.servers import free_port, wait_until

KEY = "a key for tests only, long enough"
KEPT = {"alembic_version", "leases", "last_turns"}


class Site:
    """A running installation. `url` is where it is served; `app` is the same app in this process, on the same database."""

    def __init__(self, folder: Path, kind: str = "sqlite", **settings: str) -> None:
        self.instance = folder / "instance"
        self.instance.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "site.log"
        database_url = databases.create(f"site_{databases.number()}_{self.port}") if kind == "postgresql" else ""
        self.settings = {
            "FRONTDESK_ENV": "test",
            "FRONTDESK_INSTANCE_DIR": str(self.instance),
            "FRONTDESK_SECRET_KEY": KEY,
            "FRONTDESK_ARGON2_PROFILE": "tiny",
            "FRONTDESK_DEMO": "no",
            "FRONTDESK_BOT": "no",
            "FRONTDESK_BASE_URL": self.url,
            "DATABASE_URL": database_url,
            **settings,
        }
        self.env = {**os.environ, **self.settings, "PORT": str(self.port), "HOST": "127.0.0.1", "WORKERS": "1"}
        self.env.pop("REDIS_URL", None)
        self.env.update({name: value for name, value in settings.items() if name == "REDIS_URL"})
        self.process: subprocess.Popen[bytes] | None = None
        self._app: Flask | None = None

    def start(self, within: float = 180) -> Site:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "jobs.supervisor"]
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,
            )
        wait_until(lambda: "is ready" in self.words() or self.process is None or self.process.poll() is not None, "the site", within)
        if self.process.poll() is not None:
            raise RuntimeError(self.words())
        return self

    def words(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C does; gives the exit code."""
        if self._app is not None:
            with self._app.app_context():
                db.session.remove()
                db.engine.dispose()
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self.process = None
        return code

    @property
    def redis_url(self) -> str:
        return f"unix://{self.instance / 'run' / 'redis.sock'}"

    @property
    def app(self) -> Flask:
        """The app on the site's database: rows made here are seen there, nudges and live frames made here arrive there."""
        if self._app is None:
            settings = self.settings
            self._app = create_app(
                env="test",
                instance_dir=str(self.instance),
                secret_key=KEY,
                argon2_profile="tiny",
                bot=False,
                base_url=self.url,
                database_url=settings["DATABASE_URL"],
                redis_url=settings.get("REDIS_URL") or self.redis_url,
                log_level="ERROR",
            )
            # The limiter of this process is one for all apps; here it must not need the site's Valkey.
            self._app.config["RATELIMIT_STORAGE_URI"] = "memory://"
            limits.limiter.init_app(self._app)
        return self._app

    def empty(self) -> None:
        """As after the first start: no rows, no counted requests."""
        with self.app.app_context():
            db.session.remove()
            for _ in range(20):
                try:
                    self.delete_rows()
                    break
                except OperationalError:  # a worker has the row just now
                    time.sleep(0.1)
        with Redis.from_url(self.redis_url) as redis:
            redis.flushdb()

    def delete_rows(self) -> None:
        tables = [table for table in reversed(db.metadata.sorted_tables) if table.name not in KEPT]
        with db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET lock_timeout = '500ms'"))
                connection.exec_driver_sql(databases.emptying(tables))
            else:
                connection.commit()
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                for table in tables:
                    connection.execute(text(f"DELETE FROM {table.name}"))
            connection.commit()
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")
