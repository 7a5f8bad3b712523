"""The bot with real browsers: asked, answered with a quote, led by quick replies, at its wits' end, and then a person."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app.conversations.models import Availability
from app.lib.db import unit_of_work
from tests import cast
from tests.browsers import sign_in, watch
from tests.site import Site

Violations = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def bot_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site on which the bot answers first."""
    site = Site(tmp_path_factory.mktemp("bot"), FRONTDESK_BOT="yes").start()
    yield site
    site.stop()


@pytest.fixture
def visitor(bot_site: Site, browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A phone on the home page; Grace takes chats."""
    bot_site.empty()
    with bot_site.app.app_context(), unit_of_work():
        Availability.of(cast.person("grace")).come(timedelta(hours=2))
    context = browser.new_context(viewport={"width": 375, "height": 760}, base_url=bot_site.url)
    watch(context, bot_site.url, complaints)
    yield context.new_page()
    context.close()


def ask(page: Page, words: str) -> None:
    page.get_by_role("textbox", name="Your message").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def test_somebody_reads_searches_votes_and_asks_the_bot_while_an_agent_watches(
    visitor: Page, bot_site: Site, browser: Browser, complaints: list[str], violations: Violations
) -> None:
    """The help center's whole story, in two browsers."""
    visitor.goto("/help/")
    visitor.get_by_role("combobox", name="Search the help center").fill("choppy vidoe call")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_text("Showing results for choppy video call")).to_be_visible()
    visitor.locator(".result a").first.click()
    expect(visitor).to_have_url(re.compile("/help/troubleshooting/video-call-is-choppy"))
    visitor.get_by_role("button", name="Yes", exact=True).first.click()
    expect(visitor.get_by_role("heading", name="Good to hear. Anything to add?")).to_be_visible()

    visitor.goto("/help/getting-started/your-first-week")
    steps = visitor.locator("[data-step]")
    steps.nth(0).get_by_role("button").click()
    expect(visitor.get_by_text("1 of 6 steps done")).to_be_visible()
    visitor.locator(".still").get_by_role("link", name="Chat with us").click()
    room = visitor.locator("#chat-room")
    ask(visitor, "the video of my call is choppy")
    expect(room.locator(".message--bot blockquote")).to_contain_text("switch your camera off", timeout=20_000)
    expect(room.get_by_role("link", name="Read it all")).to_have_attribute("href", "/help/troubleshooting/video-call-is-choppy")
    expect(room.locator(".message--bot").first).to_contain_text("Bot")
    assert violations(visitor) == []

    ask(visitor, "help me choose a programme")
    room.get_by_role("button", name="Consultant", exact=True).click()
    expect(room.get_by_role("button", name="Not yet")).to_be_visible(timeout=20_000)
    expect(room.get_by_role("button", name="Consultant", exact=True)).to_be_hidden()
    ask(visitor, "blah fnord zork")
    expect(room.get_by_text("I do not know that")).to_be_visible(timeout=20_000)
    ask(visitor, "gloop snark wibble")
    expect(room.locator(".chat__title").first).to_contain_text("Grace", timeout=20_000)

    agent = desk_of(browser, bot_site, complaints)
    expect(agent.locator(".message--note")).to_contain_text("The bot had no answer twice")
    expect(agent.get_by_text("at step 2 of 6")).to_be_visible()
    guide = visitor.context.new_page()
    guide.goto("/help/getting-started/your-first-week")
    guide.locator("[data-step]").nth(1).get_by_role("button").click()
    expect(guide.get_by_text("2 of 6 steps done")).to_be_visible()
    expect(agent.get_by_text("at step 3 of 6")).to_be_visible(timeout=30_000)
    part = agent.get_by_role("region", name="The bot's guesses")
    part.get_by_role("button", name=re.compile("Right")).first.click()
    expect(part.get_by_role("button", name=re.compile("Right")).first).to_have_attribute("aria-pressed", "true")
    assert violations(agent) == []
    agent.context.close()


def at_desk(browser: Browser, site: Site, complaints: list[str], who: str, **options: Any) -> Page:
    """A page in a browser of its own in which a member of the cast has signed in."""
    context = browser.new_context(base_url=site.url, **options)
    watch(context, site.url, complaints)
    sign_in(context, site, who)
    return context.new_page()


def desk_of(browser: Browser, site: Site, complaints: list[str]) -> Page:
    """Grace at the desk, with the conversation open that she was given."""
    agent = at_desk(browser, site, complaints, "grace", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    agent.goto("/desk/views/mine")
    agent.locator(".talk__link").first.click()
    return agent


def test_the_page_of_the_bot_reads_well(bot_site: Site, browser: Browser, complaints: list[str], violations: Violations) -> None:
    bot_site.empty()
    with bot_site.app.app_context(), unit_of_work():
        cast.person("linus")
    for scheme, width in (("light", 375), ("dark", 1280)):
        page = at_desk(browser, bot_site, complaints, "linus", color_scheme=scheme, viewport={"width": width, "height": 800})
        page.goto("/desk/bot/")
        expect(page.get_by_role("heading", name="How sure it must be")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/bot-{scheme}-{width}.png", full_page=True)
        page.context.close()
