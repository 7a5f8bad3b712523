"""<live-stream> in a real browser, under the strict policy: frames, gaps, servers that die, and no socket at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.lib.live_server import Site
from tests.servers import wait_until

Visit = Callable[..., Page]
OPEN = re.compile("open")


@pytest.fixture(scope="module")
def one_site() -> Iterator[Site]:
    site = Site()
    yield site.serve()
    site.stop()


@pytest.fixture
def site(one_site: Site) -> Site:
    """A web process whose room is empty."""
    for left in ("room-r.jsonl", "shut"):
        (one_site.folder / left).unlink(missing_ok=True)
    wait_until(lambda: one_site.figures()["sockets"] == 0, "an empty house")
    return one_site


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Opens a room in a fresh browser and waits until it is live."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{site.port}")
    errors: list[str] = []
    context.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))

    def open_room(query: str = "", live: bool = True) -> Page:
        page = context.new_page()
        page.add_init_script(
            "window.heard = []; Math.random = () => 0;"
            "for (const name of ['open', 'frame', 'event', 'gap', 'away', 'refused'])"
            "  addEventListener('live:' + name, (event) => heard.push([name, event.detail]));"
        )
        page.goto("/test/room/r" + query)
        if live:
            expect(page.locator("live-stream")).to_have_attribute("data-state", "open")
        return page

    yield open_room
    context.close()
    assert [line for line in errors if "net::ERR" not in line and "Failed to load resource" not in line and "WebSocket" not in line] == []


def log_of(page: Page) -> list[str]:
    return page.locator("#log li").all_inner_texts()


def shows(page: Page, *lines: str, seconds: float = 15) -> None:
    expect(page.locator("#log li")).to_have_text(list(lines), timeout=seconds * 1000)


def say(site: Site, words: str, how: str = "") -> None:
    assert site.ask("POST", f"/test/room/r{how}", words)[0] == 200


def test_what_is_said_appears_in_every_open_page(site: Site, visit: Visit) -> None:
    say(site, "before")
    one, two = visit(), visit()
    say(site, "<b>hello</b>")
    say(site, "again")
    for page in (one, two):
        shows(page, "before", "<b>hello</b>", "again")


def test_a_frame_that_comes_twice_is_shown_once(site: Site, visit: Visit) -> None:
    page = visit()
    say(site, "one", "?times=3")
    say(site, "two")
    shows(page, "one", "two")


def test_what_was_lost_on_the_way_comes_in_order(site: Site, visit: Visit) -> None:
    page = visit()
    for number in range(8):
        say(site, str(number), "?lost=1")
    say(site, "heard")
    shows(page, *map(str, range(8)), "heard")
    assert "gap" in [name for name, _ in page.evaluate("heard")]


def test_an_own_answer_beside_the_frame_is_shown_once(site: Site, visit: Visit) -> None:
    page = visit()
    html = '<hx-partial hx-target="#log" hx-swap="beforeend"><li id="entry-1">mine</li></hx-partial>'
    page.evaluate("text => htmx.swap({sourceElement: document.body, target: document.body, swap: 'none', text})", html)
    say(site, "mine")
    say(site, "next")
    shows(page, "mine", "next")


def test_every_verb_changes_the_page(site: Site, visit: Visit) -> None:
    page = visit()
    site.ask("POST", "/test/room/r/update?target=state", "<em>new</em>")
    expect(page.locator("#state em")).to_have_text("new")
    site.ask("POST", "/test/room/r/replace?target=state", "<p id='state'>other</p>")
    expect(page.locator("#state")).to_have_text("other")
    site.ask("POST", "/test/room/r/prepend?target=log", "<li id='top'>top</li>")
    site.ask("POST", "/test/room/r/append?target=log", "<li id='end'>end</li>")
    shows(page, "top", "end")
    site.ask("POST", "/test/room/r/remove?target=top")
    shows(page, "end")
    site.ask("POST", "/test/room/r/update?target=nowhere", "x")
    say(site, "still listening")
    shows(page, "end", "still listening")


def test_a_live_part_is_wired_like_any_other(site: Site, visit: Visit) -> None:
    page = visit()
    site.ask("POST", "/test/room/r/update?target=state", "<a href='/x' data-hx-get='/healthz' data-hx-target='#state'>ask</a>")
    page.get_by_text("ask").click()
    expect(page.locator("#state")).to_have_text("ok")


def test_an_event_is_heard_and_its_number_counts(site: Site, visit: Visit) -> None:
    page = visit()
    site.ask_json("/test/room/r/event", {"typing": "Grace"})
    wait_until(lambda: ["event", {"typing": "Grace"}] in page.evaluate("heard"), "the event")
    site.ask_json("/test/room/r/event", {"seq": 1})
    wait_until(lambda: page.evaluate("document.querySelector('live-stream').seq") == 1, "the number")


def test_a_server_that_dies_and_comes_back_has_lost_nothing(site: Site, visit: Visit) -> None:
    page = visit()
    say(site, "before")
    shows(page, "before")
    site.kill_all()
    expect(page.locator("live-stream")).to_have_attribute("data-state", "away")
    site.serve()
    say(site, "meanwhile")
    expect(page.locator("live-stream")).to_have_attribute("data-state", "open", timeout=20_000)
    say(site, "after")
    shows(page, "before", "meanwhile", "after")


def test_without_a_socket_the_page_asks_every_few_seconds(site: Site, visit: Visit) -> None:
    page = visit("?url=/test/live/closed", live=False)
    expect(page.locator("live-stream")).to_have_attribute("data-state", "away")
    for number in range(5):
        say(site, str(number))
    shows(page, *map(str, range(5)))


def test_who_may_no_longer_listen_is_left_in_peace(site: Site, visit: Visit) -> None:
    page = visit()
    (site.folder / "shut").touch()
    say(site, "secret", "?lost=1")
    say(site, "secret too")
    expect(page.locator("live-stream")).to_have_attribute("data-state", "refused")
    assert log_of(page) == []
    wait_until(lambda: site.figures()["sockets"] == 0, "hanging up")


def test_leaving_the_page_closes_the_socket(site: Site, visit: Visit) -> None:
    page = visit()
    assert site.figures()["sockets"] == 1
    page.evaluate("document.querySelector('live-stream').remove()")
    wait_until(lambda: site.figures()["sockets"] == 0, "hanging up")


def test_a_sleeping_page_catches_up_when_it_is_looked_at(site: Site, visit: Visit) -> None:
    page = visit()
    say(site, "missed", "?lost=1")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    shows(page, "missed", seconds=10)


def test_a_socket_that_brings_nothing_is_noticed(site: Site, visit: Visit) -> None:
    page = visit()
    say(site, "missed", "?lost=1")
    page.evaluate("document.querySelector('live-stream').check()")
    shows(page, "missed", seconds=10)
    wait_until(lambda: [name for name, _ in page.evaluate("heard")].count("open") == 2, "another socket")
