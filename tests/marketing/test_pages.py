"""The public pages: they answer, they are whole, they lead nowhere wrong, and they set nothing on a stranger."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.business.models import Offer, Profession
from app.lib import pagecache

PAGES = [
    "/",
    "/for/therapists",
    "/for/physicians",
    "/for/consultants",
    "/offers",
    "/offers/clear-view",
    "/offers/steady-caseload",
    "/offers/own-practice",
    "/offers/signed-work",
    "/about",
    "/legal/privacy",
    "/legal/terms",
    "/legal/accessibility",
]
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use", "path", "circle", "rect"}


class Reader(HTMLParser):
    """Reads a page as a strict reader would: what it leads to, what it is called, and which tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.named: list[str] = []
        self.facts: dict[str, str] = {}
        self.feed(text)
        self.faults += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags[tag] += 1
        self.faults += [f"<{tag}> has {name} twice" for name, count in Counter(name for name, _ in attrs).items() if count > 1]
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        for name in ("href", "src", "action"):
            if given.get(name) is not None:
                self.links.append(str(given[name]))
        for name in ("for", "aria-labelledby", "aria-describedby"):
            self.named += str(given.get(name) or "").split()
        if tag == "meta":
            self.facts[str(given.get("name") or given.get("property"))] = str(given.get("content"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:]} at line {self.getpos()[0]}")
        else:
            self.open.pop()


@pytest.fixture
def look(app: Flask, client: FlaskClient) -> Callable[[str], Reader]:
    pagecache.forget(app)

    def at(path: str) -> Reader:
        answer = client.get(path)
        assert answer.status_code == 200, path
        return Reader(answer.text)

    return at


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole(look: Callable[[str], Reader], path: str) -> None:
    page = look(path)
    assert page.faults == []
    assert page.tags["h1"] == page.tags["main"] == page.tags["title"] == 1
    assert [name for name, count in page.ids.items() if count > 1] == []
    assert [name for name in page.named if name not in page.ids] == []
    assert 50 <= len(page.facts["description"]) <= 200
    assert page.facts["og:title"] and page.facts["og:image"].startswith("http://localhost/assets/")


@pytest.mark.parametrize("path", PAGES)
def test_no_link_leads_nowhere(look: Callable[[str], Reader], client: FlaskClient, path: str) -> None:
    page = look(path)
    own = {link.partition("#")[0] for link in page.links if link.startswith("/")}
    assert [link for link in own if client.get(link).status_code >= 400] == []
    assert [link for link in page.links if link.startswith("#") and link[1:] not in page.ids] == []
    outside = [link for link in page.links if link.startswith("http") and not link.startswith("http://localhost")]
    assert all(link.startswith("https://www.openstreetmap.org/") for link in outside)


@pytest.mark.parametrize("path", PAGES)
def test_reading_sets_no_cookie_and_is_served_from_memory(app: Flask, client: FlaskClient, path: str) -> None:
    pagecache.forget(app)
    first, second = client.get(path), client.get(path)
    assert "Set-Cookie" not in first.headers and first.data == second.data
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_titles_are_unlike_one_another(client: FlaskClient) -> None:
    titles = [re.search("<title>(.*?)</title>", client.get(path).text, re.S)[1].strip() for path in PAGES]  # type: ignore[index]
    assert len(set(titles)) == len(PAGES) and all(title.endswith("· Northlight") for title in titles)


def test_the_singular_leads_to_the_plural_and_others_are_not_found(client: FlaskClient) -> None:
    assert client.get("/for/therapist").headers["Location"] == "/for/therapists"
    for path in ("/for/astronauts", "/offers/none", "/legal/none", "/legal/..%2fsite", "/for/%00", "/offers/a%0d%0ab"):
        assert client.get(path).status_code == 404


def test_each_price_stands_where_it_is_sold(client: FlaskClient) -> None:
    everything = client.get("/offers").text
    for offer in Offer.all():
        words = f"${offer.price // 100:,}"
        assert words in everything and words in client.get(f"/offers/{offer.slug}").text


def test_the_privacy_page_speaks_of_chat_and_calls(client: FlaskClient) -> None:
    text = client.get("/legal/privacy").text
    assert ">Chat<" in text and "Calls are not recorded" in text and "Screen sharing" in text


@pytest.mark.parametrize("plural", ["therapists", "physicians", "consultants"])
def test_every_way_to_a_consult_on_the_page_of_a_profession_leads_to_what_fits_it(client: FlaskClient, plural: str) -> None:
    page = client.get(f"/for/{plural}").text
    body = page[: page.index("<footer")]
    ways = set(re.findall(r'href="(/book[^"]*)"', body))
    assert ways == {f"/book?profession={plural[:-1]}"}
    others = {"therapists", "physicians", "consultants"} - {plural}
    shown = client.get(ways.pop()).text
    assert f"First call for {plural}" in shown and not any(f"First call for {other}" in shown for other in others)


def test_the_site_map_lists_what_is_public(client: FlaskClient) -> None:
    answer = client.get("/sitemap.xml")
    tree = ElementTree.fromstring(answer.data)  # noqa: S314 - our own
    names = [node.text or "" for node in tree.iter(f"{SITEMAP}loc")]
    assert answer.mimetype == "application/xml"
    assert {f"http://localhost{path}" for path in PAGES} <= set(names) and len(names) == len(set(names))
    assert not any(name.startswith(("http://localhost/desk", "http://localhost/account", "http://localhost/checkout")) for name in names)


def test_robots_manifest_and_sign(client: FlaskClient) -> None:
    robots = client.get("/robots.txt").text
    assert "Sitemap: http://localhost/sitemap.xml" in robots and "Disallow: /desk/" in robots
    answer = client.get("/site.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    assert all(client.get(icon["src"]).status_code == 200 for icon in json.loads(answer.data)["icons"])
    assert client.get("/favicon.ico", follow_redirects=True).mimetype == "image/svg+xml"


def test_the_style_guide_is_for_agents(
    client: FlaskClient, client_of: Callable[[Person], FlaskClient], grace: Person, eve: Person, linus: Person
) -> None:
    assert client.get("/desk/styleguide").status_code != 200
    assert client_of(eve).get("/desk/styleguide").status_code == 403
    for agent in (grace, linus):
        page = Reader(client_of(agent).get("/desk/styleguide").text)
        assert page.faults == [] and [name for name, count in page.ids.items() if count > 1] == []


def test_every_profession_offers_its_programme(look: Callable[[str], Reader]) -> None:
    for one in Profession.all():
        assert f"/offers/{one.offer}" in look(f"/for/{one.plural}").links


@pytest.mark.parametrize("code", [403, 404, 422, 429, 503])
def test_error_pages_are_whole(app: Flask, code: int) -> None:
    with app.test_request_context("/somewhere"):
        page = Reader(app.jinja_env.get_template(f"errors/{code}.html").render())
    assert page.faults == [] and page.tags["h1"] == 1


def test_the_page_for_our_own_faults_needs_nothing(app: Flask) -> None:
    source = (app.jinja_env.get_template("errors/500.html").filename) or ""
    with open(source, encoding="utf-8") as file:
        text = file.read()
    page = Reader(text)
    assert page.faults == [] and "{{" not in text and "{%" not in text
    assert page.links == ["/"]
