"""The source as the walls read it: files, calls and their first words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from app.settings import ROOT

TEMPLATES = ROOT / "templates"


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def template_files() -> list[Path]:
    return sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt", ".subject", ".xml", ".ics", ".json"})


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def calls(path: Path, *names: str) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a function of these names (alone or behind a dot) whose first word is written out, with that word."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and called(node) in names and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node, first.value


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


def words(path: Path) -> Iterator[tuple[str, int]]:
    """Every string that is written out in the file, with its line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno
