"""Templates: nothing inline that the content policy forbids, and every attribute of htmx spelled so that the HTML is valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.walls.source import template_files

JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
# The page for our own faults brings its style with it, allowed by its hash: nothing else may work by then.
OWN_STYLE = {"inline stylesheet": "templates/errors/500.html"}
PAGES = [path for path in template_files() if path.suffix == ".html" and "letter" not in str(path)]
BANS = {
    "inline style": re.compile(r"<[a-z][^<>]*\sstyle\s*="),
    "inline handler": re.compile(r"<[a-z][^<>]*\son[a-z]+\s*="),
    "inline script": re.compile(r"<script(?![^>]*\b(src|type=\"(importmap|application/(ld\+)?json|speculationrules)\"))", re.IGNORECASE),
    "inline stylesheet": re.compile(r"<style\b"),
    "htmx attribute without data-": re.compile(r"<[a-z][^<>]*[\s\"']hx-[a-z-]+(:[a-z-]+)?\s*="),
    "javascript link": re.compile(r"href\s*=\s*[\"']\s*javascript:", re.IGNORECASE),
    "unescaped value": re.compile(r"\|\s*safe\b"),
}


def lines_with(path: Path, fault: str) -> list[int]:
    """The lines of a template that show the fault once its Jinja is blanked out; `|safe` is looked for in the Jinja."""
    source = path.read_text()
    if fault != "unescaped value":
        source = JINJA.sub(lambda found: "\n" * found.group().count("\n"), source)
    return [source.count("\n", 0, found.end()) + 1 for found in BANS[fault].finditer(source)]


@pytest.mark.parametrize("fault", sorted(BANS))
def test_no_template_has(fault: str) -> None:
    found = [f"{path.relative_to(ROOT)}:{line}" for path in PAGES for line in lines_with(path, fault)]
    assert [place for place in found if not place.startswith(OWN_STYLE.get(fault, "-"))] == []
