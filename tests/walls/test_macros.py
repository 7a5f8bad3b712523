"""Templates again: each compiles, what it includes or extends is there, and each macro it calls takes what it is given."""

from __future__ import annotations

import pytest
from flask import Flask
from jinja2 import nodes

from app.settings import ROOT

pytestmark = pytest.mark.one_database

NAMES = sorted(path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*") if path.is_file())


def tree_of(app: Flask, name: str) -> nodes.Template:
    return app.jinja_env.parse((ROOT / "templates" / name).read_text(), name)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles_and_what_it_names_is_there(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)
    tree = tree_of(app, name)
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        if isinstance(node.template, nodes.Const):  # type: ignore[union-attr]
            app.jinja_env.get_template(node.template.value)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".html")])
def test_the_macros_it_calls_exist(app: Flask, name: str) -> None:
    ui = app.jinja_env.globals["ui"]
    called = {
        node.attr for node in tree_of(app, name).find_all(nodes.Getattr) if isinstance(node.node, nodes.Name) and node.node.name == "ui"
    }
    assert [macro for macro in sorted(called) if not hasattr(ui, macro)] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".html")])
def test_a_page_that_extends_has_nothing_but_blocks_on_top(app: Flask, name: str) -> None:
    """Sets and imports beside the blocks are lost when one block is rendered alone."""
    tree = tree_of(app, name)
    if not any(isinstance(node, nodes.Extends) for node in tree.body):
        return
    stray = [node for node in tree.body if not isinstance(node, (nodes.Extends, nodes.Block)) and not is_blank(node)]
    assert [f"line {node.lineno}" for node in stray] == []


def is_blank(node: nodes.Node) -> bool:
    parts = node.nodes if isinstance(node, nodes.Output) else [node]
    return all(isinstance(part, nodes.TemplateData) and not part.data.strip() for part in parts)
