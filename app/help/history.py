"""What git knows of a tree, in one pass over its log: changes by file, and which old paths became which.

Without git, in a shallow clone or in a tree that git does not own, the answer is simply shorter: never an error.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.help.models.articles import Change

FORMAT = "%x01%H%x02%cI%x02%an%x02%s%x02%(trailers:key=Approved-by,key=Reviewed-by,valueonly,separator=%x03)"
MOST_CHANGES = 10
ADDRESS = re.compile(r"\s*<[^>]*>")
SECONDS = 60


@dataclass
class History:
    """`changes`: newest first, by path relative to the tree. `moved`: old path -> the path it has today."""

    head: str = ""
    changes: dict[str, list[Change]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    shallow: bool = False


def head_of(folder: Path) -> str:
    """The commit that the tree stands on; '' when git does not know."""
    return git(folder, "rev-parse", "HEAD").strip()


def history_of(folder: Path) -> History:
    """Read the log of everything under `folder` once, following renames (similarity 60 % or more) backwards."""
    head = head_of(folder)
    if not head:
        return History()
    log = git(
        folder, "-c", "core.quotePath=false", "log", "--relative", "-M60%", "-l3000", "--name-status", f"--format={FORMAT}", "--", "."
    )
    history = History(head, shallow=git(folder, "rev-parse", "--is-shallow-repository").strip() == "true")
    today: dict[str, str] = {}
    for change, status, paths in entries(log):
        take(history, today, change, status, paths)
    return history


def take(history: History, today: dict[str, str], change: Change, status: str, paths: list[str]) -> None:
    """Walk one step back in time. `today` says under which path a file of that time lives now ('' when it was deleted)."""
    path = today.setdefault(paths[-1], "" if status == "D" else paths[-1])
    if status.startswith("R") and len(paths) == 2:
        # Before this commit the same text stood under the old name, and the new name was free.
        history.moved.setdefault(paths[0], path)
        today[paths[0]] = path
    if status[:1] in "AR":
        today.pop(paths[-1], None)
    known = history.changes.setdefault(path, []) if path else []
    if len(known) < MOST_CHANGES:
        known.append(change)


def entries(log: str) -> Iterator[tuple[Change, str, list[str]]]:
    """(commit, status letter, paths) for each file of each commit, newest first."""
    for commit in log.split("\x01")[1:]:
        head, _, files = commit.partition("\n")
        _, at, author, subject, trailers = (head.split("\x02") + [""] * 5)[:5]
        approved = tuple(ADDRESS.sub("", name).strip() for name in trailers.split("\x03") if name.strip())
        change = Change(datetime.fromisoformat(at), author, subject, approved)
        for line in files.splitlines():
            status, *paths = line.split("\t")
            if paths and status[:1] in "AMDRCT":
                yield change, status, [path.strip('"') for path in paths]


def git(folder: Path, *words: str) -> str:
    """What git prints, '' when it fails. Nothing of the repository's own configuration is run."""
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", *words]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - fixed words, no shell
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
