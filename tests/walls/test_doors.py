"""The doors: from another slice one imports its models, its events and its one declared socket, nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import app
from app.settings import ROOT
from tests.walls.source import python_files

SLICES = {name for floor in app.FLOORS for name in floor}
OPEN = {"models", "events"}
# The socket of a slice: what others may plug into, or the tool it lends. Consults has two kinds of plugs.
SOCKETS: dict[str, str | tuple[str, ...]] = {
    "accounts": "signing",
    "bot": "answers",
    "business": "firm",
    "calls": "rooms",
    "checkout": "gateways",
    "consults": ("calendars", "providers"),
    "contact": "sinks",
    "chat": "first_responder",
    "conversations": "sinks",
    "help": "library",
    "hours": "clockwork",
    "notifications": "channels",
    "tickets": "sinks",
}
BANNED = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "service", "services"}


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module or name that the file imports, dotted, with its line."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def sockets(slice_name: str) -> tuple[str, ...]:
    found = SOCKETS.get(slice_name, ())
    return (found,) if isinstance(found, str) else found


def trespass(path: Path, name: str) -> bool:
    """Does a file of one slice reach behind another slice's doors?"""
    home = path.relative_to(ROOT).parts[1]
    parts = name.split(".")
    if len(parts) < 3 or parts[0] != "app" or parts[1] not in SLICES or parts[1] == home:
        return False
    return parts[2] not in OPEN and parts[2] not in sockets(parts[1])


def test_slices_use_only_each_others_doors() -> None:
    slices = [path for path in sorted((ROOT / "app").rglob("*.py")) if path.relative_to(ROOT).parts[1] in SLICES]
    found = [f"{path.relative_to(ROOT)}:{line} imports {name}" for path in slices for name, line in imports(path) if trespass(path, name)]
    assert not found


def test_the_ground_knows_no_slice() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sorted((ROOT / "app" / "lib").rglob("*.py"))
        for name, line in imports(path)
        if name.startswith("app.") and name.split(".")[1] in SLICES
    ]
    assert not found


def test_nothing_is_called_a_helper() -> None:
    assert not [str(path.relative_to(ROOT)) for path in python_files("app", "jobs", "tests") if {path.stem, *path.parent.parts} & BANNED]


def test_a_slice_has_no_code_in_its_init() -> None:
    found = []
    for name in sorted(SLICES):
        path = ROOT / "app" / name / "__init__.py"
        if path.exists() and len(ast.parse(path.read_text()).body) != 1:
            found.append(str(path.relative_to(ROOT)))
    assert not found
