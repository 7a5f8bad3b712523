"""The story: a visitor reads, asks from the article, an agent answers live, a letter follows. Two real browsers at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.hours.models import SpecialDay, main_calendar
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from tests import cast
from tests.browsers import PageOf
from tests.servers import wait_until
from tests.site import Site


@pytest.fixture(autouse=True)
def open_all_day(live_server: Site) -> None:
    """Today the firm is open around the clock, whatever day the test runs on; Grace works here."""
    with live_server.app.app_context(), unit_of_work():
        for moment in (clock.now(), clock.now().astimezone(main_calendar().zone)):
            SpecialDay.enter("main", moment.date(), "00:00-24:00", "A test", None)
        cast.person("grace")


def sign_in(page: Page) -> None:
    page.goto("/desk/views/unassigned")
    page.get_by_label("E-mail").first.fill("grace@northlight.example")
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Unassigned")).to_be_visible()


def letters(site: Site) -> list[PostedLetter]:
    with site.app.app_context():
        return list(db.session.scalars(select(PostedLetter).order_by(PostedLetter.id)))


def test_a_question_from_an_article_is_answered_live_and_followed_by_a_letter(page_of: PageOf, live_server: Site) -> None:
    agent, visitor = page_of(), page_of(viewport={"width": 375, "height": 720})
    sign_in(agent)
    agent.get_by_role("button", name="Away").click()
    expect(agent.get_by_role("button", name="Taking chats")).to_be_visible()

    visitor.goto("/help/")
    visitor.goto("/help/search?q=sign-in+link")
    visitor.locator("main a[href*='/help/troubleshooting/sign-in']").first.click()
    expect(visitor).to_have_url(re.compile(r"/help/[\w-]+/[\w-]+"))
    assert visitor.context.cookies() == []
    visitor.get_by_role("link", name="Chat with us").last.click()
    words = visitor.get_by_role("textbox", name="Your message")
    words.fill("How long does a refund take?")
    visitor.get_by_role("button", name="Send", exact=True).click()
    expect(visitor.get_by_text("How long does a refund take?").first).to_be_visible()

    row = agent.locator(".talk__link").filter(has_text="How long does a refund take?")
    expect(agent.locator(".views").get_by_role("link", name="Mine")).to_contain_text("1")
    agent.goto("/desk/views/mine")
    row.click()
    expect(agent.locator("#thread").get_by_text("How long does a refund take?").first).to_be_visible()
    agent.locator("#words").press_sequentially("Five days at most.", delay=10)
    expect(visitor.locator("#chat-typing")).to_contain_text("Grace")
    agent.get_by_role("button", name="Send to customer").click()
    expect(visitor.get_by_text("Five days at most.").first).to_be_visible()
    expect(agent.get_by_text("Seen", exact=True)).to_be_visible()

    words.fill("Thank you!")
    visitor.get_by_role("button", name="Send", exact=True).click()
    expect(agent.locator("#thread").get_by_text("Thank you!")).to_be_visible()

    visitor.get_by_text("Leaving? Get the answer by e-mail").click()
    visitor.get_by_label("E-mail").fill("carla@practice.example")
    visitor.get_by_role("button", name="Leave my address").click()
    expect(visitor.get_by_text("If you leave, our answer comes to your address.")).to_be_visible()
    expect(agent.locator("#person")).to_contain_text("carla@practice.example")
    expect(agent.locator("#person")).to_contain_text("not verified")

    agent.get_by_role("button", name="Close", exact=True).click()
    expect(agent.get_by_role("button", name="Reopen")).to_be_visible()
    wait_until(lambda: any(letter.to == "carla@practice.example" for letter in letters(live_server)), "the transcript", 40)
    transcript = next(letter for letter in letters(live_server) if letter.to == "carla@practice.example")
    assert "Five days at most." in transcript.text


def test_the_desk_passes_the_judges(page_of: PageOf, live_server: Site, violations: object) -> None:
    visitor, agent = page_of(), page_of("grace", viewport={"width": 360, "height": 740}, color_scheme="dark")
    visitor.goto("/chat")
    visitor.get_by_role("textbox").last.fill("Hello?")
    for path in ("/desk/views/all", "/desk/canned", "/desk/canned/new", "/desk/macros/new", "/desk/playbook", "/desk/playbook/not-now"):
        agent.goto(path)
        assert violations(agent) == [], path  # type: ignore[operator]
