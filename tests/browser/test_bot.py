"""The bot with real browsers: asked, answered with a quote, led by quick replies, at its wits' end, and then a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from app.conversations.models import Availability
from app.lib.db import unit_of_work
from tests import cast
from tests.browsers import watch
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


def test_a_question_is_answered_with_a_quote_and_nonsense_brings_a_person(
    visitor: Page, bot_site: Site, browser: Browser, violations: Violations
) -> None:
    visitor.goto("/")
    visitor.locator("a.bubble").click()
    ask(visitor, "the video of my call is choppy")
    room = visitor.locator("#chat-room")
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
    with bot_site.app.app_context():
        agent = browser.new_context(base_url=bot_site.url).new_page()
        agent.goto("/desk/views/mine")
        agent.get_by_label("E-mail").first.fill("grace@northlight.example")
        agent.get_by_label("Password", exact=True).fill(cast.PASSWORD)
        agent.get_by_role("button", name="Sign in", exact=True).click()
        agent.locator(".talk__link").first.click()
        expect(agent.locator(".message--note")).to_contain_text("The bot had no answer twice")
        agent.context.close()
