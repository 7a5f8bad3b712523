"""The linter's findings as the desk shows them. Those of a large tree are kept beside the catalogue: to find them takes longer than a
request may."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from app.help import lint
from app.help.library import library
from app.lib import clock
from app.lib.content import Problem
from app.lib.search.segment import write

FEW = 300


def found() -> tuple[list[lint.Finding], bool]:
    """What is wrong with the files, errors first, and whether that is about the files as they are now."""
    if is_small():
        return in_order(list(lint.findings())), True
    stamp, kept = load()
    return kept, stamp == today()


def renew() -> None:
    """Look through a large tree again if anything has changed since, or a day has passed."""
    if not is_small() and load()[0] != (stamp := today()):
        rows = [(kind, asdict(problem)) for kind, problem in in_order(list(lint.findings()))]
        write(place(), json.dumps([stamp, rows]).encode())


def is_small() -> bool:
    return len(library().catalog.articles) <= FEW


def in_order(findings: list[lint.Finding]) -> list[lint.Finding]:
    return sorted(findings, key=lambda one: (one[0] != lint.ERROR, one[1]))


def today() -> str:
    """What findings depend on: the files, and the day, for reviews that become due."""
    return f"{library().catalog.version} {clock.now().date()}"


def place() -> Path:
    return library().folder / "findings.json"


def load() -> tuple[str, list[lint.Finding]]:
    try:
        stamp, rows = json.loads(place().read_bytes())
        return stamp, [(kind, Problem(**row)) for kind, row in rows]
    except (OSError, ValueError, TypeError):
        return "", []
