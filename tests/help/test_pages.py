"""The pages: what a reader sees, where links lead, what is kept from whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.help import furniture, library, pages, shown
from app.help.models import Article
from app.lib import markdown, pagecache
from app.settings import ROOT
from tests.help.conftest import Get
from tests.places import Place


def test_the_demo_firm_answers_on_every_page(app: Flask, client: FlaskClient) -> None:
    addresses = ["/help/", "/help/faq", "/help/search", "/help/search?q=booking"]
    addresses += [category.url for category in library.catalog().categories]
    addresses += [topic.url for topic in library.catalog().topics]
    addresses += [article.url for article in library.articles()]
    assert {client.get(address).status_code for address in addresses} == {200}


def test_what_the_words_send_people_to_is_in_their_account(ada: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    html = client_of(ada).get("/account").text
    beside = re.search(r'<nav [^>]*aria-label="Your account".*?</nav>', html, re.S)
    assert beside is not None
    there = {" ".join(words.split()) for words in re.findall(r">([^<>]+)</a>", beside[0])}
    named = {
        (str(file.relative_to(ROOT)), name)
        for file in (ROOT / "content").rglob("*.md")
        for name in re.findall(r"\*Your account(?: →|,) ([^*]+)\*", file.read_text())
    }
    assert len(named) > 10 and not [one for one in sorted(named) if one[1] not in there]


def test_a_committed_file_is_a_page(place: Place, get: Get) -> None:
    place.article(
        "basics/cancel.md", "# Cancel\n\n!!! note\n    Mind this.\n\n## First\n\nOne.\n\n## Second\n\nTwo.", title="Cancel a booking"
    )
    html = get("/help/basics/cancel")
    assert "<h1>Cancel a booking</h1>" in html and html.count("<h1") == 1
    assert 'class="admonition note"' in html and 'href="#second"' in html and "1 min read" in html
    assert "Cancel a booking" in get("/help/basics/") and "Cancel a booking" in get("/help/")


def test_links_between_files_become_links_between_pages(place: Place, get: Get) -> None:
    place.article("basics/a.md", "[b](b.md#x) [c](../more/c.md) [d](https://d.example) [e](/help/) ![f](img/f%20g.png)")
    place.article("basics/b.md")
    place.article("more/c.md")
    html = get("/help/basics/a")
    for target in ("/help/basics/b#x", "/help/more/c", "https://d.example", "/help/"):
        assert f'href="{target}"' in html
    assert 'src="/help/media/help/basics/img/f%20g.png"' in html


@pytest.mark.parametrize("state", ["draft", "review", "archived"])
def test_what_is_not_published_does_not_exist(place: Place, state: str) -> None:
    place.article("basics/secret.md", "unicorn words", status=state, title="Unicorn plans")
    client = place.client()
    assert client.get("/help/basics/secret").status_code == 404
    assert "Unicorn plans" not in client.get("/help/search?q=unicorn").text
    assert "Unicorn plans" not in client.get("/help/suggestions?q=unic").text
    assert "Unicorn plans" not in client.get("/help/").text


def made_for(audience: str) -> Article:
    return next(article for article in library.catalog().articles if article.audience == audience)


def test_articles_for_clients_are_for_clients(place: Place) -> None:
    place.article("basics/inside.md", "platypus", audience="client", title="Platypus rules")
    place.article("basics/team.md", "wombat", audience="staff", title="Wombat rules")
    with place.app.app_context():
        library.catalog()
        ada, grace = Person(role="customer", email="a@a.example", active=True), Person(role="agent", email="g@g.example", active=True)
        visitor = Person(role="visitor", email=None, active=True)
        assert library.audiences(None) == library.audiences(visitor) == ("public",)
        client, team = made_for("client"), made_for("staff")
        assert [library.may_read(client, who) for who in (None, visitor, ada, grace)] == [False, False, True, True]
        assert [library.may_read(team, who) for who in (None, visitor, ada, grace)] == [False, False, False, True]
        assert not library.find("platypus").hits and library.find("platypus", person=ada).hits
        assert not library.find("wombat", person=ada).hits and library.find("wombat", person=grace).hits
    assert place.client().get("/help/basics/inside").status_code == 404


def test_an_edit_is_seen_at_once(place: Place, get: Get) -> None:
    place.article("basics/a.md", "Old words.")
    assert "Old words" in get("/help/basics/a")
    place.article("basics/a.md", "New words.")
    place.library._looked = 0
    pagecache.forget(place.app)
    assert "New words" in get("/help/basics/a")
    assert "/help/basics/a" in get("/help/search?q=new+words")


def test_what_is_committed_is_rendered_before_anybody_asks(place: Place, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    place.article("basics/a.md", "Words *with* weight.")
    with place.app.app_context():
        furniture.refresh()
    monkeypatch.setattr(markdown, "render_article", lambda text: pytest.fail("a reader waited for the renderer"))
    assert "<em>with</em>" in get("/help/basics/a")


def test_rendering_ahead_goes_on_where_it_was_stopped(place: Place) -> None:
    for number in range(3):
        place.article(f"basics/a{number}.md", f"Words {number}.")
    with place.app.app_context():
        catalog = place.library.refresh()
        assert [pages.render_ahead(catalog, seconds) for seconds in (0, 0, 60, 60)] == [1, 1, 1, 0]


def test_a_kept_page_is_not_sent_twice(place: Place) -> None:
    place.article("basics/a.md")
    client = place.client()
    first = client.get("/help/basics/a")
    again = client.get("/help/basics/a", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data


def test_a_reader_gets_no_cookie(place: Place) -> None:
    place.article("basics/a.md")
    for address in ("/help/", "/help/basics/a", "/help/faq", "/help/search?q=words"):
        assert "Set-Cookie" not in place.client().get(address).headers


def test_a_missing_page_offers_what_its_address_says(place: Place) -> None:
    place.article("basics/cancel-booking.md", title="Cancel a booking")
    response = place.client().get("/help/basics/cancelling-bookings")
    assert response.status_code == 404 and "Cancel a booking" in response.text


def test_an_id_leads_to_where_the_article_stands(place: Place) -> None:
    place.article("basics/a.md", id="stays-for-ever")
    assert place.client().get("/help/a/stays-for-ever").location == "/help/basics/a"


def test_questions_open_have_an_address_and_tell_search_engines(place: Place, get: Get) -> None:
    place.file("faq/pay.md", "---\ntitle: Paying\n---\n## Can I pay in parts? {: #parts }\n\nYes, in **three**.\n")
    assert "Can I pay in parts?" in get("/help/faq")
    page = get("/help/faq/pay")
    assert 'id="parts"' in page and '"@type": "FAQPage"' in page and "<strong>three</strong>" in page
    assert "/help/faq/pay#parts" in get("/help/search?q=pay+in+parts")
    assert "Can I pay in parts?" in get("/help/faq?q=parts")


def test_who_finds_a_question_for_clients_reads_it_and_a_stranger_does_neither(
    place: Place, ada: Person, grace: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    def filed(audience: str, name: str) -> str:
        head = f"---\ntitle: {name.capitalize()}\nquestions:\n  {name}: {{audience: {audience}}}\n---\n"
        return f"{head}## What of the {name}? {{: #{name} }}\n\nIt **swims**.\n"

    place.file("faq/platypus.md", filed("client", "platypus"))
    place.file("faq/wombat.md", filed("staff", "wombat"))
    place.file("faq/kiwi.md", filed("public", "kiwi"))
    seen = ["kiwi", "platypus", "wombat"]
    for browser, mine in ((place.client, seen[:1]), (lambda: client_of(ada), seen[:2]), (lambda: client_of(grace), seen)):
        pages = {address: browser().get(address).text for address in ("/help/faq", "/help/faq/kiwi", "/sitemap.xml")}
        for name in seen:
            page, found = browser().get(f"/help/faq/{name}"), browser().get(f"/help/search?q={name}+swims").text
            listed = browser().get(f"/help/faq?q={name}").text
            said = [f"What of the {name}?" in text for text in (page.text, pages["/help/faq"], listed)]
            assert said == [name in mine] * 3 and (f"/help/faq/{name}#{name}" in found) == (name in mine), name
            assert page.status_code == (200 if name in mine else 404) and (name.capitalize() in pages["/help/faq/kiwi"]) == (name in mine)
            assert (f"/help/faq/{name}" in pages["/sitemap.xml"]) == (name == "kiwi")
            vote = browser().post("/help/votes", data={"subject": f"faq:{name}", "helpful": "yes"})
            assert vote.status_code == page.status_code


def test_questions_lead_to_each_other(place: Place, get: Get) -> None:
    parts = "## Can I pay a programme in parts? {: #parts }\n\nYes, pay in three parts by card.\n"
    late = "## What if a part of my programme is late? {: #late }\n\nThe card is asked again for the part.\n"
    place.file("faq/pay.md", f"---\ntitle: Paying\n---\n{parts}\n{late}")
    place.file("faq/rooms.md", "---\ntitle: Rooms\n---\n## Is there coffee? {: #coffee }\n\nAlways.\n")
    for address in ("/help/faq/pay", "/help/faq?q=parts", "/help/faq"):
        assert 'More: <a href="/help/faq/pay#' in get(address)
    assert "More:" not in get("/help/faq/rooms")


@pytest.mark.parametrize(
    ("address", "where", "most"),
    [
        ("/checkout/clear-view", "checkout", 6),
        ("/chat?page=/programmes", "widget", 3),
        ("/chat?page=/checkout/clear-view&step=pay", "checkout", 3),
        ("/contact", "contact", 3),
        ("/help/", "home", 6),
    ],
)
def test_the_same_questions_stand_where_editors_want_them(client: FlaskClient, address: str, where: str, most: int) -> None:
    shown = library.faqs(at=where)[:most]
    page = unescape(client.get(address).text)
    assert len(shown) >= 3 and [faq.question for faq in shown if faq.question not in page] == []


def test_media_stay_below_the_mount(place: Place) -> None:
    place.file("help/media/a.txt", "hello")
    place.file("help/media/a.py", "print()")
    place.file("help/media/d.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    client = place.client()
    assert client.get("/help/media/help/media/a.txt", buffered=True).text == "hello"
    drawing = client.get("/help/media/help/media/d.svg", buffered=True)
    assert drawing.mimetype == "image/svg+xml" and "sandbox" in drawing.headers["Content-Security-Policy"]
    for bad in ("help/media/a.py", "help/../site.toml", "help/%2e%2e/categories.toml", "help/categories.toml", "other/a.txt", "help/media"):
        assert client.get(f"/help/media/{bad}").status_code == 404


def test_weak_answers_are_said_honestly(place: Place, get: Get) -> None:
    place.article("basics/cancel.md", "You can cancel.", title="Cancel a booking")
    assert "could not find a good answer" in get("/help/search?q=zeppelin+weather+forecast")
    assert "could not find a good answer" not in get("/help/search?q=cancel+booking")
    page = get("/help/search?q=cancle+bookng")
    assert "Showing results for <strong>cancel booking</strong>" in page and "exact=1" in page


def test_a_search_can_be_limited_to_a_topic_and_stays_so(place: Place, get: Get) -> None:
    for number in range(12):
        place.article(f"basics/cancel-{number}.md", title=f"Cancel number {number}")
    place.article("more/cancel-elsewhere.md", title="Cancel elsewhere")
    assert "Cancel elsewhere" in get("/help/search?q=cancel+elsewhere").replace("<mark>", "").replace("</mark>", "")
    limited = get("/help/search?q=cancel&category=basics")
    assert "Only in Basics" in limited and "/help/more/" not in limited.partition("<ol")[2].partition("</ol>")[0]
    more = re.search(r'href="(/help/search[^"]*page=2[^"]*)"', limited)
    assert more is not None and "category=basics" in more[1]
    assert "Only in Basics" in get(unescape(more[1]))


def test_a_large_shelf_is_shown_folder_by_folder(place: Place, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "MOST_LISTED", 2)
    tree = place.mount("tree")
    for name in ("ref/v5/One.md", "ref/v51/Two.md", "ref/v51/More things/Three.md", "ref/v51/Four.md", "ref/v51/Five.md"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(f"# Title {name.rpartition('/')[2][:-3].lower()}\n\nWords.")
    top = get("/help/tree/").partition("<main")[2]
    assert 'href="/help/tree/?folder=ref/v5"' in top and 'href="/help/tree/?folder=ref/v51"' in top and "Title" not in top
    assert "Title one" in get("/help/tree/?folder=ref/v5") and "Title two" not in get("/help/tree/?folder=ref/v5")
    first = get("/help/tree/?folder=ref/v51")
    assert "More things" in first and "Title five" in first and "Title two" not in first
    assert 'href="/help/tree/?folder=ref/v51&amp;page=2"' in first and "Title two" in get("/help/tree/?folder=ref/v51&page=2")
    article = get("/help/tree/ref/v51/more-things/three")
    assert '<a href="/help/tree/?folder=ref/v51/more-things">More things</a>' in article
    assert "Tree / ref / v51 / More things" in get("/help/search?q=title+three")
    assert "Nothing here yet" in get("/help/tree/?folder=nowhere")


def test_search_engines_are_told_what_everybody_may_read(place: Place, get: Get) -> None:
    place.article("basics/open.md")
    place.article("basics/inside.md", audience="client")
    place.article("basics/later.md", status="draft")
    listed = get("/sitemap.xml")
    assert "/help/basics/open<" in listed and "/help/basics/<" in listed and "/help/more/<" not in listed
    assert "inside" not in listed and "later" not in listed


@pytest.mark.parametrize(
    "address",
    [
        "/help/search?q=%00",
        "/help/search?q=a&page=99",
        "/help/search?q=a&page=x",
        "/help/search?q=a&kind=x&category=y",
        "/help/suggestions",
    ],
)
def test_odd_questions_are_answered(place: Place, get: Get, address: str) -> None:
    place.article("basics/a.md")
    get(address)


def test_editors_rooms_refuse_strangers_and_customers(
    client: FlaskClient, client_of: Callable[[Person], FlaskClient], eve: Person, grace: Person, linus: Person
) -> None:
    for address in ("", "gaps", "reviews", "problems", "comments", "preview/how-a-programme-works"):
        assert client.get(f"/desk/content/{address}", headers={"HX-Request": "true"}).status_code == 401
        assert client_of(eve).get(f"/desk/content/{address}").status_code == 403
        assert client_of(linus).get(f"/desk/content/{address}").status_code == 200
    assert client_of(grace).get("/desk/content/").status_code == 403
    assert client_of(grace).get("/desk/content/comments").status_code == 200


def test_a_drafts_own_address_leads_editors_to_its_preview_and_is_nothing_to_anybody_else(
    place: Place, client_of: Callable[[Person], FlaskClient], eve: Person, grace: Person, linus: Person
) -> None:
    place.article("basics/new-thing.md", "Half a sentence", status="draft")
    place.refresh()
    found = client_of(linus).get("/help/basics/new-thing")
    assert found.status_code == 303 and found.location.endswith("/desk/content/preview/new-thing-id")
    assert "Only editors see this page" in client_of(linus).get(found.location).text
    for other in (place.client(), client_of(eve), client_of(grace)):
        assert other.get("/help/basics/new-thing").status_code == 404
