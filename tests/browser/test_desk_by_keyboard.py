"""The desk without a mouse: five chats answered by keys alone, keys of one's own, and what axe says in three modes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.accounts.models import Person
from app.conversations.models import Availability, Conversation
from app.inbox.models import Canned
from app.lib.db import add, db, unit_of_work
from tests import cast
from tests.browsers import PageOf
from tests.servers import wait_until
from tests.site import Site

Violations = Callable[[Page], list[str]]
MODES: list[dict[str, Any]] = [
    {"viewport": {"width": 1280, "height": 800}},
    {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    {"viewport": {"width": 1280, "height": 800}, "forced_colors": "active"},
]


@pytest.fixture
def five(live_server: Site) -> list[int]:
    """Five strangers wait with a question each; Grace has taken them all."""
    with live_server.app.app_context(), unit_of_work():
        grace = cast.person("grace")
        Availability.of(grace).come(timedelta(hours=2))
        return [asked(number, grace) for number in range(1, 6)]


def asked(number: int, grace: Person) -> int:
    person = add(Person(name=f"Visitor {number}"))
    talk = Conversation.open(person, "chat")
    talk.say(person, f"Question number {number}")
    talk.assign(grace)
    return talk.id


def desk(page: Page) -> None:
    page.goto("/desk/views/mine")
    page.keyboard.press("Tab")
    page.get_by_label("E-mail").first.focus()
    page.keyboard.type("grace@northlight.example")
    page.get_by_label("Password", exact=True).focus()
    page.keyboard.type(cast.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()
    ready(page)


def ready(page: Page) -> None:
    """The page hears keys."""
    expect(page.locator("desk-keys:defined")).to_be_visible()


def states(site: Site, ids: list[int]) -> list[str]:
    with site.app.app_context():
        rows = db.session.execute(db.select(Conversation.state).where(Conversation.id.in_(ids)))
        return [state for (state,) in rows]


def test_five_chats_are_answered_and_closed_by_keys_alone(page_of: PageOf, live_server: Site, five: list[int]) -> None:
    page = page_of(viewport={"width": 1280, "height": 800})
    desk(page)
    for count in range(1, 6):
        page.keyboard.press("g")
        page.keyboard.press("m")
        page.wait_for_url("**/desk/views/mine")
        expect(page.locator(".talk__link")).to_have_count(6 - count)
        ready(page)
        page.keyboard.press("j")
        page.keyboard.press("o")
        expect(page.locator("#words")).to_be_visible()
        ready(page)
        page.keyboard.press("r")
        expect(page.locator("#words")).to_be_focused()
        page.keyboard.type(f"Answer number {count}")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".message--mine").filter(has_text=f"Answer number {count}")).to_be_visible(timeout=20_000)
        page.keyboard.press("Escape")
        expect(page.locator("#words")).not_to_be_focused()
        page.keyboard.press("e")
        expect(page.get_by_role("button", name="Reopen")).to_be_visible()
        ready(page)
        wait_until(lambda count=count: states(live_server, five).count("closed") == count, "the chat to be closed", 20)


def tab_to(page: Page, goal: Locator) -> None:
    """Walk by Tab alone until the goal has the focus."""
    expect(goal).to_be_visible()
    for _ in range(60):
        if goal.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {goal}")


def go_to_mine(page: Page) -> None:
    page.keyboard.press("g")
    with page.expect_navigation(url="**/desk/views/mine"):
        page.keyboard.press("m")
    ready(page)


def walk_to(page: Page, row: Locator) -> None:
    """From the view of one's own conversations to a row of it, and into it."""
    go_to_mine(page)
    link = row.locator(".talk__link")
    expect(link).to_be_visible()
    for _ in range(6):
        if link.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#words")).to_be_visible()
    ready(page)
    expect(page.locator("live-stream[data-state=open]").last).to_be_attached()


