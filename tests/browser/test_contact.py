"""The contact form in a real browser, with script and without: the same message arrives, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.conversations.models import Conversation
from app.lib.db import db, unit_of_work
from tests import cast
from tests.browsers import PageOf
from tests.site import Site

Violations = Callable[[Page], list[str]]
KINDS = ("general", "technical", "sales", "partnership", "media", "feedback")
PASTE = """form => {
  const files = new DataTransfer()
  files.items.add(new File([new Uint8Array([137, 80, 78, 71])], "screen.png", {type: "image/png"}))
  form.dispatchEvent(new ClipboardEvent("paste", {clipboardData: files, bubbles: true}))
}"""


def fill(page: Page, words: str = "My camera stays black.") -> None:
    page.goto("/contact")
    page.get_by_role("link", name="A technical problem").click()
    page.get_by_label("In a few words").fill("Video call")
    page.get_by_label("Where does it happen?").select_option("Video call")
    page.get_by_label("Your message").fill(words)
    page.get_by_label("I cannot go on at all").check()
    page.get_by_label("Your name").fill("Mary")
    page.get_by_label("Your e-mail address").fill("mary@somewhere.example")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_message_arrives_gets_a_number_and_can_be_followed(page_of: PageOf, script: bool) -> None:
    page = page_of(java_script_enabled=script)
    fill(page, f"My camera stays black, with script: {script}.")
    if script:
        expect(page.locator("#articles li").first).to_be_visible()
    page.wait_for_timeout(3100)
    page.get_by_role("main").get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="We have your message")).to_be_visible()
    page.get_by_role("link", name="Follow your request").click()
    expect(page.get_by_text("My camera stays black, with script")).to_be_visible()


@pytest.mark.parametrize("width", [375, 1280])
def test_a_word_about_a_page_is_said_in_its_foot(page_of: PageOf, live_server: Site, violations: Violations, width: int) -> None:
    page = page_of(viewport={"width": width, "height": 800})
    page.goto("/for/therapists")
    page.get_by_role("link", name="What do you think of this page?").click()
    foot = page.locator("#page-feedback")
    expect(foot.get_by_role("heading", name="What do you think of this page?")).to_be_focused()
    assert violations(page) == []
    foot.get_by_role("button", name="Send").click()
    expect(foot.get_by_role("alert")).to_contain_text("Write a few words first.")
    foot.get_by_label("4 Good").check()
    foot.get_by_label("What is good, what is missing?").fill("The prices are hard to find.")
    foot.locator("form").evaluate(PASTE)
    page.wait_for_timeout(3100)
    foot.get_by_role("button", name="Send").click()
    expect(foot.get_by_role("status")).to_contain_text("Thank you.")
    assert violations(page) == []
    with live_server.app.app_context():
        conversation = db.session.scalars(select(Conversation)).one()
        assert conversation.opened_from["page"] == "/for/therapists"
        db.session.remove()


def test_an_answer_appears_on_the_open_page_of_a_request(page_of: PageOf, live_server: Site) -> None:
    page = page_of()
    fill(page, "Is somebody there?")
    page.wait_for_timeout(3100)
    page.get_by_role("main").get_by_role("button", name="Send").click()
    page.get_by_role("link", name="Follow your request").click()
    expect(page.get_by_text("Is somebody there?")).to_be_visible()
    page.get_by_label("Your message").fill("I was just about to")
    with live_server.app.app_context(), unit_of_work():
        conversation = db.session.scalars(select(Conversation).order_by(Conversation.id.desc())).first()
        assert conversation is not None
        conversation.say(cast.person("grace"), "Yes, I am.")
    expect(page.get_by_text("Yes, I am.")).to_be_visible(timeout=45_000)
    expect(page.get_by_label("Your message")).to_have_value("I was just about to")


def test_an_error_takes_the_focus_and_keeps_what_was_typed(page_of: PageOf) -> None:
    page = page_of()
    fill(page)
    page.get_by_label("Your e-mail address").fill("nonsense")
    page.get_by_role("main").get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Your message")).to_have_value("My camera stays black.")


def test_a_pasted_picture_joins_the_files(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/contact/technical")
    page.locator("paste-files form").evaluate(PASTE)
    assert page.locator("input[type=file][name=files]").evaluate("one => one.files[0].name") == "screen.png"


@pytest.mark.parametrize("mode", ["small and dark", "wide and light"])
def test_axe_finds_nothing_and_nothing_sticks_out(page_of: PageOf, violations: Violations, mode: str, live_server: Site) -> None:
    small: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}
    page = page_of(reduced_motion="reduce", **(small if mode == "small and dark" else {}))
    for path in ("/contact", *(f"/contact/{kind}" for kind in KINDS)):
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_inquiry_is_asked_answered_and_followed(page_of: PageOf, violations: Violations, kind: str) -> None:
    page = page_of()
    page.goto(f"/contact/{kind}")
    page.get_by_label("In a few words").fill(f"About {kind}")
    expect(page.locator("#articles")).to_be_attached()
    answer_all(page)
    page.get_by_label("Your message").fill(f"Words about {kind}.")
    page.get_by_label("Your name").fill("Mary")
    page.get_by_label("Your e-mail address").fill(f"{kind}@somewhere.example")
    page.wait_for_timeout(3100)
    page.get_by_role("main").get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="We have your message")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Follow your request").click()
    expect(page.get_by_text(f"Words about {kind}.")).to_be_visible()
    assert violations(page) == []


def answer_all(page: Page) -> None:
    """The questions of the kind's own: something that fits in each."""
    for one in page.locator("main [name^=own_]").all():
        tag, kind = one.evaluate("one => [one.tagName, one.type]")
        if tag == "SELECT":
            one.select_option(index=1)
        elif kind in {"radio", "checkbox"}:
            one.check()
        else:
            one.fill({"url": "https://somewhere.example/", "date": "2027-03-02", "email": "a@somewhere.example"}.get(kind, "Something"))
