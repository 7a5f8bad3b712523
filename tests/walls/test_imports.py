"""Importing the app opens no connection, starts no thread and asks no name server; making it does neither."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.settings import ROOT

PROGRAM = """
import sys, threading
def shut(event, words):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system"}:
        raise SystemExit(f"{event} {words[1:]} while importing")
sys.addaudithook(shut)
import importlib, pkgutil
import app, jobs
for package in (app, jobs):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(found.name)
app.create_app()
assert threading.active_count() == 1, threading.enumerate()
"""


def test_importing_everything_reaches_for_nothing(tmp_path: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FRONTDESK_", "DATABASE_URL", "REDIS_URL"))}
    env = {**plain, "FRONTDESK_INSTANCE_DIR": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
