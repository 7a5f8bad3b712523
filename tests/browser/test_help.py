"""The help center in a real browser: finding by keyboard with typos, voting, a guide that an agent watches, and no script at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import Visitor
from app.help.models import Asked, Comment, Reading, Vote
from app.lib.db import db
from tests.browser.test_look import MODES, OUTSIDE, SMALL_TARGETS
from tests.browsers import PageOf
from tests.servers import wait_until
from tests.site import Site

Violations = Callable[[Page], list[str]]
# What floats above the page covers something wherever one stops scrolling; it is judged on its own.
WITHOUT_WHAT_FLOATS = "document.querySelectorAll('.bubble, .sticky-cta').forEach(one => one.remove())"
GUIDE = "/help/getting-started/your-first-week"
PAGES = [
    "/help/",
    "/help/tutorials/",
    GUIDE,
    "/help/tutorials/use-the-chat",
    "/help/integrations/crm-and-webhooks",
    "/help/integrations/calendar-feeds",
    "/help/faq",
    "/help/faq/payments#money-back",
    "/help/search?q=refnd",
    "/help/search?q=zeppelin",
    "/help/nothing/here",
]


def rows(site: Site, model: Any) -> list[Any]:
    with site.app.app_context():
        found = list(db.session.scalars(select(model).order_by(model.id)))
        db.session.remove()
        return found


@pytest.mark.parametrize("mode", sorted(MODES))
def test_axe_finds_nothing(page_of: PageOf, violations: Violations, mode: str) -> None:
    page = page_of(reduced_motion="reduce", **MODES[mode])
    found = {}
    for path in PAGES:
        page.goto(path)
        page.evaluate(WITHOUT_WHAT_FLOATS)
        found[path] = violations(page)
    page.goto("/help/")
    page.evaluate(WITHOUT_WHAT_FLOATS)
    page.get_by_role("combobox", name="Search the help center").press_sequentially("refu")
    expect(page.get_by_role("option").first).to_be_visible()
    found["suggestions"] = violations(page)
    page.goto("/help/billing-and-account/ways-to-pay")
    page.evaluate(WITHOUT_WHAT_FLOATS)
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_text("What went wrong?").first).to_be_visible()
    found["vote"] = violations(page)
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("mode", sorted(MODES))
def test_axe_finds_nothing_at_the_desk(page_of: PageOf, violations: Violations, mode: str) -> None:
    page = page_of("linus", reduced_motion="reduce", **MODES[mode])
    found = {}
    for path in ("", "gaps", "comments", "reviews", "problems"):
        page.goto(f"/desk/content/{path}")
        found[path] = violations(page)
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_nothing_reaches_beyond_the_edge_and_targets_can_be_hit(page_of: PageOf, width: int) -> None:
    page = page_of(viewport={"width": width, "height": 800})
    for path in PAGES:
        page.goto(path)
        assert page.evaluate(OUTSIDE) == [], f"{path} at {width}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"
        assert page.evaluate(SMALL_TARGETS) == [], f"{path} at {width}"


def test_somebody_finds_an_article_by_keyboard_with_a_typo(page_of: PageOf, live_server: Site) -> None:
    page = page_of()
    page.goto("/help/")
    box = page.get_by_role("combobox", name="Search the help center")
    box.focus()
    page.keyboard.type("guarante", delay=20)
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(box).to_have_value("guarante")
    box.fill("")
    page.keyboard.type("refund guarntee")
    expect(options.first).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Showing results for refund guarantee")).to_be_visible()
    page.get_by_role("link", name="Refunds and the 30-day guarantee").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Refunds and the 30-day guarantee")
    wait_until(lambda: [one.opened for one in rows(live_server, Asked)] == ["help:refunds-and-the-guarantee"], "the opening")
    assert page.context.cookies() == []


def test_a_suggestion_is_followed_with_enter(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/help/")
    page.get_by_role("combobox", name="Search the help center").focus()
    page.keyboard.type("move or canc")
    expect(page.get_by_role("option", name=re.compile("Move or cancel a consult")).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/help/tutorials/move-or-cancel-a-consult"))


def test_a_reader_says_that_it_did_not_help_and_why(page_of: PageOf, live_server: Site) -> None:
    page = page_of(viewport={"width": 375, "height": 740})
    page.goto("/help/billing-and-account/ways-to-pay")
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_role("heading", name="Sorry about that. What went wrong?")).to_be_focused()
    expect(page).to_have_url(re.compile("ways-to-pay$"))
    page.get_by_label("My question is not answered").check()
    page.get_by_role("button", name="Send to our editors").click()
    expect(page.get_by_text("Write a few words, please.").first).to_be_visible()
    page.get_by_label("What should we know?").fill("Do you take checks from a credit union?")
    page.get_by_role("button", name="Send to our editors").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    (vote,), (comment,) = rows(live_server, Vote), rows(live_server, Comment)
    assert (vote.helpful, vote.reason, comment.reason) == (False, "missing", "missing")


def test_an_opened_article_is_counted_once(page_of: PageOf, live_server: Site) -> None:
    page = page_of()
    page.goto("/help/billing-and-account/ways-to-pay")
    wait_until(lambda: [one.count for one in rows(live_server, Reading)] == [1], "the count", 10)
    page.reload()
    page.wait_for_timeout(4500)
    assert [one.count for one in rows(live_server, Reading)] == [1]


def test_an_opened_question_is_counted_once(page_of: PageOf, live_server: Site) -> None:
    page = page_of()
    page.goto("/help/faq/payments#money-back")
    expect(page.locator("#money-back")).to_have_attribute("open", "")
    for _ in range(2):
        page.locator("#money-back > summary").click()
    page.locator("#refund-time > summary").click()
    wait_until(lambda: len(rows(live_server, Reading)) == 2, "both openings", 10)
    assert {one.subject: one.count for one in rows(live_server, Reading)} == {"faq:money-back": 1, "faq:refund-time": 1}


def test_a_guide_is_ticked_and_an_agent_sees_the_step(page_of: PageOf, live_server: Site) -> None:
    reader = page_of(viewport={"width": 375, "height": 740})
    reader.goto(GUIDE)
    first = reader.locator("[data-step]").first
    first.get_by_role("button").click()
    expect(first.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    expect(reader.get_by_text("1 of 6 steps done")).to_be_visible()
    wait_until(lambda: any(cookie["name"] == "help_reader" for cookie in reader.context.cookies()), "the tick")
    reader.reload()
    expect(first.get_by_role("button")).to_have_attribute("aria-pressed", "true")

    reader.locator(".still").get_by_role("link", name="Chat with us").click()
    reader.get_by_role("textbox", name="Your message").fill("I am stuck here")
    if (address := reader.get_by_label("E-mail")).count() and address.first.is_visible():
        address.first.fill("stuck@customer.example")
    reader.get_by_role("button", name="Send", exact=True).click()
    wait_until(lambda: rows(live_server, Visitor) != [], "the visitor")
    with live_server.app.app_context():
        person_id = db.session.scalar(select(Visitor.person_id))
        db.session.remove()
    agent = page_of("grace")
    agent.goto(f"/desk/content/guides/{person_id}")
    expect(agent.get_by_text("at step 2 of 6")).to_be_visible()


def test_it_all_works_without_script(page_of: PageOf, live_server: Site) -> None:
    page = page_of(java_script_enabled=False)
    page.goto("/help/")
    page.get_by_label("Search the help center").fill("first week chekclist")
    page.get_by_role("button", name="Search").click()
    page.locator(".result a").first.click()
    expect(page).to_have_url(re.compile(GUIDE))
    page.get_by_role("button", name=re.compile("Mark as done")).first.click()
    expect(page.get_by_text("1 of 6 steps done")).to_be_visible()
    page.get_by_role("button", name="Yes", exact=True).first.click()
    expect(page.get_by_role("heading", name="Good to hear. Anything to add?")).to_be_visible()
    page.goto("/help/faq/payments")
    page.locator("#money-back > summary").click()
    expect(page.get_by_text("Write one line within 30 days").first).to_be_visible()
    assert [vote.helpful for vote in rows(live_server, Vote)] == [True]


def test_a_link_to_a_question_opens_it(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/help/faq/payments#money-back")
    expect(page.locator("#money-back")).to_have_attribute("open", "")


def test_on_paper_everything_is_open_and_nothing_is_in_the_way(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/help/integrations/calendar-feeds")
    page.emulate_media(media="print")
    expect(page.get_by_text("choose the calendar that shall have the call")).to_be_visible()
    for gone in (".masthead", ".foot", "#helpful", ".still", ".beside__stay"):
        assert not page.locator(gone).first.is_visible()
