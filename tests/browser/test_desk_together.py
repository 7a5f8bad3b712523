"""Two agents at one desk: who is in the thread shows at once, a snoozed one wakes by the visitor's word, a call comes in to be made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from app.accounts.models import Person
from app.chat.models import CallBack
from app.conversations.models import Availability, Conversation, Snooze
from app.hours.models import SpecialDay, main_calendar, main_name
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.outbox import Errand
from tests import cast
from tests.browsers import PageOf
from tests.site import Site


@pytest.fixture
def asked(live_server: Site) -> int:
    with live_server.app.app_context(), unit_of_work():
        grace = cast.person("grace")
        Availability.of(grace).come(timedelta(hours=2))
        visitor = add(Person(name="Visitor"))
        talk = Conversation.open(visitor, "chat")
        talk.say(visitor, "Do you work with couples?")
        talk.assign(grace)
        return talk.id


def at_desk(page: Page, who: str, path: str) -> None:
    page.goto(path)
    page.get_by_label("E-mail").first.fill(f"{who}@northlight.example")
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")


def test_two_agents_in_one_thread_see_each_other_at_once(page_of: PageOf, live_server: Site, asked: int) -> None:
    path = f"/desk/conversations/{asked}"
    with live_server.app.app_context():
        cast.person("linus")
    first, second = page_of(), page_of()
    at_desk(first, "grace", path)
    expect(first.locator(".here-sign")).to_have_count(0)
    at_desk(second, "linus", path)
    expect(second.locator(".here-sign")).to_contain_text("is looking")
    expect(first.locator(".here-sign")).to_contain_text("is looking", timeout=8_000)
    second.locator("#words").press_sequentially("Yes, we")
    expect(first.locator(".here-sign--replying")).to_contain_text("is replying", timeout=8_000)


def test_the_ring_goes_soon_after_the_thread_was_left_and_stays_while_somebody_answers_there(
    page_of: PageOf, live_server: Site, asked: int
) -> None:
    with live_server.app.app_context():
        cast.person("linus")
    first, second = page_of("linus"), page_of("grace")
    first.goto("/desk/views/all")
    second.goto(f"/desk/conversations/{asked}")
    ring = first.locator(f"#row-{asked} .talk__here")
    expect(ring).to_have_text("Grace is here")
    second.locator("#words").fill("Yes, we do")
    second.get_by_role("button", name="Send to customer").click()
    expect(second.locator("#words")).to_have_value("")
    expect(second.locator("live-stream[data-state=open]").last).to_be_attached()
    expect(ring).to_have_text("Grace is here")
    second.goto("about:blank")
    expect(ring).to_have_count(0, timeout=30_000)


def test_the_ring_stays_when_one_of_two_pages_with_the_thread_is_left(page_of: PageOf, live_server: Site, asked: int) -> None:
    with live_server.app.app_context():
        cast.person("linus")
    first, second = page_of("linus"), page_of("grace")
    first.goto("/desk/views/all")
    second.goto(f"/desk/conversations/{asked}")
    other = second.context.new_page()
    other.goto(f"/desk/conversations/{asked}")
    ring = first.locator(f"#row-{asked} .talk__here")
    expect(ring).to_have_text("Grace is here")
    other.goto("/desk/views/mine")
    first.wait_for_timeout(5_000)
    expect(ring).to_have_text("Grace is here")
    second.goto("/desk/views/mine")
    expect(ring).to_have_count(0, timeout=30_000)


def test_a_tab_that_is_hidden_is_quiet(page_of: PageOf, live_server: Site, asked: int) -> None:
    page, posts = page_of("grace"), []
    page.goto(f"/desk/conversations/{asked}")
    expect(page.locator("live-stream[data-state=open]").last).to_be_attached()
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.wait_for_timeout(1_000)
    posts.clear()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_timeout(3_000)
    assert 0 < len(posts) < 4


def test_what_is_put_aside_comes_back_with_the_visitors_next_word(page_of: PageOf, live_server: Site, asked: int) -> None:
    page = page_of(viewport={"width": 1280, "height": 800})
    at_desk(page, "grace", f"/desk/conversations/{asked}")
    page.get_by_text("Snooze", exact=True).first.click()
    page.get_by_role("button", name="Until they write").click()
    expect(page.get_by_role("button", name="Wake it")).to_be_visible()
    page.goto("/desk/views/mine")
    expect(page.locator(".talk__link")).to_have_count(0)
    with live_server.app.app_context(), unit_of_work():
        talk = db.session.get_one(Conversation, asked)
        assert talk.person is not None
        talk.say(talk.person, "One thing more")
    expect(page.locator(".talk__link")).to_contain_text("One thing more", timeout=20_000)


def test_a_visitor_asks_to_be_rung_and_the_desk_sees_number_and_time(page_of: PageOf, live_server: Site, asked: int) -> None:
    visitor = page_of(viewport={"width": 375, "height": 740})
    visitor.goto("/chat/call")
    visitor.get_by_label("Phone").fill("12")
    visitor.get_by_role("button", name="Ring me then").click()
    expect(visitor.locator(".field__error").first).to_be_visible()
    visitor.get_by_label("Phone").fill("(202) 555-0142")
    visitor.locator(".slots__one").nth(1).click()
    visitor.get_by_role("button", name="Ring me then").click()
    expect(visitor.get_by_label("Phone")).to_have_count(0)
    with live_server.app.app_context():
        call = db.session.scalars(select(Conversation).where(Conversation.channel == "phone")).one()
        number, comes_back = call.id, db.session.scalars(select(Snooze.until).where(Snooze.conversation_id == call.id)).one()
        assert comes_back is not None and comes_back > clock.now()
    page = page_of(viewport={"width": 1280, "height": 800})
    at_desk(page, "grace", f"/desk/conversations/{number}")
    expect(page.locator('a[href="tel:+12025550142"]').first).to_be_visible()
    expect(page.get_by_role("button", name="Wake it")).to_be_visible()


def test_while_we_are_shut_a_visitor_asks_for_a_call_and_the_desk_rings_when_we_are_open(page_of: PageOf, live_server: Site) -> None:
    with live_server.app.app_context(), unit_of_work():
        cast.person("grace")
        today = clock.now().date()
        for days in (-1, 0, 1):
            SpecialDay.enter(main_name(), today + timedelta(days=days), "closed", "Away", None)
        opens = today + timedelta(days=2)
        SpecialDay.enter(main_name(), opens, "09:00-17:00", "Open", None)
    visitor = page_of(viewport={"width": 375, "height": 740})
    visitor.goto("/about")
    visitor.locator("a.bubble").click()
    room = visitor.locator("#chat-room")
    expect(room.locator(".chat__hours")).to_contain_text("Nobody is here right now. Write, and a person answers by")
    room.get_by_role("link", name="Call me back").click()
    room.get_by_label("Your phone number").fill("202 555 0142")
    room.get_by_role("button", name="Ring me then").click()
    expect(room.locator(".thread__event").last).to_contain_text("We ring +1 202-555-0142")
    page = page_of("grace")
    page.goto("/desk/views/unassigned")
    expect(page.get_by_text("Choose a conversation")).to_be_visible()
    expect(page.locator(".talk__link")).to_have_count(0)
    page.get_by_role("link", name="Snoozed").click()
    page.locator(".talk__link").filter(has_text="Call back").click()
    trail = page.get_by_label("Pages of this visit")
    expect(trail.get_by_role("link", name="+1 202-555-0142")).to_have_attribute("href", "tel:+12025550142")
    with live_server.app.app_context(), unit_of_work():
        call = db.session.scalars(select(CallBack)).one()
        begins = call.starts_at.astimezone(main_calendar().zone)
        assert begins.date() == opens and 9 <= begins.hour < 17
        moved = db.session.execute(update(Errand).where(Errand.key == f"snooze:{call.conversation_id}").values(due_at=clock.now()))
        assert moved.rowcount == 1
    page.goto("/desk/views/unassigned")
    expect(page.locator(".talk__link")).to_contain_text("woke: time", timeout=30_000)


def test_an_admin_says_what_an_agent_carries(page_of: PageOf, live_server: Site, violations: Callable[[Page], list[str]]) -> None:
    with live_server.app.app_context(), unit_of_work():
        number = cast.person("grace").id
    page = page_of("linus", viewport={"width": 375, "height": 740})
    page.goto(f"/desk/people/{number}")
    page.get_by_label("Chats at once").fill("3")
    page.get_by_label("Skills").fill("Spanish, billing")
    page.get_by_role("button", name="Save what they carry").click()
    expect(page.get_by_label("Skills")).to_have_value("billing, spanish")
    expect(page.get_by_label("Chats at once")).to_have_value("3")
    assert violations(page) == []


def test_on_a_phone_the_menus_of_a_thread_stay_on_the_screen(page_of: PageOf, live_server: Site, asked: int) -> None:
    page = page_of(viewport={"width": 375, "height": 740})
    at_desk(page, "grace", f"/desk/conversations/{asked}")
    for words in ("Snooze", "Hand on", "More"):
        page.locator(".deeds summary").filter(has_text=words).click()
        box = page.locator(".deeds details[open] > .menu__list").bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 375 and box["y"] + box["height"] <= 740, (words, box)
        page.locator(".deeds details[open] > summary").evaluate_all("all => all.forEach((one) => one.click())")
