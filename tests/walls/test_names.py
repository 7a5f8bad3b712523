"""Names that are written as words lead somewhere: templates, letters, endpoints, errands, facts."""

from __future__ import annotations

import dataclasses
import re

import pytest
from flask import Flask
from jinja2 import nodes
from jinja2.meta import find_referenced_templates

from app.lib import facts, outbox
from tests.walls.source import TEMPLATES, calls, place, python_files, template_files, words

pytestmark = pytest.mark.one_database

TEMPLATE = re.compile(r"[a-z_]+(/[a-z0-9_.-]+)+\.(html|txt|xml)")


def test_every_template_that_code_names_is_there() -> None:
    named = [(path, line, word) for path in python_files("app", "jobs") for word, line in words(path) if TEMPLATE.fullmatch(word)]
    assert [f"{place(path, line)} names {word}" for path, line, word in named if not (TEMPLATES / word).exists()] == []


def test_every_letter_that_code_writes_is_there() -> None:
    missing = []
    for path in python_files("app", "jobs"):
        for call, name in calls(path, "write"):
            slice_name, _, letter = name.partition("/")
            files = [TEMPLATES / slice_name / "letters" / f"{letter}.{kind}" for kind in ("subject", "txt")]
            if letter and not all(file.exists() for file in files):
                missing.append(f"{place(path, call.lineno)} writes {name}")
    assert missing == []


def test_every_template_can_be_read_and_finds_what_it_includes(app: Flask) -> None:
    missing = []
    for path in template_files():
        parsed = app.jinja_env.parse(path.read_text())
        for name in find_referenced_templates(parsed):
            if name is not None and not (TEMPLATES / name).exists():
                missing.append(f"{path.relative_to(TEMPLATES)} needs {name}")
    assert missing == []


def endpoints_in_templates(app: Flask) -> list[tuple[str, str]]:
    found = []
    for path in template_files():
        for call in app.jinja_env.parse(path.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "url_for" and call.args and isinstance(call.args[0], nodes.Const):
                found.append((str(path.relative_to(TEMPLATES)), str(call.args[0].value)))
    return found


def test_every_link_leads_to_an_endpoint(app: Flask) -> None:
    in_code = [(place(path, call.lineno), name) for path in python_files("app") for call, name in calls(path, "url_for", "see", "absolute")]
    links = [(where, name) for where, name in in_code + endpoints_in_templates(app) if not name.startswith((".", "/"))]
    not_yet = {"accounts.new_session"} if "accounts.new_session" not in app.view_functions else set()
    assert [f"{where} links to {name}" for where, name in links if name not in {*app.view_functions, *not_yet}] == []


def test_every_errand_that_is_sent_has_somebody_to_run_it(app: Flask) -> None:
    sent = [(place(path, call.lineno), name) for path in python_files("app", "jobs") for call, name in calls(path, "later")]
    assert [f"{where} sends {name}" for where, name in sent if name not in outbox.handlers()] == []


def kinds_of_facts() -> list[type[facts.Fact]]:
    return [kind for kind in facts.Fact.__subclasses__() if kind.__module__.startswith("app.")]


@pytest.mark.parametrize("kind", kinds_of_facts(), ids=lambda kind: kind.__name__)
def test_a_fact_says_what_it_is_and_carries_plain_values(kind: type[facts.Fact]) -> None:
    assert kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}(")
    plain = re.compile(r"(int|str|bool|float|None|list|dict|tuple|[\[\], |.])+")
    assert [item.name for item in dataclasses.fields(kind) if not plain.fullmatch(str(item.type))] == []


def test_facts_live_in_the_events_of_their_slice(app: Flask) -> None:
    assert [kind.__qualname__ for kind in kinds_of_facts() if not re.fullmatch(r"app\.\w+(\.\w+)?\.events", kind.__module__)] == []
