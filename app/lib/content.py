"""Content: what editors commit as markdown with front matter and as TOML, read with care and kept while unchanged.

A file that cannot be read is left out and reported by `problems`, with its line; the rest of the site serves on.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from flask import current_app

LARGEST = 2_000_000
LINE = re.compile(r"line (\d+)")


@dataclass(frozen=True, order=True)
class Problem:
    """Something an editor should mend. `path` is relative to the content folder where it lies inside it; lines count from 1."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Document:
    """One file: its front matter as `meta`, the text under it as `body`, and where each began."""

    path: Path
    meta: dict[str, Any]
    body: str
    name: str = ""
    head: str = field(default="", repr=False)

    @property
    def slug(self) -> str:
        return self.path.stem

    @property
    def body_line(self) -> int:
        """The line of the file on which the body starts."""
        return self.head.count("\n") + 1

    def line_of(self, key: str) -> int:
        """The line of the file on which a front matter key stands; 1 when it is absent."""
        found = re.search(rf"^\s*(?:- )?{re.escape(key)}\s*[:=]", self.head, re.M)
        return self.head.count("\n", 0, found.end()) + 1 if found else 1

    def problem(self, message: str, key: str = "") -> Problem:
        return Problem(shown(self.path), self.line_of(key) if key else 1, message)


Kept = tuple[tuple[int, int], Document | None, tuple[Problem, ...]]
_kept: dict[Path, Kept] = {}
_checks: dict[str, Callable[[], Iterable[Problem]]] = {}


def root() -> Path:
    """The content folder of this installation (setting FRONTDESK_CONTENT_DIR)."""
    return Path(current_app.config["SETTINGS"].content_dir)


def shown(path: Path) -> str:
    return str(path).removeprefix(f"{root()}/")


def documents(folder: str | Path) -> list[Document]:
    """The readable markdown files under `folder` (relative to the content folder, or absolute), sorted by path."""
    return [document for _, document, _ in map(kept, files(folder)) if document is not None]


def problems(folder: str | Path) -> list[Problem]:
    """What keeps files under `folder` from being read, or was guessed while reading them."""
    return [problem for _, _, found in map(kept, files(folder)) for problem in found]


def document(folder: str | Path, slug: str) -> Document | None:
    """The file of that name directly in `folder`; None when absent, unreadable, or no plain name."""
    if not re.fullmatch(r"[\w-]+", slug):
        return None
    path = root() / folder / f"{slug}.md"
    return kept(path)[1] if path.is_file() else None


def table(name: str) -> dict[str, Any]:
    """A TOML file of the content folder; empty when it is missing or broken."""
    found = kept(root() / name)[1]
    return {} if found is None else found.meta


def table_problems(name: str) -> list[Problem]:
    return list(kept(root() / name)[2])


def check(name: str) -> Callable[[Callable[[], Iterable[Problem]]], Callable[[], Iterable[Problem]]]:
    """Decorator: what the linter shall run under this name. The function yields Problems."""

    def register(run: Callable[[], Iterable[Problem]]) -> Callable[[], Iterable[Problem]]:
        _checks[name] = run
        return run

    return register


def checked() -> Iterator[Problem]:
    """Every problem that every registered check finds, sorted within each check."""
    for name in sorted(_checks):
        yield from sorted(_checks[name]())


def files(folder: str | Path) -> Iterator[Path]:
    for place, folders, names in os.walk(root() / folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if name.endswith((".md", ".markdown")) and not name.startswith("."))


def kept(path: Path) -> Kept:
    """What the file holds, read again only when its time or size changed."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0), None, (Problem(shown(path), 1, "The file is missing."),)
    stamp = (found.st_mtime_ns, found.st_size)
    known = _kept.get(path)
    if known is None or known[0] != stamp:
        known = _kept[path] = (stamp, *read(path, found.st_size))
    return known


def read(path: Path, size: int) -> tuple[Document | None, tuple[Problem, ...]]:
    where = shown(path)
    if size > LARGEST:
        return None, (Problem(where, 1, f"The file is larger than {LARGEST // 1_000_000} MB and was left out."),)
    text, notes = decoded(path.read_bytes(), where)
    try:
        return parsed(path, text), notes
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        message = f"The front matter is not valid YAML: {error.problem or 'cannot be read'}."
        return None, (*notes, Problem(where, mark.line + 2 if mark else 1, message))
    except tomllib.TOMLDecodeError as error:
        at = LINE.search(str(error))
        return None, (*notes, Problem(where, int(at[1]) if at else 1, f"Not valid TOML: {error}."))
    except (ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        return None, (*notes, Problem(where, 1, f"The front matter cannot be read: {error}."))


def decoded(data: bytes, where: str) -> tuple[str, tuple[Problem, ...]]:
    """UTF-8 with or without a mark, any line ends; other bytes are read as Windows Latin and reported."""
    try:
        return plain(data.decode("utf-8-sig")), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return plain(data.decode("cp1252", errors="replace")), (Problem(where, line, "Not UTF-8; read as Windows Latin."),)


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def parsed(path: Path, text: str) -> Document:
    name = shown(path.with_suffix(""))
    if path.suffix == ".toml":
        return Document(path, tomllib.loads(text), "", name, text)
    post = frontmatter.loads(text)
    body = post.content
    start = text.find(body) if body else len(text)
    return Document(path, dict(post.metadata), body, name, text[: max(start, 0)])
