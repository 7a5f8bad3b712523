"""Whole conversations in real browsers: phone, no script and desk at once; a checkout seen live; a colleague takes over; undo."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, Route, expect
from sqlalchemy import select, update

from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.outbox import Errand
from tests import cast
from tests.browsers import PageOf
from tests.site import Site

PHONE = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True}
DROP = """(box, name) => {
  const data = new DataTransfer()
  data.items.add(new File(["the words of " + name], name, {type: "text/plain"}))
  box.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}))
}"""
PASTE = """(box, name) => {
  const data = new DataTransfer()
  data.items.add(new File(["the words of " + name], name, {type: "text/plain"}))
  box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}))
}"""


@pytest.fixture
def grace_is_here(desk_open: Site) -> Site:
    with desk_open.app.app_context(), unit_of_work():
        cast.person("linus")
    return desk_open


def opened(site: Site, words: str) -> int:
    """The conversation in which these are the last words."""
    with site.app.app_context():
        number = db.session.scalars(select(Conversation.id).where(Conversation.last_line == words)).one()
        db.session.remove()
        return number


def say(site: Site, number: int, who: str, words: str) -> None:
    with site.app.app_context():
        with unit_of_work():
            db.session.get_one(Conversation, number).say(cast.person(who), words)
        db.session.remove()


def at_desk(agent: Page, number: int) -> Locator:
    agent.goto(f"/desk/conversations/{number}")
    expect(agent.locator("live-stream[data-state=open]").last).to_be_attached()
    return agent.locator(".thread")


def answer(agent: Page, words: str) -> None:
    agent.locator("#words").fill(words)
    agent.get_by_role("button", name="Send to customer").click()
    expect(agent.locator(".message--mine").last).to_contain_text(words.splitlines()[0])


def type_until(agent: Page, sign: Locator | FrameLocator, words: str) -> None:
    """Go on typing until the other side sees it: a page without script looks every few seconds."""
    for _ in range(60):
        agent.locator("#words").press_sequentially(".", delay=200)
        if words in sign.locator("body" if isinstance(sign, FrameLocator) else "xpath=.").inner_text():
            return
    raise AssertionError(f"nobody saw “{words}”")


def test_a_phone_and_a_page_without_script_talk_with_the_desk_with_typing_files_and_seen_marks(
    page_of: PageOf, grace_is_here: Site, tmp_path: Path
) -> None:
    agent, phone, plain = page_of("grace"), page_of(**PHONE), page_of(java_script_enabled=False)
    (tmp_path / "plan.txt").write_text("my plan")

    phone.goto("/about")
    phone.locator("a.bubble").click()
    room = phone.locator("#chat-room")
    room.locator("#composer-words").fill("From my phone")
    room.locator(".composer__send").click()
    expect(room.locator("live-stream")).to_have_attribute("data-state", "open")
    thread = at_desk(agent, opened(grace_is_here, "From my phone"))
    expect(room.locator("#chat-seen")).to_contain_text("Seen")
    room.locator("#composer-words").press_sequentially("And", delay=20)
    expect(agent.locator(".typing-line")).to_contain_text("is writing")
    room.locator("input[type=file]").set_input_files(str(tmp_path / "plan.txt"))
    room.locator(".composer__send").click()
    expect(thread.locator(".file")).to_contain_text("plan.txt")
    agent.locator("#words").press_sequentially("Thank", delay=20)
    expect(room.locator("#chat-typing")).to_contain_text("Grace is writing")
    agent.locator("#words").evaluate(PASTE, "offer.txt")
    answer(agent, "Thank you, here is ours")
    expect(room.locator(".message").last).to_contain_text("Thank you, here is ours")
    expect(room.locator(".message").last.locator(".file__name")).to_have_text("offer.txt")
    expect(agent.locator(".seen")).to_have_text("Seen")

    plain.goto("/about")
    plain.locator("a.bubble").click()
    plain.get_by_label("Your message").fill("Without any script")
    plain.get_by_role("button", name="Send").click()
    log = plain.frame_locator("iframe")
    expect(log.locator(".message")).to_contain_text(["Without any script"])
    thread = at_desk(agent, opened(grace_is_here, "Without any script"))
    expect(log.locator("#chat-seen")).to_contain_text("Seen", timeout=15_000)
    type_until(agent, log, "Grace is writing")
    agent.locator(".replybox").evaluate(DROP, "prices.txt")
    answer(agent, "These are our prices")
    expect(log.locator(".message").last).to_contain_text("These are our prices", timeout=15_000)
    expect(log.locator(".file__name")).to_have_text("prices.txt")
    plain.get_by_label("Your message").fill("And this is my plan")
    plain.locator("input[type=file]").set_input_files(str(tmp_path / "plan.txt"))
    plain.get_by_role("button", name="Send").click()
    expect(thread.locator(".message").last).to_contain_text("And this is my plan")
    expect(thread.locator(".file").last).to_contain_text("plan.txt")


def test_what_a_visitor_drops_and_pastes_reaches_the_desk_and_comes_down_whole(page_of: PageOf, grace_is_here: Site) -> None:
    visitor, agent = page_of(), page_of("grace")
    visitor.goto("/about")
    visitor.locator("a.bubble").click()
    room = visitor.locator("#chat-room")
    room.locator("#composer-words").fill("Here are my papers")
    room.locator(".composer__send").click()
    expect(room.locator("live-stream")).to_have_attribute("data-state", "open")
    thread = at_desk(agent, opened(grace_is_here, "Here are my papers"))
    panel = visitor.locator("#chat-panel")
    room.locator(".thread").evaluate(DROP.replace('"drop"', '"dragover"'), "plan.txt")
    expect(panel).to_have_class(re.compile("chat--drop"))
    room.locator(".thread").evaluate(DROP, "plan.txt")
    expect(panel).not_to_have_class(re.compile("chat--drop"))
    room.locator("#composer-words").evaluate(PASTE, "offer.txt")
    expect(room.locator(".composer__files .chip")).to_have_text(["plan.txt ×", "offer.txt ×"])
    room.locator(".composer__send").click()
    expect(room.locator(".composer__files .chip")).to_have_count(0)
    expect(room.locator(".message").last.locator(".file__name")).to_have_text(["plan.txt", "offer.txt"])
    expect(thread.locator(".file")).to_contain_text(["plan.txt", "offer.txt"])
    with agent.expect_download() as download:
        thread.locator(".file").first.click()
    assert download.value.suggested_filename == "plan.txt"
    assert download.value.path().read_text() == "the words of plan.txt"


def test_the_desk_sees_the_step_of_a_checkout_and_the_panel_leaves_pay_and_total_free(page_of: PageOf, grace_is_here: Site) -> None:
    visitor, agent = page_of(), page_of("grace")
    visitor.goto("/checkout/steady-caseload?profession=physician")
    visitor.locator("main").get_by_role("link", name="Chat with us").first.click()
    room = visitor.locator("#chat-room")
    room.locator("#composer-words").fill("Before I pay")
    room.locator(".composer__send").click()
    expect(room.locator(".message")).to_have_count(1)
    at_desk(agent, opened(grace_is_here, "Before I pay"))
    trail = agent.get_by_label("Pages of this visit")
    expect(trail).to_contain_text("checkout: you")
    visitor.get_by_label("E-mail").first.fill("nora@client.example")
    visitor.get_by_label("Full name").fill("Nora New")
    visitor.get_by_role("button", name="Continue to your plan").click()
    expect(trail).to_contain_text("checkout: plan")
    visitor.get_by_role("button", name="Review and pay").click()
    expect(trail).to_contain_text("checkout: pay")
    expect(room.locator(".message")).to_contain_text(["Before I pay"])
    for width in (1024, 1280, 1440):
        visitor.set_viewport_size({"width": width, "height": 800})
        panel = visitor.locator("#chat-panel").bounding_box()
        assert panel is not None
        for free in (
            visitor.get_by_role("button", name="Pay $"),
            visitor.locator("main").get_by_text("$2,400").locator("visible=true").last,
        ):
            box = free.bounding_box()
            assert box is not None and box["x"] + box["width"] <= panel["x"], f"{width}: {box} lies under {panel}"
        assert visitor.evaluate("document.documentElement.scrollWidth") <= width
    visitor.set_viewport_size({"width": 800, "height": 800})
    expect(visitor.locator("#chat-panel:modal")).to_be_visible()
    visitor.keyboard.press("Escape")
    expect(visitor.locator("#chat-panel")).to_be_hidden()


@pytest.mark.parametrize("width", [375, 1280])
def test_the_bubble_has_room_of_its_own_at_the_end_of_the_page(page_of: PageOf, live_server: Site, width: int) -> None:
    page = page_of(viewport={"width": width, "height": 700})
    page.goto("/about")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator("a.bubble")).to_be_in_viewport()
    page.wait_for_function(
        "!document.querySelector('a.bubble').getAnimations().length && document.documentElement.hasAttribute('data-foot')"
    )
    covered = page.evaluate(
        """(() => {
          const b = document.querySelector("a.bubble").getBoundingClientRect()
          return [...document.querySelectorAll(".foot :is(a, p, li, address, h2)")].filter((one) => {
            const a = one.getBoundingClientRect()
            return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
          }).map((one) => one.textContent.trim())
        })()"""
    )
    assert covered == []


def test_a_colleague_takes_over_with_a_brief_and_a_stale_reply_is_stopped(page_of: PageOf, grace_is_here: Site) -> None:
    visitor, grace, linus = page_of(), page_of("grace"), page_of("linus")
    visitor.goto("/about")
    visitor.locator("a.bubble").click()
    room = visitor.locator("#chat-room")
    room.locator("#composer-words").fill("I want my money back")
    room.locator(".composer__send").click()
    expect(room.locator(".chat__title").first).to_have_text("Grace", timeout=20_000)
    number = opened(grace_is_here, "I want my money back")
    linus.goto("/desk/views/all")
    grace.goto("/desk/views/mine")
    expect(linus.locator(".talk__here")).to_have_count(0)
    at_desk(grace, number)
    expect(linus.locator(f"#row-{number} .talk__here")).to_have_text("Grace is here")
    grace.get_by_text("Hand on", exact=True).first.click()
    grace.get_by_label("To", exact=True).select_option(label="Linus Pauling")
    grace.get_by_label("What should they know?").fill("Two weeks in, very polite")
    grace.get_by_role("button", name="Hand on").click()
    expect(linus.locator("#bell")).to_contain_text("1", timeout=20_000)
    expect(room.locator(".chat__title").first).to_have_text("Linus", timeout=20_000)
    linus.locator(f"#row-{number} .talk__link").click()
    expect(linus.locator(".message--note")).to_contain_text("Two weeks in, very polite")
    expect(room).not_to_contain_text("very polite")
    expect(linus.locator(".here-sign")).to_contain_text("Grace")

    # Grace answers at the very moment in which Linus is about to send.
    def meanwhile(route: Route) -> None:
        say(grace_is_here, number, "grace", "It is on its way already")
        route.continue_()

    linus.route("**/messages*", meanwhile, times=1)
    linus.locator("#words").fill("Which order is it?")
    linus.get_by_role("button", name="Send to customer").click()
    expect(linus.get_by_role("alert")).to_contain_text("It is on its way already")
    expect(linus.locator("#words")).to_have_value("Which order is it?")
    expect(room.locator(".message").last).to_contain_text("It is on its way already")
    expect(room).not_to_contain_text("Which order is it?")
    linus.locator("#words").fill("As Grace says. Which order is it?")
    linus.get_by_role("button", name="Send to customer").click()
    expect(room.locator(".message").last).to_contain_text("As Grace says.")


def test_sending_and_closing_are_undone_by_one_key_and_a_snooze_ends_at_its_time(page_of: PageOf, grace_is_here: Site) -> None:
    visitor, agent = page_of(), page_of("grace")
    visitor.goto("/about")
    visitor.locator("a.bubble").click()
    room = visitor.locator("#chat-room")
    room.locator("#composer-words").fill("What does it cost?")
    room.locator(".composer__send").click()
    expect(room.locator(".message")).to_have_count(1)
    number = opened(grace_is_here, "What does it cost?")
    at_desk(agent, number)
    answer(agent, "Twice as much")
    expect(room.locator(".message").last).to_contain_text("Twice as much")
    agent.locator("#thread .pane__title").click()
    agent.keyboard.press("z")
    expect(agent.locator("#words")).to_have_value("Twice as much")
    expect(room.locator(".message--deleted")).to_have_count(1)
    expect(room).not_to_contain_text("Twice as much")
    answer(agent, "Two thousand dollars")
    agent.locator(".message__tools a").last.click()
    expect(agent.locator("#other-words")).to_be_focused()
    agent.locator("#other-words").fill("2,400 dollars")
    agent.get_by_role("button", name="Change it").click()
    expect(room.locator(".message").last).to_contain_text("2,400 dollars")
    agent.get_by_role("button", name="Close", exact=True).click()
    expect(room.locator(".thread__event").last).to_contain_text("was closed")
    agent.locator("#thread .pane__title").click()
    agent.keyboard.press("z")
    expect(agent.get_by_role("button", name="Close", exact=True)).to_be_visible()

    agent.get_by_text("Snooze", exact=True).first.click()
    agent.get_by_role("button", name="For an hour").click()
    expect(agent.get_by_role("button", name="Wake it")).to_be_visible()
    agent.goto("/desk/views/mine")
    expect(agent.locator(".talk__link")).to_have_count(0)
    with grace_is_here.app.app_context(), unit_of_work():
        moved = db.session.execute(update(Errand).where(Errand.key == f"snooze:{number}").values(due_at=clock.now()))
        assert moved.rowcount == 1, [(e.key, e.state, e.handler) for e in db.session.scalars(select(Errand))]
    expect(agent.locator(f"#row-{number}")).to_contain_text("woke: time", timeout=30_000)
