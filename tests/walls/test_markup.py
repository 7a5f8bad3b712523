"""Markup: every page that can be reached without knowing a secret is valid HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.help import library
from tests.markup import faults
from tests.walls.test_routes import doors

WHOLE = "<!doctype html><html lang=en><head><title>x</title></head><body><main>{}</main></body></html>"
HELP = [
    "/help/search?q=refnd",
    "/help/search?q=call&category=tutorials",
    "/help/search?q=zeppelin",
    "/help/faq?q=refund",
    "/help/nothing/here",
    "/no-such-page",
]


def places(app: Flask, *wanted: str) -> list[str]:
    """The addresses of all pages that need no more than to be asked for."""
    return sorted({str(rule) for rule, method in doors(app, *wanted) if method == "GET" and not rule.arguments})


def invalid(client: FlaskClient, addresses: Iterable[str]) -> dict[str, list[str]]:
    """What is wrong with each page that is a whole page of HTML."""
    found = {}
    for address in addresses:
        answer = client.get(address)
        if answer.location is None and answer.mimetype == "text/html" and "<html" in answer.text and (wrong := faults(answer.text)):
            found[address] = wrong
        answer.close()
    return found


def mapped(client: FlaskClient) -> list[str]:
    return re.findall(r"<loc>https?://[^/<]+([^<]*)</loc>", client.get("/sitemap.xml").text)


def test_every_page_for_everybody_is_valid(app: Flask, client: FlaskClient) -> None:
    addresses = {*places(app, "everybody"), *mapped(client), *HELP}
    assert len(addresses) > 100
    assert invalid(client, sorted(addresses)) == {}


def test_every_page_of_the_help_center_is_valid(app: Flask, client: FlaskClient) -> None:
    catalog = library.catalog()
    shelves = [one.url for one in (*catalog.categories, *catalog.topics)]
    assert invalid(client, [*shelves, *(one.url for one in library.articles())]) == {}


def test_every_page_behind_the_sign_in_is_valid(app: Flask, linus: Person, eve: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    assert invalid(client_of(linus), places(app, "agent", "editor", "admin")) == {}
    assert invalid(client_of(eve), places(app, "customer")) == {}


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p><div>x</div></p>", "<div> in <p>"),
        ("<ul><p>x</p></ul>", "<p> straight in <ul>"),
        ("<ul>x</ul>", "words straight in <ul>"),
        ("<p>x", "</main> while <p> is open"),
        ("<p>x</b></p>", "</b> while <p> is open"),
        ('<p id="a">x</p><p id="a">y</p>', "stands 2 times"),
        ('<label for="a">x</label>', "wants 'a'"),
        ('<a href="#a">x</a>', "wants 'a'"),
        ('<a href="/"><button type="button">x</button></a>', "<button> inside <a>"),
        ('<p align="left">x</p>', "<p align> does not exist"),
        ("<center>x</center>", "<center> is no element"),
        ('<img src="/x">', "<img> without alt"),
        ('<p class="a" class="b">x</p>', "class twice"),
        ("<h2></h2>", "<h2> without words"),
        ("<details>x</details>", "without <summary>"),
        ("<div/>", "does not close itself"),
    ],
)
def test_what_is_invalid_is_seen(html: str, words: str) -> None:
    assert faults(WHOLE.format("<p>x</p>")) == []
    assert words in " ".join(faults(WHOLE.format(html)))
