"""Tickets in a browser: all an agent does beside a thread, and all a customer does with a request, judged by axe at each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib.db import add, db, unit_of_work
from app.tickets.models import Ticket
from tests import cast
from tests.browsers import PageOf
from tests.site import Site

Violations = Callable[[Page], list[str]]
MODES: dict[str, dict[str, Any]] = {
    "small and dark": {"viewport": {"width": 375, "height": 812}, "color_scheme": "dark"},
    "wide and light": {"viewport": {"width": 1280, "height": 800}},
}


def asked(site: Site, subject: str, person: str = "ada") -> tuple[int, str]:
    """A ticket of somebody; gives its conversation's number and its reference."""
    with site.app.app_context(), unit_of_work():
        who = cast.person(person) if person else add(Person(name="Nora", claimed_email="nora@somewhere.example"))
        row = Conversation.open(who, "form", subject=subject)
        row.say(who, "I cannot come on Monday.")
        Ticket.make(row, way="form", kind="technical", because="Sent by the form.")
        return row.id, row.reference


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def deed(page: Page, name: str, button: str, **typed: str) -> None:
    """Open one of the deeds beside the thread, fill it in, and send it."""
    page.locator("summary", has_text=name).click()
    box = page.locator("details", has=page.locator("summary", has_text=name)).last
    for label, value in typed.items():
        field = box.get_by_label(label.replace("_", " "), exact=True)
        field.select_option(value) if field.evaluate("one => one.tagName") == "SELECT" else field.fill(value)
    box.get_by_role("button", name=button).click()


@pytest.mark.parametrize("mode", MODES)
def test_everything_beside_a_ticket_is_fit_to_be_read(page_of: PageOf, live_server: Site, violations: Violations, mode: str) -> None:
    number, _ = asked(live_server, "How do I move a booking?")
    page = page_of("grace", **MODES[mode])
    page.goto(f"/desk/conversations/{number}" + ("/person" if mode.startswith("small") else ""))
    page.locator(".pane__pad details").evaluate_all("all => all.forEach(one => { one.open = true })")
    expect(page.get_by_text("Sent by the form.")).to_be_visible()
    expect(page.get_by_text("of open time from").first).to_be_visible()
    assert violations(page) == [] and fits(page)
    page.goto("/desk/tickets/report")
    expect(page.get_by_role("heading", name="Promises kept")).to_be_visible()
    assert violations(page) == [] and fits(page)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_agent_does_everything_beside_the_thread(page_of: PageOf, live_server: Site, script: bool) -> None:
    number, _ = asked(live_server, "How do I move a booking?")
    _, other = asked(live_server, "The whole matter")
    page = page_of("grace", java_script_enabled=script)
    page.goto(f"/desk/conversations/{number}")
    deed(page, "Escalate", "One level up", **{"Why,_in_one_sentence": "She is upset."})
    expect(page.get_by_text("level 1", exact=True)).to_be_visible()
    deed(page, "Log a call", "Write it down", Minutes="7", Outcome="left a message", What_was_said="No answer.")
    expect(page.get_by_text("No answer.").first).to_be_visible()
    deed(page, "Time spent", "Write it down", Minutes="25", On_what="Looked")
    expect(page.get_by_text("25 min spent")).to_be_visible()
    deed(page, "Fields", "Keep", Cause="A provider")
    deed(page, "Link it", "Link", The_other_ticket=other, How="parent")
    for words in ("took it up to level 1: She is upset.", f"put it under {other}", "It became a ticket"):
        expect(page.get_by_text(words).first).to_be_visible()
    page.locator("summary", has_text="Why here").click()
    expect(page.get_by_text("Level 1: She is upset.", exact=True)).to_be_visible()
    page.get_by_role("link", name=other, exact=True).click()
    expect(page.get_by_text("The whole matter").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("mode", MODES)
def test_a_customer_adds_closes_rates_and_opens_again(
    page_of: PageOf, live_server: Site, violations: Violations, mode: str, script: bool
) -> None:
    number, _ = asked(live_server, "How do I move a booking to another day?")
    with live_server.app.app_context(), unit_of_work():
        db.session.get_one(Conversation, number).say(cast.person("grace"), "Which day?")
    page = page_of("ada", java_script_enabled=script, **MODES[mode])

    def judge() -> None:
        assert not script or (violations(page) == [] and fits(page))

    page.goto("/account/requests")
    judge()
    page.get_by_role("link", name="How do I move").click()
    expect(page.get_by_text("We have answered")).to_be_visible()
    expect(page.get_by_role("heading", name="This may help meanwhile")).to_be_visible()
    judge()
    page.get_by_label("Your message").fill("Tuesday.")
    page.get_by_label("Files").set_input_files({"name": "plan.txt", "mimeType": "text/plain", "buffer": b"my plan"})
    page.get_by_role("main").get_by_role("button", name="Send").click()
    expect(page.get_by_role("link", name="plan.txt")).to_be_visible()
    page.get_by_role("button", name="It is settled, close it").click()
    expect(page.get_by_role("heading", name="How was it?")).to_be_visible()
    judge()
    page.locator("label[for=stars-2]").click()
    page.get_by_label("In your words").fill("It took long.")
    page.locator("#rating").get_by_role("button", name="Send").click()
    expect(page.get_by_text("You can change it for a week.")).to_be_visible()
    page.get_by_role("button", name="It is not settled after all").click()
    expect(page.get_by_text("We are on it")).to_be_visible()
    page.goto("/account/requests")
    page.get_by_role("link", name="Choose how you hear from us").click()
    expect(page.get_by_text("Replies by e-mail")).to_be_visible()
    judge()


def test_a_signed_link_opens_one_request_without_an_account(page_of: PageOf, live_server: Site, violations: Violations) -> None:
    number, _ = asked(live_server, "Only mine", person="")
    _, others = asked(live_server, "Somebody else's")
    with live_server.app.app_context():
        row = db.session.get_one(Conversation, number)
        assert row.person is not None
        token = row.link_token(row.person)
        db.session.remove()
    page = page_of(java_script_enabled=False)
    page.goto(f"/account/requests/link/{token}")
    expect(page.get_by_role("heading", name="Only mine")).to_be_visible()
    page.get_by_label("Your message").fill("One more thing.")
    page.get_by_role("main").get_by_role("button", name="Send").click()
    expect(page.get_by_text("One more thing.")).to_be_visible()
    assert page.goto(f"/account/requests/{others}").status == 404  # type: ignore[union-attr]
    page = page_of()
    page.goto("/account/requests/link/forged")
    assert violations(page) == []
