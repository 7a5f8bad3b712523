"""Sizes: a file can be read in one sitting, a function at one glance."""

from __future__ import annotations

import ast

from tests.walls.source import place, python_files, tree

LONGEST_FILE, LONGEST_FUNCTION = 300, 40
CODE = python_files("app", "jobs")


def test_no_file_is_too_long() -> None:
    assert [f"{place(path, lines)}" for path in CODE if (lines := len(path.read_text().splitlines())) > LONGEST_FILE] == []


def test_no_function_is_too_long() -> None:
    found = [
        f"{place(path, node.lineno)} {node.name}"
        for path in CODE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert found == []