def reply(page: Page, words: str) -> None:
    page.keyboard.press("r")
    expect(page.locator("#words")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#words")).to_have_value("")
    expect(page.locator(".message--mine").last).to_contain_text(words)
    ready(page)


@pytest.mark.timeout(300)
def test_five_visitors_write_at_once_and_one_agent_answers_each_of_them_by_keys_alone(page_of: PageOf, live_server: Site) -> None:
    with live_server.app.app_context():
        cast.person("grace")
    page = page_of()
    page.goto("/desk/views/mine")
    tab_to(page, page.get_by_label("E-mail").first)
    page.keyboard.type("grace@northlight.example")
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(cast.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/views/mine")
    tab_to(page, page.get_by_role("button", name="Away"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Taking chats")).to_be_visible()

    rooms = [page_of(viewport={"width": 375, "height": 667}).locator("main #chat-room") for _ in range(5)]
    for number, room in enumerate(rooms):
        room.page.goto("/chat")
        room.locator("#composer-words").fill(f"Question {number}")
        room.locator(".composer__send").click()
        expect(room.locator(".chat__title").first).to_have_text("Grace", timeout=30_000)
    rows = [page.locator("li.talk").filter(has_text=f"Question {number}") for number in range(5)]
    expect(page.locator("li.talk--unread")).to_have_count(5)

    for number, room in enumerate(rooms):
        walk_to(page, rows[number])
        reply(page, f"Answer {number}")
        expect(room.locator(".message").last).to_contain_text(f"Answer {number}")
    for number, room in enumerate(rooms):
        expect(room.locator(".message__body")).to_have_text([f"Question {number}", f"Answer {number}"])
        room.locator("#composer-words").fill(f"Thanks {number}")
        room.locator(".composer__send").click()
        expect(room.locator(".message--sending")).to_have_count(0)
    page.keyboard.press("Escape")
    for number in reversed(range(5)):
        walk_to(page, page.locator("li.talk").filter(has_text=f"Thanks {number}"))
        expect(rooms[number].locator("#chat-seen")).to_contain_text("Seen")
        page.keyboard.press("e")
        expect(page.get_by_role("button", name="Reopen")).to_be_visible()
        expect(rooms[number].locator(".thread__event").last).to_contain_text("was closed")
        ready(page)
    go_to_mine(page)
    expect(page.locator(".talk__link")).to_have_count(0)


def test_an_agent_puts_another_key_in_place_and_back(page_of: PageOf, five: list[int]) -> None:
    page = page_of(viewport={"width": 1280, "height": 800})
    desk(page)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    down = page.locator("[data-remap=j]")
    down.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("k")
    expect(page.locator("#keys-said")).to_have_text("k is already “Previous conversation”.")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift")
    with page.expect_response("**/desk/own-keys"):
        page.keyboard.press("d")
    expect(page.locator("#keys-said")).to_have_text("d is now “Next conversation”.")
    expect(down.locator("kbd")).to_have_text("d")
    page = page_of("grace", viewport={"width": 1280, "height": 800})
    page.goto("/desk/views/mine")
    down = page.locator("[data-remap=j]")
    ready(page)
    page.keyboard.press("j")
    expect(page.locator(".talk__link").first).not_to_be_focused()
    page.keyboard.press("d")
    expect(page.locator(".talk__link").first).to_be_focused()
    page.keyboard.press("?")
    with page.expect_response("**/desk/own-keys"):
        page.get_by_role("button", name="Reset all keys").press("Enter")
    expect(down.locator("kbd")).to_have_text("j")
    with page.expect_response("**/desk/own-keys"):
        page.get_by_label("Single keys work").uncheck()
    page.reload()
    ready(page)
    page.keyboard.press("j")
    expect(page.locator(".talk__link").first).not_to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()


def test_notes_taking_giving_tagging_snoozing_closing_and_undo_have_keys(page_of: PageOf, live_server: Site, five: list[int]) -> None:
    with live_server.app.app_context(), unit_of_work():
        cast.person("linus")
        db.session.get_one(Conversation, five[0]).release()
    page = page_of("grace", viewport={"width": 1280, "height": 800})
    page.goto(f"/desk/conversations/{five[0]}")
    ready(page)
    page.keyboard.press("n")
    expect(page.locator("#words")).to_be_focused()
    page.keyboard.type("Only for us")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--note")).to_contain_text("Only for us")
    expect(page.locator("#thread .undo")).to_be_visible()
    ready(page)
    # The word that it is gone may come over the wire before the page that the undoing leads to.
    with page.expect_navigation():
        page.keyboard.press("z")
    expect(page.locator(".message--deleted")).to_be_visible()
    ready(page)
    page.keyboard.press("n")
    expect(page.locator("#words")).to_have_value("Only for us")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Put back")).to_be_visible()
    ready(page)
    page.keyboard.press("#")
    expect(page.locator("#tag-name")).to_be_focused()
    page.keyboard.type("Prices")
    page.keyboard.press("Enter")
    expect(page.locator(".tagged")).to_contain_text("Prices")
    ready(page)
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Wake it")).to_be_visible()
    ready(page)
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="Wake it")).to_be_hidden()
    ready(page)
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    ready(page)
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="Reopen")).to_be_hidden()
    ready(page)
    page.keyboard.press("a")
    expect(page.locator("#hand-to")).to_be_focused()
    page.keyboard.type("Linus")
    page.keyboard.press("Tab")
    page.keyboard.type("Yours, please")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".pane__about")).to_contain_text("Linus Pauling")
    ready(page)
    page.keyboard.press("]")
    expect(page.locator(".pane__about")).to_contain_text("yours")
    ready(page)
    page.keyboard.press("x")
    expect(page.locator(".bulk")).to_be_visible()
    page.locator(".bulk").get_by_role("button", name="Close").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#list .undo")).to_contain_text("1 conversation closed.")
    ready(page)
    page.keyboard.press("z")
    expect(page.locator("#notice")).to_contain_text("as they were")


