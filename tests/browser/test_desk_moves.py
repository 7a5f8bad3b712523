"""What agents do to whole conversations, and what their visitors see of it: merge, split, block, each with its way back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from app.conversations.models import Conversation
from app.lib.db import db
from tests.browsers import PageOf
from tests.site import Site

Violations = Callable[[Page], list[str]]


def numbered(site: Site, words: str) -> tuple[int, str]:
    """The id and the reference of the conversation in which these are the last words."""
    with site.app.app_context():
        talk = db.session.scalars(select(Conversation).where(Conversation.last_line == words)).one()
        found = talk.id, talk.reference
        db.session.remove()
        return found


def panel(page: Page) -> Locator:
    page.goto("/about")
    page.locator("a.bubble").click()
    return page.locator("#chat-room")


def write(room: Locator, words: str) -> None:
    room.locator("#composer-words").fill(words)
    room.locator(".composer__send").click()
    expect(room.locator(".message").last).to_contain_text(words)
    expect(room.locator(".message--sending:not(.message--failed)")).to_have_count(0)


def begin(room: Locator, words: str) -> None:
    write(room, words)
    expect(room.locator("live-stream")).to_have_attribute("data-state", "open")


def begin_again(room: Locator, words: str) -> None:
    """Another conversation beside the one that is open."""
    room.get_by_role("link", name="All conversations").click()
    expect(room.locator(".chat__resume")).to_be_visible()
    begin(room, words)


def more(agent: Page) -> Locator:
    menu = agent.locator(".deeds details.menu").filter(has=agent.locator("#into"))
    menu.locator("summary").first.click()
    return menu


def answer(agent: Page, words: str) -> None:
    agent.locator("#words").fill(words)
    agent.get_by_role("button", name="Send to customer").click()
    expect(agent.locator(".message--mine").last).to_contain_text(words)


def said(place: Locator) -> Locator:
    return place.locator(".message__body")


def test_two_conversations_become_one_for_both_sides_and_two_again(page_of: PageOf, desk_open: Site) -> None:
    visitor, agent = page_of(), page_of("grace")
    room = panel(visitor)
    begin(room, "What does it cost?")
    begin_again(room, "Me again, the same thing")
    first, reference = numbered(desk_open, "What does it cost?")
    second, other = numbered(desk_open, "Me again, the same thing")
    agent.goto(f"/desk/conversations/{second}")
    colleague = page_of("linus")
    colleague.goto(f"/desk/conversations/{first}")
    expect(colleague.locator("live-stream[data-state='open']").first).to_be_attached()
    colleague.locator("#words").fill("Let me")
    room.locator("#composer-words").fill("half written")
    menu = more(agent)
    menu.get_by_label("Merge into").fill(reference)
    menu.get_by_role("button", name="Merge").click()
    agent.wait_for_url(f"**/desk/conversations/{first}*")
    expect(said(agent.locator("#thread"))).to_have_text(["What does it cost?", "Me again, the same thing"])
    expect(said(colleague.locator("#thread"))).to_have_text(["What does it cost?", "Me again, the same thing"])
    expect(colleague.locator("#words")).to_have_value("Let me")
    expect(said(room)).to_have_text(["What does it cost?", "Me again, the same thing"])
    expect(room.locator(".thread__event").filter(has_text="Another conversation of yours was joined")).to_have_count(1)
    expect(room.locator("live-stream")).to_have_attribute("data-state", "open")
    answer(agent, "490 dollars a month")
    expect(said(room).last).to_have_text("490 dollars a month")
    write(room, "Thank you")
    expect(said(agent.locator("#thread")).last).to_have_text("Thank you")

    agent.locator("form").filter(has_text="was merged into this one").get_by_role("button", name="Undo").click()
    agent.wait_for_url(f"**/desk/conversations/{second}*")
    expect(said(agent.locator("#thread"))).to_have_text(["Me again, the same thing"])
    expect(said(colleague.locator("#thread"))).to_have_text(["What does it cost?", "490 dollars a month", "Thank you"])
    expect(said(room)).to_have_text(["What does it cost?", "490 dollars a month", "Thank you"])
    room.get_by_role("link", name=other).click()
    expect(said(room)).to_have_text(["Me again, the same thing"])
    write(room, "Is this thread still going?")
    expect(said(agent.locator("#thread")).last).to_have_text("Is this thread still going?")


def test_messages_go_into_a_conversation_of_their_own_for_both_sides_and_come_back(
    page_of: PageOf, desk_open: Site, violations: Violations
) -> None:
    visitor, agent = page_of(), page_of("grace")
    room = panel(visitor)
    begin(room, "What does it cost?")
    write(room, "And my invoice is wrong")
    number, _ = numbered(desk_open, "And my invoice is wrong")
    agent.goto(f"/desk/conversations/{number}")
    menu = more(agent)
    menu.get_by_text("Split off messages").click()
    menu.get_by_label("And my invoice is wrong").check()
    menu.get_by_role("button", name="Make them a conversation").click()
    expect(said(agent.locator("#thread"))).to_have_text(["And my invoice is wrong"])
    expect(said(room)).to_have_text(["What does it cost?"])
    split, reference = numbered(desk_open, "And my invoice is wrong")
    assert split != number
    assert violations(agent) == violations(visitor) == []
    room.get_by_role("link", name=reference).click()
    expect(said(room)).to_have_text(["And my invoice is wrong"])
    expect(room.locator("live-stream")).to_have_attribute("data-state", "open")

    agent.locator("form").filter(has_text="This was split off").get_by_role("button", name="Undo").click()
    agent.wait_for_url(f"**/desk/conversations/{number}*")
    expect(said(agent.locator("#thread"))).to_have_text(["What does it cost?", "And my invoice is wrong"])
    expect(said(room)).to_have_text(["What does it cost?", "And my invoice is wrong"])
    expect(room.locator("live-stream")).to_have_attribute("data-state", "open")
    answer(agent, "490 dollars, and I have put it right")
    expect(said(room).last).to_have_text("490 dollars, and I have put it right")


def test_a_blocked_sender_is_told_so_and_heard_again_when_that_is_lifted(page_of: PageOf, desk_open: Site, violations: Violations) -> None:
    visitor, agent = page_of(), page_of("grace")
    room = panel(visitor)
    begin(room, "Buy my pills")
    number, _ = numbered(desk_open, "Buy my pills")
    agent.goto(f"/desk/conversations/{number}")
    more(agent).get_by_role("button", name="Block this sender").click()
    expect(agent.get_by_text("They can no longer write to us")).to_be_visible()
    expect(agent.locator("#person .badge").filter(has_text="blocked")).to_be_visible()
    expect(agent.locator(".thread__event").last).to_contain_text("Grace Hopper blocked this sender")
    room.locator("#composer-words").fill("Cheap pills!")
    room.locator(".composer__send").click()
    expect(room.locator(".message--failed")).to_contain_text("We cannot take messages from you here.")
    assert violations(agent) == violations(visitor) == []
    more(agent).get_by_role("button", name="Hear this sender again").click()
    expect(agent.get_by_text("They can write to us again")).to_be_visible()
    expect(agent.locator("live-stream[data-state=open]").last).to_be_attached()
    write(room, "I am sorry")
    expect(said(agent.locator("#thread"))).to_have_text(["Buy my pills", "I am sorry"])


def test_a_note_on_a_person_is_kept_on_a_phone_and_stands_beside_their_next_conversation(page_of: PageOf, desk_open: Site) -> None:
    visitor, agent, colleague = page_of(), page_of("grace", viewport={"width": 375, "height": 740}), page_of("linus")
    room = panel(visitor)
    begin(room, "What does it cost?")
    number, _ = numbered(desk_open, "What does it cost?")
    agent.goto(f"/desk/conversations/{number}")
    agent.get_by_role("link", name="The person").click()
    agent.get_by_label("Worth knowing next time").fill("Prefers mornings")
    agent.get_by_role("button", name="Keep the note").click()
    expect(agent.locator("#person-notes li")).to_contain_text("Prefers mornings")
    assert agent.evaluate("document.documentElement.scrollWidth") <= 375
    begin_again(room, "Another thing")
    colleague.goto(f"/desk/conversations/{numbered(desk_open, 'Another thing')[0]}")
    expect(colleague.locator("#person-notes li")).to_contain_text("Prefers mornings")
    expect(colleague.locator("#person-notes li")).to_contain_text("Grace Hopper")
    expect(colleague.locator("#person-notes li button")).to_have_count(0)
    agent.get_by_role("button", name="Delete the note").click()
    expect(agent.locator("#person-notes li")).to_have_count(0)
