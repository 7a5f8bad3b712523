"""A rule in a browser: written, tried on the past, switched on, seen at work in a thread, taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.conversations.models import Conversation
from app.lib.db import db, unit_of_work
from app.tickets.models import Ticket
from tests import cast
from tests.browsers import PageOf
from tests.servers import wait_until
from tests.site import Site

Violations = Callable[[Page], list[str]]


def ask(site: Site, words: str) -> int:
    """Ada asks by the form; gives the conversation's number."""
    with site.app.app_context(), unit_of_work():
        row = Conversation.open(cast.person("ada"), "form", subject="A question")
        row.say(cast.person("ada"), words)
        Ticket.make(row, way="form")
        return row.id


def tags(site: Site, number: int) -> list[str]:
    with site.app.app_context():
        found = [tag.slug for tag in db.session.get_one(Conversation, number).tags]
        db.session.remove()
        return found


@pytest.mark.parametrize("width", [375, 1280])
def test_a_rule_is_written_tried_seen_at_work_and_taken_back(
    page_of: PageOf, live_server: Site, violations: Violations, width: int
) -> None:
    before = ask(live_server, "Where is my invoice?")
    page = page_of("linus", viewport={"width": width, "height": 800})
    page.goto("/desk/rules")
    page.get_by_role("link", name="New rule").first.click()
    page.get_by_label("Name").fill("File invoices")
    page.get_by_label("When").select_option(label="A ticket is opened")
    page.get_by_label("Condition 1: what").select_option(label="Words")
    page.get_by_label("Condition 1: how").select_option(label="contains")
    page.get_by_label("Condition 1: answer").fill("invoice, bill")
    page.get_by_label("Deed 1", exact=True).select_option("tag")
    page.get_by_label("Deed 1: with what").fill("billing")
    assert violations(page) == []
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Kept. Try it on the last thirty days")).to_be_visible()
    page.get_by_role("link", name="Try it on the last 30 days").click()
    expect(page.get_by_text("Its conditions held 1 times.")).to_be_visible()
    assert tags(live_server, before) == []
    assert violations(page) == []
    page.get_by_role("link", name="Back to the rule").click()
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("“File invoices” is on.")).to_be_visible()
    number = ask(live_server, "The bill is wrong.")
    wait_until(lambda: tags(live_server, number) == ["billing"], "the rule to act")
    page.goto(f"/desk/conversations/{number}")
    expect(page.get_by_text("The rule “File invoices”, version 1, acted: Tag it: billing")).to_be_visible()
    page.goto("/desk/rules")
    page.get_by_role("link", name="File invoices").click()
    page.get_by_role("button", name="Take back what it did").click()
    expect(page.get_by_text("1 of 1 taken back.")).to_be_visible()
    assert tags(live_server, number) == []
    assert violations(page) == []
