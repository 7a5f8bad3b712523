"""Phone numbers: one form for people, one for links, whoever wrote them down."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from app.lib.phones import dialled, spoken
from app.settings import ROOT


@pytest.mark.parametrize(
    ("kept", "read", "link"),
    [
        ("+12025550142", "+1 202-555-0142", "tel:+12025550142"),
        ("+1 202 555 0142", "+1 202-555-0142", "tel:+12025550142"),
        ("+442079460018", "+44 20 7946 0018", "tel:+442079460018"),
        ("(202) 555-0142", "(202) 555-0142", "tel:2025550142"),
        ("ask Grace", "ask Grace", "tel:"),
        ("", "", "tel:"),
    ],
)
def test_a_number_is_read_in_one_form_and_dialled_in_one(app: Flask, kept: str, read: str, link: str) -> None:
    assert (spoken(kept), dialled(kept)) == (read, link)
    assert render_template_string("{{ kept|phone }} {{ kept|tel }}", kept=kept) == f"{read} {link}"


def test_the_number_of_the_firm_is_read_in_that_form_too(client: FlaskClient) -> None:
    page = client.get("/").text
    assert 'href="tel:+12025550142"' in page and "+1 202-555-0142" in page and "(202)" not in page


def test_no_template_shows_or_links_a_number_without_the_filters() -> None:
    raw = re.compile(r"tel:\{\{|[\"']tel:[\"'] ?~|\{\{ ?(?:\w+\.)*phone ?\}\}")
    pages = {path: path.read_text() for path in (ROOT / "templates").rglob("*.*")}
    shown = [f"{path.relative_to(ROOT)}: {found[0]}" for path, words in pages.items() for found in raw.finditer(words)]
    assert not shown
