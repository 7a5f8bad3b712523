"""The chat with real browsers: a visitor and an agent at once, a phone, a keyboard, no script, a bad line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from app.accounts.models import Person
from app.conversations.models import Availability, Conversation, Entry
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from tests import cast
from tests.browsers import PageOf
from tests.servers import wait_until
from tests.site import Site

PHONE = {"viewport": {"width": 375, "height": 760}, "has_touch": True, "is_mobile": True}
Violations = Callable[[Page], list[str]]


def open_chat(page: Page, path: str = "/") -> Locator:
    page.goto(path)
    page.locator("a.bubble").click()
    room = page.locator("#chat-room")
    expect(room.locator(".chat__greeting")).to_be_visible()
    return room


def write(room: Locator, words: str) -> None:
    room.locator("#composer-words").fill(words)
    room.locator("#composer-words").press("Enter")


def begin(page: Page, words: str = "What does it cost?", path: str = "/") -> Locator:
    room = open_chat(page, path)
    room.locator("#composer-words").fill(words)
    room.locator(".composer__send").click()
    expect(room.locator(".message").last).to_contain_text(words)
    expect(room.locator("live-stream")).to_have_attribute("data-state", "open")
    return room


def answer(site: Site, words: str, *, who: str = "grace") -> None:
    with site.app.app_context():
        with unit_of_work():
            newest().say(cast.person(who), words)
        db.session.remove()


def newest() -> Conversation:
    return db.session.scalars(select(Conversation).order_by(Conversation.id.desc())).first()  # type: ignore[return-value]


def spoken(site: Site) -> list[str]:
    with site.app.app_context():
        found = list(db.session.scalars(select(Entry.body).where(Entry.kind.in_(("message", "file"))).order_by(Entry.id)))
        db.session.remove()
        return found


def test_a_visitor_and_an_agent_talk(page_of: PageOf, desk_open: Site) -> None:
    visitor, agent = page_of(), page_of("grace")
    agent.goto("/desk/views/mine")
    room = begin(visitor, "Do you take new practices?")
    row = agent.locator(".talk", has_text="Do you take new practices?")
    expect(row).to_be_visible()
    row.locator("a").first.click()
    expect(agent.locator(".thread")).to_contain_text("Do you take new practices?")
    expect(room.locator("#chat-seen")).to_contain_text("Seen")
    room.locator("#composer-words").press_sequentially("And ", delay=20)
    expect(agent.locator(".typing-line")).to_contain_text("is writing")
    agent.locator("#words").press_sequentially("Yes, we do.", delay=20)
    expect(room.locator("#chat-typing")).to_contain_text("Grace is writing")
    agent.get_by_role("button", name="Send to customer").click()
    expect(room.locator(".message").last).to_contain_text("Yes, we do.", timeout=20_000)
    expect(room.locator("#chat-typing")).to_be_hidden()
    expect(room.locator(".chat__title").first).to_have_text("Grace")
    write(room, "And what does it cost?")
    expect(agent.locator(".thread")).to_contain_text("And what does it cost?")


def test_before_the_click_there_is_a_plain_link_and_nothing_else(page_of: PageOf, desk_open: Site) -> None:
    page, asked, sockets = page_of(), list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto("/")
    page.wait_for_timeout(300)
    assert not [url for url in asked if "chat" in url] and sockets == [] and page.context.cookies() == []
    page.locator("a.bubble").click()
    expect(page.locator(".chat__greeting")).to_be_visible()
    assert sockets == [] and "fd_visitor" not in {cookie["name"] for cookie in page.context.cookies()}


def test_focus_goes_in_and_comes_back_by_keyboard_alone(page_of: PageOf, desk_open: Site) -> None:
    page = page_of()
    page.goto("/")
    page.locator("a.bubble").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#composer-words")).to_be_focused()
    page.keyboard.type("Only keys")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two lines")
    page.keyboard.press("Enter")
    expect(page.locator(".message")).to_contain_text(["Only keys two lines"])
    page.keyboard.press("Escape")
    expect(page.locator("#chat-panel")).to_be_hidden()
    expect(page.locator("a.bubble")).to_be_focused()


def test_a_panel_that_opens_again_leaves_the_focus_to_the_page(page_of: PageOf, desk_open: Site) -> None:
    page = page_of()
    begin(page)
    page.goto("/about")
    expect(page.locator("#chat-room .message").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()


def test_escape_closes_the_emoji_before_the_sheet_around_them(page_of: PageOf, desk_open: Site) -> None:
    page = page_of(**PHONE)
    room = begin(page)
    emoji = room.locator(".composer__emoji")
    emoji.locator("summary").click()
    page.keyboard.press("Escape")
    expect(emoji.locator(".menu__list")).to_be_hidden()
    expect(page.locator("#chat-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#chat-panel")).to_be_hidden()


def test_it_is_a_sheet_on_a_phone(page_of: PageOf, desk_open: Site) -> None:
    page = page_of(**PHONE)
    room = begin(page, "From my phone")
    box = page.locator("#chat-panel").bounding_box()
    assert box is not None and (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 375, 760)
    answer(desk_open, "Hello phone")
    expect(room.locator(".message").last).to_contain_text("Hello phone")
    small = page.evaluate(
        "[...document.querySelectorAll('#chat-room :is(button, summary, .composer__tool)')].filter(one => one.checkVisibility()"
        " && !one.closest('.menu__list') && Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < 44)"
        ".map(one => one.outerHTML)"
    )
    assert small == []
    room.locator("[data-chat-close]").click()
    expect(page.locator("#chat-panel")).to_be_hidden()


def test_an_error_leaves_the_room_the_words_and_the_way_out(page_of: PageOf, desk_open: Site, complaints: list[str]) -> None:
    page = page_of(**PHONE)
    room = open_chat(page)
    words = '<div class="notice" role="alert"><p>That was a little too often.</p></div>'
    page.route("**/chat", lambda route: route.fulfill(status=429, body=words, content_type="text/html"))
    room.locator("#composer-words").fill("Is this my seventh?")
    room.locator(".composer__send").click()
    expect(room.get_by_role("alert")).to_have_text("That was a little too often.")
    expect(room.locator("#composer-words")).to_have_value("Is this my seventh?")
    page.unroute("**/chat")
    room.locator(".composer__send").click()
    expect(room.locator(".message").last).to_contain_text("Is this my seventh?")
    complaints.clear()


def test_whose_cookies_went_away_sends_once_more(page_of: PageOf, desk_open: Site, complaints: list[str]) -> None:
    page = page_of(**PHONE)
    room = open_chat(page)
    page.context.clear_cookies()
    room.locator("#composer-words").fill("Are you there?")
    room.locator(".composer__send").click()
    expect(room.get_by_role("alert")).to_contain_text("please send them again")
    room.locator(".composer__send").click()
    expect(room.locator(".message").last).to_contain_text("Are you there?")
    complaints.clear()


def test_a_room_that_is_no_longer_theirs_gives_way_to_the_first_one(page_of: PageOf, desk_open: Site, complaints: list[str]) -> None:
    page = page_of()
    begin(page)
    page.context.clear_cookies()
    page.goto("/about")
    expect(page.locator("#chat-room .chat__greeting")).to_be_visible()
    page.get_by_role("button", name="Close the chat").click()
    expect(page.locator("#chat-panel")).to_be_hidden()
    complaints.clear()


def test_where_no_room_comes_the_panel_closes_and_tries_again(page_of: PageOf, desk_open: Site, complaints: list[str]) -> None:
    page = page_of(**PHONE)
    page.goto("/")
    page.route("**/chat?*", lambda route: route.fulfill(status=500, body="<h1>Broken</h1>", content_type="text/html"))
    page.locator("a.bubble").click()
    panel = page.locator("#chat-panel")
    expect(panel.get_by_role("alert")).to_contain_text("Something went wrong on our side.")
    page.unroute("**/chat?*")
    panel.get_by_role("button", name="Try again").click()
    expect(panel.locator(".chat__greeting")).to_be_visible()
    panel.get_by_role("button", name="Close the chat").click()
    expect(panel).to_be_hidden()
    complaints.clear()


def test_it_goes_on_on_the_next_page_and_the_desk_sees_where(page_of: PageOf, desk_open: Site) -> None:
    visitor, agent = page_of(), page_of("grace")
    begin(visitor, "I will look around", "/about")
    agent.goto("/desk/views/mine")
    agent.locator(".talk a").first.click()
    expect(agent.get_by_label("Pages of this visit")).to_contain_text("/about")
    visitor.goto("/offers")
    expect(visitor.locator("#chat-room .message").first).to_contain_text("I will look around")
    expect(agent.get_by_label("Pages of this visit")).to_contain_text("/offers")
    answer(desk_open, "There you are")
    expect(visitor.locator("#chat-room .message").last).to_contain_text("There you are")


def test_an_answer_to_a_closed_panel_is_counted(page_of: PageOf, desk_open: Site) -> None:
    page = page_of()
    begin(page)
    page.keyboard.press("Escape")
    answer(desk_open, "Still there?")
    expect(page.locator("a.bubble .badge")).to_contain_text("1")
    page.locator("a.bubble").click()
    expect(page.locator("#chat-room .message").last).to_contain_text("Still there?")
    expect(page.locator("a.bubble .badge")).to_have_count(0)


def test_without_script_people_talk_too(page_of: PageOf, desk_open: Site) -> None:
    page = page_of(java_script_enabled=False)
    page.goto("/about")
    page.locator("a.bubble").click()
    page.get_by_label("Your message").fill("No script here")
    page.get_by_role("button", name="Send").click()
    log = page.frame_locator("iframe")
    expect(log.locator(".message")).to_contain_text(["No script here"])
    page.get_by_label("Your message").fill("half a sentence")
    answer(desk_open, "That is fine")
    expect(log.locator(".message").last).to_contain_text("That is fine", timeout=15_000)
    expect(page.get_by_label("Your message")).to_have_value("half a sentence")
    page.get_by_role("button", name="Send").click()
    expect(log.locator(".message").last).to_contain_text("half a sentence")


def test_what_could_not_be_sent_is_sent_once_when_the_line_is_back(page_of: PageOf, desk_open: Site, complaints: list[str]) -> None:
    page = page_of()
    room = begin(page)
    page.context.set_offline(True)
    write(room, "Into the void")
    expect(room.locator(".message--failed")).to_contain_text("Not sent yet")
    answer(desk_open, "Said meanwhile")
    page.context.set_offline(False)
    expect(room.locator(".message--failed")).to_have_count(0)
    expect(room.locator(".message", has_text="Said meanwhile")).to_have_count(1, timeout=20_000)
    expect(room.locator(".message", has_text="Into the void")).to_have_count(1)
    expect(room.locator(".message--sending")).to_have_count(0)
    assert spoken(desk_open) == ["What does it cost?", "Said meanwhile", "Into the void"]
    page.wait_for_timeout(300)
    complaints[:] = [line for line in complaints if "ERR_INTERNET_DISCONNECTED" not in line]


def test_an_answer_that_got_lost_makes_no_second_message(page_of: PageOf, desk_open: Site, complaints: list[str]) -> None:
    page = page_of()
    room = begin(page)
    lost = [True]

    def lose(route: object) -> None:
        if lost.pop() if lost else False:
            route.fetch()  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/entries", lose)
    write(room, "Only once")
    expect(room.locator(".message", has_text="Only once")).to_have_count(1)
    again = room.get_by_role("button", name="Try again")
    if again.count():
        again.click()
    expect(room.locator(".message--failed, .message--sending")).to_have_count(0)
    assert spoken(desk_open) == ["What does it cost?", "Only once"]
    page.wait_for_timeout(300)
    complaints[:] = [line for line in complaints if "ERR_FAILED" not in line]


def test_a_message_typed_and_a_page_reloaded(page_of: PageOf, desk_open: Site) -> None:
    page = page_of()
    room = begin(page)
    room.locator("#composer-words").fill("half written")
    page.reload()
    expect(page.locator("#composer-words")).to_have_value("half written")


def test_files_by_picker_and_paste_and_a_refusal_in_words(page_of: PageOf, desk_open: Site, tmp_path: Path) -> None:
    page = page_of()
    room = begin(page)
    plan, program = tmp_path / "plan.txt", tmp_path / "run.exe"
    plan.write_text("the plan")
    program.write_bytes(b"MZ\x90\x00\x03")
    room.locator("input[type=file]").set_input_files(str(plan))
    expect(room.locator(".composer__files .chip")).to_have_text("plan.txt ×")
    room.locator(".composer__send").click()
    expect(room.locator(".file__name")).to_have_text("plan.txt")
    room.locator("input[type=file]").set_input_files(str(program))
    write(room, "run this")
    expect(room.locator(".message--failed")).to_contain_text("run.exe")
    page.evaluate(
        "() => { const data = new DataTransfer(); data.items.add(new File(['pasted'], 'pasted.txt', {type: 'text/plain'}));"
        "document.querySelector('#composer-words').dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})) }"
    )
    expect(room.locator(".composer__files .chip")).to_have_text("pasted.txt ×")
    room.locator(".composer__files .chip").click()
    expect(room.locator(".composer__files .chip")).to_have_count(0)
    assert spoken(desk_open)[-1] == "" and "run this" not in spoken(desk_open)


def test_an_emoji_a_change_and_taking_it_back(page_of: PageOf, desk_open: Site) -> None:
    page = page_of()
    room = begin(page)
    room.locator(".composer__emoji summary").click()
    room.get_by_role("button", name="thumbs up").click()
    room.locator(".composer__send").click()
    expect(room.locator(".message").last).to_contain_text("👍")
    expect(room.locator(".message--sending")).to_have_count(0)
    room.get_by_role("link", name="Change").last.click()
    expect(room.get_by_role("button", name="Change it")).to_be_visible()
    room.get_by_role("textbox").fill("Good")
    room.get_by_role("button", name="Change it").click()
    expect(room.locator(".message").last).to_contain_text("Good")
    room.get_by_role("link", name="Take back").last.click()
    room.get_by_role("button", name="Take it back").click()
    expect(room.locator(".message--deleted")).to_contain_text("Taken back")
    expect(room.locator("#composer-words")).to_be_visible()
    page.get_by_role("button", name="Close the chat").click()
    expect(page.locator("#chat-panel")).to_be_hidden()


def test_the_queue_moves(page_of: PageOf, desk_open: Site) -> None:
    with desk_open.app.app_context(), unit_of_work():
        Availability.of(cast.person("grace")).carry(1)
    first, second = page_of(), page_of()
    begin(first, "I was first")
    room = begin(second, "I was second")
    expect(room.locator("#chat-state")).to_contain_text("You are next")
    first.locator(".chat__menu summary").click()
    first.get_by_role("button", name="End the conversation").click()
    expect(first.locator("#chat-room")).to_contain_text("was closed")
    expect(room.locator(".chat__title").first).to_have_text("Grace", timeout=20_000)
    expect(room.locator("#chat-state")).not_to_contain_text("You are next")


def test_nobody_is_here_the_form_and_the_call(page_of: PageOf, live_server: Site) -> None:
    page = page_of()
    room = open_chat(page)
    room.get_by_role("button", name="Send").click()
    expect(room.locator(".error-summary")).to_be_focused()
    room.get_by_label("Your message").fill("I write at night")
    room.get_by_label("Your e-mail address").fill("night@customer.example")
    room.get_by_role("button", name="Send").click()
    expect(room.locator(".thread__event").last).to_contain_text("A person answers by")
    room.get_by_role("link", name=re.compile("All conversations")).click()
    room.get_by_role("link", name="Call me back").click()
    room.get_by_label("Your phone number").fill("202 555 0142")
    room.get_by_role("button", name="Ring me then").click()
    expect(room.locator(".thread__event").last).to_contain_text("We ring +1 202-555-0142")


def test_an_address_left_brings_a_letter_when_the_agent_closes(page_of: PageOf, desk_open: Site) -> None:
    room = begin(page_of())
    room.get_by_text("Leaving? Get the answer by e-mail").click()
    room.get_by_label("Your e-mail address").fill("visitor@customer.example")
    room.get_by_role("button", name="Leave my address").click()
    expect(room.locator("#chat-room, .chat__notices").first).to_contain_text("Thank you")
    answer(desk_open, "490 dollars a month")
    expect(room.locator(".message").last).to_contain_text("490 dollars")
    with desk_open.app.app_context(), unit_of_work():
        newest().close(cast.person("grace"))
    expect(room.locator("#chat-thread")).to_contain_text("was closed")
    wait_until(lambda: letters(desk_open) == ["visitor@customer.example"], "the letter", 40)


def letters(site: Site) -> list[str]:
    with site.app.app_context():
        found = list(db.session.scalars(select(PostedLetter.to).order_by(PostedLetter.id)))
        db.session.remove()
        return found


MODES: list[dict[str, object]] = [{}, {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}}, {"forced_colors": "active"}]


@pytest.mark.parametrize("mode", MODES, ids=["wide", "small and dark", "forced colours"])
def test_axe_finds_nothing_when_nobody_is_here(
    page_of: PageOf, live_server: Site, violations: Violations, mode: dict[str, object], tmp_path: Path
) -> None:
    page = page_of(**mode)
    room = open_chat(page)
    found = {"form": violations(page)}
    room.get_by_role("button", name="Send").click()
    expect(room.locator(".error-summary")).to_be_focused()
    found["errors"] = violations(page)
    room.get_by_label("Your message").fill("I write at night")
    room.get_by_label("Your e-mail address").fill("night@customer.example")
    room.get_by_role("button", name="Send").click()
    expect(room.locator(".message")).to_have_count(1)
    (tmp_path / "run.exe").write_bytes(b"MZ\x90\x00\x03")
    room.locator("input[type=file]").set_input_files(str(tmp_path / "run.exe"))
    found["file chosen"] = violations(page)
    write(room, "run this")
    room.locator(".composer__send").click()
    expect(room.locator(".message--failed")).to_contain_text("run.exe")
    found["file refused"] = violations(page)
    room.locator(".composer__emoji summary").click()
    found["emoji"] = violations(page)
    room.get_by_role("link", name="Change").first.click()
    expect(room.get_by_role("button", name="Change it")).to_be_visible()
    found["change"] = violations(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("mode", MODES, ids=["wide", "small and dark", "forced colours"])
def test_axe_finds_nothing(page_of: PageOf, desk_open: Site, violations: Violations, mode: dict[str, object]) -> None:
    page = page_of(**mode)
    room = open_chat(page)
    page.wait_for_timeout(400)
    assert violations(page) == []
    room.locator("#composer-words").fill("Hello")
    room.locator(".composer__send").click()
    expect(room.locator(".message")).to_have_count(1)
    answer(desk_open, "Hello **you**, see https://example.com")
    expect(room.locator(".message").last).to_contain_text("see")
    page.wait_for_timeout(400)
    assert violations(page) == []
    page.goto("/chat/call")
    assert violations(page) == []
    page.goto("/chat/past")
    assert violations(page) == []


def test_a_stranger_with_the_address_sees_nothing(page_of: PageOf, desk_open: Site) -> None:
    begin(page_of(), "My secret")
    eve = page_of("eve")
    for path in ("", "/log", "/since/0", "/print"):
        answered = eve.goto(f"/chat/FD-1001{path}")
        assert answered is not None and answered.status == 404


def test_many_messages_from_both_sides_arrive_in_order_once(page_of: PageOf, desk_open: Site) -> None:
    page = page_of()
    room = begin(page, "0")
    for number in range(1, 13):
        write(room, str(number)) if number % 2 else answer(desk_open, str(number))
    expect(room.locator(".message")).to_have_count(13)
    expect(room.locator(".message--sending")).to_have_count(0)
    shown = [words.strip() for words in room.locator(".message__body").all_inner_texts()]
    assert sorted(shown, key=int) == [str(number) for number in range(13)]
    with desk_open.app.app_context():
        assert db.session.scalar(select(func.count(Entry.id)).where(Entry.kind == "message")) == 13
        assert db.session.scalar(select(func.count(Person.id)).where(Person.role == "visitor")) == 1
