"""Real browsers for tests: one Chromium per test process, one fresh profile per person, and a list of all it complains about."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, BrowserType, ConsoleMessage, Page, Request, expect, sync_playwright

from app.conversations.models import Availability
from app.lib.db import unit_of_work
from tests import cast, machine
from tests.site import Site

FLAGS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--auto-accept-this-tab-capture",
    "--disable-dev-shm-usage",
    "--force-webrtc-ip-handling-policy=default",
]
# A 404 or a 422 is an answer, not a fault: the browser writes a line about each.
ANSWERS = "Failed to load resource: the server responded with a status of 4"

# What is awaited comes in a moment, but not on a machine that does much else.
expect.set_options(timeout=30_000)

PageOf = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this test process."""
    with sync_playwright() as playwright, launched(playwright.chromium, machine.light_chromium()) as started:
        yield started


@contextmanager
def launched(chromium: BrowserType, path: Path | None) -> Iterator[Browser]:
    flags = [*FLAGS, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    started = chromium.launch(executable_path=str(path) if path else None, args=flags)
    yield started
    started.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What browsers complained about in this test; it must be empty at the end. A test that provokes a complaint removes it."""
    found: list[str] = []
    yield found
    assert found == []


def watch(context: BrowserContext, home: str, complaints: list[str]) -> None:
    """Note console errors, uncaught errors, policy violations and requests to other hosts."""
    own = {urlsplit(home).netloc, ""}

    def console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(ANSWERS):
            where = f" {urlsplit(message.location['url']).path}" if message.text.startswith("Failed to load") else ""
            complaints.append(f"console: {message.text}{where}")

    def request(sent: Request) -> None:
        if urlsplit(sent.url).netloc not in own and not sent.url.startswith(("data:", "blob:")):
            complaints.append(f"request to another host: {sent.url}")

    context.on("console", console)
    context.on("weberror", lambda error: complaints.append(f"error: {error.error}"))
    context.on("request", request)


@pytest.fixture
def page_of(browser: Browser, live_server: Site, complaints: list[str]) -> Iterator[PageOf]:
    """Gives a page in a fresh browser profile: `page_of()` for a stranger, `page_of("grace")` signed in.

    Further words go to Playwright's new_context, such as viewport={"width": 375, "height": 812}, color_scheme="dark",
    java_script_enabled=False.
    """
    opened: list[BrowserContext] = []

    def open_page(who: str | None = None, **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        # What still fades in would be judged by its colours of that moment.
        options.setdefault("reduced_motion", "reduce")
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(30_000)
        watch(context, live_server.url, complaints)
        opened.append(context)
        if who:
            sign_in(context, live_server, who)
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture
def desk_open(live_server: Site) -> Site:
    """The live site with Grace taking chats."""
    with live_server.app.app_context(), unit_of_work():
        Availability.of(cast.person("grace")).come(timedelta(hours=2))
    return live_server


def sign_in(context: BrowserContext, site: Site, who: str) -> None:
    """Give the browser the session cookie of a member of the cast."""
    with site.app.app_context():
        client = cast.signed_in(site.app, cast.person(who))
        cookie = client.get_cookie(site.app.config["SESSION_COOKIE_NAME"], domain="localhost") or client.get_cookie(
            site.app.config["SESSION_COOKIE_NAME"], domain="127.0.0.1"
        )
        assert cookie is not None
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site.url, "httpOnly": True, "sameSite": "Lax"}])


# A colour on its way to another is none that anybody reads: what moves comes to its end first. Only what is wrong comes back, and no
# style sheet is fetched a second time: most of the time went there.
JUDGED = """async (asked) => {
  const ending = (one) => one.playState === "running" && one.effect.getComputedTiming().endTime < Infinity
  await Promise.all(document.getAnimations().filter(ending).map((one) => one.finished.catch(() => 0)))
  const { violations } = await axe.run(document, asked)
  return violations.map((one) => ({ id: one.id, nodes: one.nodes.map((node) => node.target.join(" ")) }))
}"""
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}


@pytest.fixture(scope="session")
def axe_script() -> str:
    return str(Axe().axe_script)


@pytest.fixture
def violations(axe_script: str) -> Callable[[Page], list[str]]:
    """Gives a function that asks axe-core what is wrong with a page: "rule: selector" for each violation of WCAG A and AA."""

    def ask(page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(axe_script)
        return [f"{item['id']}: {target}" for item in page.evaluate(JUDGED, RULES) for target in item["nodes"]]

    return ask
