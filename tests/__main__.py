"""bin/test: the whole suite on SQLite and on PostgreSQL, browsers included, on all cores. Further words go to pytest.

From Python 3.12 on it counts the lines that were run as well; before, counting makes every test half as long again (`--cov` asks for it).
"""

from __future__ import annotations

import os
import sys

import pytest

from tests import machine


def main(words: list[str]) -> int:
    if machine.chromium() is None and not os.environ.get("FRONTDESK_SKIP_BROWSER"):
        machine.fetch_chromium()
    print(machine.said(), flush=True)
    return int(pytest.main([*defaults(words), *words]))


def defaults(words: list[str]) -> list[str]:
    """What the whole suite wants; a narrower question (a file, -k) runs in one process and counts no lines."""
    databases = ["--databases=sqlite,postgresql"] if machine.postgres_bin() else []
    if any(not word.startswith("-") for word in words):
        return databases
    # One more than there are cores: a test with a browser waits for it a third of the time.
    workers = str(1 + max(2, os.cpu_count() or 2))
    return [*databases, "-n", workers, "--dist", "worksteal", *counting()]


def counting() -> list[str]:
    if sys.version_info < (3, 12):
        return []
    os.environ.setdefault("COVERAGE_CORE", "sysmon")  # counts lines at almost no cost
    return ["--cov", "--cov-report", "term:skip-covered"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
