"""The desk's pages for mail in a browser: what waits, the original in a frame that runs nothing, and what can be done about each."""

from __future__ import annotations

import base64
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.conversations.models import Conversation
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain
from app.mailroom.keeping import keep_broken
from app.mailroom.models import Incoming
from app.mailroom.receiving import receive
from tests import cast
from tests.browsers import PageOf
from tests.mailroom.letters import mail
from tests.site import Site

Violations = Callable[[Page], list[str]]
MODES: dict[str, dict[str, Any]] = {
    "small and dark": {"viewport": {"width": 375, "height": 812}, "color_scheme": "dark"},
    "wide and light": {"viewport": {"width": 1280, "height": 800}},
}
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")
HOSTILE = """<h1>Hello</h1><p>See <a href="https://elsewhere.example/x">this</a></p>
<script>parent.document.title = "taken"</script><img src=x onerror="parent.document.title='taken'">
<img src="https://elsewhere.example/pixel.png" alt="a pixel"><img src="cid:dot@x" alt="a dot" width="40" height="40">
<iframe src="https://elsewhere.example/"></iframe><form action="https://elsewhere.example/"><button>Send</button></form>
<style>@import url(https://elsewhere.example/x.css)</style><meta http-equiv="refresh" content="0;url=https://elsewhere.example/">"""


def hostile() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Mary <mary@somewhere.example>", "hello@northlight.example", "Pictures"
    message["Message-ID"] = "<hostile@somewhere.example>"
    message.set_content(HOSTILE, subtype="html")
    message.add_related(DOT, "image", "png", cid="<dot@x>", filename="dot.png")
    return message.as_bytes()


@pytest.fixture
def mails(live_server: Site) -> dict[str, int]:
    """One of each that waits, and one that was taken."""
    with live_server.app.app_context():
        with unit_of_work():
            first = receive(mail("My plan does not open.", subject="My plan"), "imap")
            number = first.conversation_id
        drain()
        with unit_of_work():
            reference = db.session.get_one(Conversation, number).reference
            stranger = receive(mail("I am her husband.", "max@elsewhere.example", f"Re: My plan [{reference}]"), "imap")
            news = receive(mail("Buy", "shop@bulk.example", "Ten percent off", precedence="bulk"), "imap")
            broken = keep_broken(b"\xff\xfe", "imap", ValueError("not a mail"))
            html = receive(hostile(), "imap")
        drain()
        found = {"first": first, "stranger": stranger, "news": news, "broken": broken, "html": html}
        assert cast.person("grace").is_agent
        return {name: row.id for name, row in found.items() if row is not None}


def state_of(site: Site, number: int) -> str:
    with site.app.app_context():
        found = db.session.get_one(Incoming, number).state
        db.session.remove()
        return found


@pytest.mark.parametrize("mode", MODES)
def test_mail_that_waits_is_looked_at_and_put_where_it_belongs(
    page_of: PageOf, live_server: Site, mails: dict[str, int], violations: Violations, mode: str
) -> None:
    page = page_of("grace", **MODES[mode])
    page.goto("/desk/mail")
    expect(page.get_by_role("article")).to_have_count(3)
    assert violations(page) == [] and page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Re: My plan").click()
    expect(page.get_by_text("the number in its subject")).to_be_visible()
    assert violations(page) == [] and page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Add as participant").click()
    expect(page.get_by_text("Taken.")).to_be_visible()
    page.get_by_role("article").filter(has_text="Ten percent off").get_by_role("button", name="New ticket").click()
    page.get_by_role("article").get_by_role("button", name="Nothing to do").click()
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    assert violations(page) == []
    assert [state_of(live_server, mails[name]) for name in ("stranger", "news", "broken")] == ["taken", "taken", "noted"]


@pytest.mark.parametrize("mode", MODES)
def test_the_original_is_shown_with_its_own_pictures_and_does_nothing(
    page_of: PageOf, mails: dict[str, int], violations: Violations, complaints: list[str], mode: str
) -> None:
    page = page_of("grace", **MODES[mode])
    page.goto(f"/desk/mail/{mails['html']}")
    frame = page.frame_locator("iframe.mail-frame")
    expect(frame.get_by_role("heading", name="Hello")).to_be_visible()
    assert page.locator("iframe.mail-frame").get_attribute("sandbox") == ""
    inside = page.frames[1].content()
    assert "data:image/png;base64," in inside and "a pixel" in inside and "elsewhere.example/pixel" not in inside
    assert not any(word in inside for word in ("<script", "onerror", "<iframe", "<form", "<style>@import", 'http-equiv="refresh'))
    assert page.title() != "taken" and complaints == []
    assert violations(page) == [] and page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_script_the_same_buttons_work(page_of: PageOf, live_server: Site, mails: dict[str, int]) -> None:
    page = page_of("grace", java_script_enabled=False)
    page.goto(f"/desk/mail/{mails['stranger']}")
    expect(page.frame_locator("iframe.mail-frame").get_by_text("I am her husband.")).to_be_visible()
    page.get_by_role("button", name="New ticket").click()
    expect(page.get_by_text("Taken.")).to_be_visible()
    assert state_of(live_server, mails["stranger"]) == "taken"