def test_a_draft_outlives_a_quick_turn_to_a_note_and_the_sound_is_remembered(page_of: PageOf, live_server: Site, five: list[int]) -> None:
    page = page_of("grace", viewport={"width": 1280, "height": 800})
    page.goto(f"/desk/conversations/{five[0]}")
    ready(page)
    with page.expect_response("**/draft") as kept:
        page.locator("#words").fill("Half a reply")
        page.get_by_text("Internal note").click()
    assert "kind=reply" in (kept.value.request.post_data or "")
    with page.expect_response("**/draft"):
        page.locator("#words").fill("Half a note")
    page.reload()
    expect(page.locator("#words")).to_have_value("Half a reply")
    page.get_by_text("Internal note").click()
    expect(page.locator("#words")).to_have_value("Half a note")
    sound = page.get_by_role("switch", name="Sound when somebody writes")
    expect(sound).to_have_attribute("aria-checked", "false")
    sound.press("Enter")
    expect(sound).to_have_attribute("aria-checked", "true")
    page.goto("/desk/canned")
    expect(sound).to_have_attribute("aria-checked", "true")
    page.goto("/desk/views/mine")
    page.evaluate("addEventListener('desk:ring', () => (document.title = 'rang'), {capture: true})")
    expect(page.locator("live-stream[data-state=open]").last).to_be_attached()
    with live_server.app.app_context(), unit_of_work():
        talk = db.session.get_one(Conversation, five[1])
        assert talk.person is not None
        talk.say(talk.person, "Are you there?")
    expect(page).to_have_title("rang")
    sound.press("Space")
    expect(sound).to_have_attribute("aria-checked", "false")


def test_a_script_is_found_beside_the_composer_and_inserted_and_enter_there_sends_nothing(
    page_of: PageOf, live_server: Site, five: list[int]
) -> None:
    page = page_of("grace")
    page.goto(f"/desk/conversations/{five[0]}")
    page.locator("#words").fill("Dear visitor, ")
    page.get_by_role("link", name="Playbook").last.click()
    find = page.get_by_label("Search the playbook")
    expect(page.locator("#plays .canned__one").nth(4)).to_be_visible()
    find.fill("distress")
    expect(page.locator("#plays .canned__one")).to_have_count(1)
    find.press("Enter")
    expect(find).to_be_focused()
    page.locator("#plays .canned__one").press("Enter")
    expect(page.locator("#words")).to_be_focused()
    expect(page.locator("#words")).to_have_value(re.compile("^Dear visitor, .{20}", re.DOTALL))
    expect(page.locator(".message--mine")).to_have_count(0)
    page.reload()
    expect(page.locator(".message--mine")).to_have_count(0)


def test_a_slash_offers_canned_replies_and_arrows_enter_and_tab_choose(page_of: PageOf, live_server: Site, five: list[int]) -> None:
    with live_server.app.app_context(), unit_of_work():
        for word in ("Morning", "Evening"):
            add(Canned(title=word, slug=word.lower(), words=f"Good {word.lower()}"))
    page = page_of("grace")
    page.goto(f"/desk/conversations/{five[0]}")
    words, options = page.locator("#words"), page.locator("#canned .canned__one")
    words.press_sequentially("Hello. /")
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.last).to_be_focused()
    chosen = options.last.get_attribute("data-insert") or ""
    page.keyboard.press("Enter")
    expect(words).to_be_focused()
    expect(words).to_have_value(f"Hello. {chosen}")
    words.press_sequentially(" /eve")
    page.keyboard.press("Tab")
    expect(words).to_have_value(f"Hello. {chosen} Good evening")
    expect(words).to_be_focused()
    words.press_sequentially(" /mor")
    expect(options).to_have_count(1)
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(words).to_be_focused()
    page.keyboard.press("Enter")
    expect(words).to_have_value(f"Hello. {chosen} Good evening /mor\n")


def test_an_at_in_a_note_offers_colleagues(page_of: PageOf, live_server: Site, five: list[int]) -> None:
    with live_server.app.app_context(), unit_of_work():
        cast.person("linus")
    page = page_of("grace")
    page.goto(f"/desk/conversations/{five[0]}")
    words, options = page.locator("#words"), page.locator("#canned .canned__one")
    words.press_sequentially("Ask @lin")
    expect(options).to_have_count(0)
    page.get_by_text("Internal note").click()
    words.press_sequentially("Ask @lin")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(words).to_have_value(re.compile(r"^Ask @Linus\S* $"))


def test_what_opens_below_the_composer_stays_in_the_window(page_of: PageOf, five: list[int]) -> None:
    for width in (375, 1280):
        page = page_of("grace", viewport={"width": width, "height": 740})
        page.goto(f"/desk/conversations/{five[0]}")
        for menu in page.locator(".replybox__foot .menu").all():
            menu.locator("summary").click()
            box = menu.locator(".menu__list").bounding_box()
            assert box is not None
            assert box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= 740
            page.keyboard.press("Escape")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", MODES, ids=["wide", "small and dark", "forced colours"])
def test_axe_finds_nothing_at_the_desk(page_of: PageOf, violations: Violations, five: list[int], mode: dict[str, Any]) -> None:
    page = page_of(**mode)
    desk(page)
    found = {"list": violations(page)}
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    found["keys"] = violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    found["palette"] = violations(page)
    page.keyboard.press("Escape")
    page.locator(".talk__pick input").first.check()
    found["bulk bar"] = violations(page)
    page.get_by_role("button", name="Mark read").click()
    expect(page.locator(".undo")).to_be_visible()
    found["undo"] = violations(page)
    page.goto(f"/desk/conversations/{five[0]}")
    found["thread"] = violations(page)
    for words in ("Snooze", "Hand on", "More"):
        page.locator(".deeds summary").filter(has_text=words).click()
        found[words] = violations(page)
        page.keyboard.press("Escape")
    for words in ("Canned", "Playbook"):
        page.locator(".replybox__foot a").filter(has_text=words).click()
        expect(page.locator("#canned .canned")).to_be_visible()
        found[words] = violations(page)
    page.locator("#words").fill("With a word to change")
    page.keyboard.press("Control+Enter")
    page.locator(".message__tools a").last.click()
    expect(page.locator("#other-words")).to_be_focused()
    found["change"] = violations(page)
    page.goto(f"/desk/conversations/{five[0]}/person")
    found["person"] = violations(page)
    page.locator("#person-note").fill("Prefers mornings")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator("#person-notes li")).to_have_count(1)
    found["person with a note"] = violations(page)
    for path in ("/desk/canned", "/desk/playbook"):
        page.goto(path)
        found[path] = violations(page)
    assert {name: faults for name, faults in found.items() if faults} == {}
