"""Accounts and notifications in real browsers: by keyboard, without JavaScript, with a phone, with two people at once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import Person
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.notifications.models import Notice
from tests import cast
from tests.browser.test_look import MODES, OUTSIDE, SMALL_TARGETS
from tests.browsers import PageOf
from tests.site import Site

Violations = Callable[[Page], list[str]]
OPEN = ["/sign-in", "/sign-in/link", "/sign-in/password", "/sign-in/link/used", "/setup"]
ADAS = ["/account", "/account/profile", "/account/security", "/account/security/second-step", "/account/sessions"]
NEWS = ["/account/notices", "/account/notifications"]
LINUSS = ["/desk/people", "/desk/people/new", "/desk/people/1", "/desk/teams", "/desk/teams/new", "/desk/hours"]
OUTBOX = ["/desk/outbox", "/desk/outbox/errands", "/desk/outbox/messages", "/desk/outbox/addresses"]


def letter_to(site: Site, email: str) -> PostedLetter:
    """The letter that the site wrote last to this address."""
    until = time.monotonic() + 10
    with site.app.app_context():
        while time.monotonic() < until:
            db.session.rollback()
            found = db.session.scalar(select(PostedLetter).where(PostedLetter.to == email).order_by(PostedLetter.id.desc()).limit(1))
            if found is not None:
                db.session.expunge(found)
                return found
            time.sleep(0.1)
    raise AssertionError(f"nobody wrote to {email}")


def link_in(letter: PostedLetter) -> str:
    found = re.search(r"https?://\S+", letter.text)
    assert found is not None
    return urlsplit(found.group()).path


def make(site: Site, *names: str) -> None:
    with site.app.app_context():
        for name in names:
            cast.person(name)


def test_ada_signs_in_by_keyboard_and_signs_another_browser_out(page_of: PageOf, live_server: Site) -> None:
    make(live_server, "ada")
    page = page_of()
    page.goto("/account/sessions")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.get_by_label("E-mail").focus()
    page.keyboard.type("ada@customer.example")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong wrong wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("E-mail")).to_have_value("ada@customer.example")
    page.get_by_label("Password").focus()
    page.keyboard.type(cast.PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/account/sessions$"))
    other = page_of("ada")
    other.goto("/account")
    page.reload()
    page.get_by_role("button", name="Sign out all others").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("signed out")
    other.reload()
    expect(other).to_have_url(re.compile("/sign-in"))


def test_a_link_opens_an_account_without_javascript(page_of: PageOf, live_server: Site) -> None:
    page = page_of(java_script_enabled=False, viewport={"width": 375, "height": 667})
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("new@customer.example")
    page.get_by_role("button", name="Mail me a link instead").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto(link_in(letter_to(live_server, "new@customer.example")))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/account$"))
    expect(page.get_by_role("main")).to_contain_text("new@customer.example")


def test_a_phone_becomes_the_second_step(page_of: PageOf, live_server: Site) -> None:
    page = page_of("grace")
    page.goto("/account/security")
    page.get_by_role("link", name="Set it up").click()
    page.get_by_text("No camera? Type the key").click()
    phone = pyotp.TOTP(page.locator("p.mono").inner_text().replace(" ", "").replace("\n", ""))
    page.get_by_label("The six digits your app shows now").fill(phone.now())
    page.get_by_role("button", name="Switch it on").click()
    listed = page.get_by_label("Recovery codes").get_by_role("listitem")
    expect(listed).to_have_count(10)
    codes = listed.all_inner_texts()
    again = page_of()
    again.goto("/sign-in")
    again.get_by_label("E-mail").fill("grace@northlight.example")
    again.get_by_label("Password").fill(cast.PASSWORD)
    again.get_by_role("button", name="Sign in", exact=True).click()
    again.get_by_label("Code").fill(codes[3])
    again.get_by_role("button", name="Go on").click()
    expect(again).to_have_url(re.compile("/(desk|account)"))


def test_an_admin_invites_and_the_agent_comes(page_of: PageOf, live_server: Site) -> None:
    page = page_of("linus")
    page.goto("/desk/people")
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("Name").fill("Nadia New")
    page.get_by_label("E-mail").fill("nadia@northlight.example")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("Invited, not here yet")).to_be_visible()
    agent = page_of()
    agent.goto(link_in(letter_to(live_server, "nadia@northlight.example")))
    agent.get_by_label("New password").fill("a whole new password")
    agent.get_by_role("button", name="Set it and sign in").click()
    expect(agent).to_have_url(re.compile("/desk"))
    page.reload()
    expect(page.get_by_label("Role")).to_have_value("agent")


def test_the_bell_rings_on_an_open_page(page_of: PageOf, live_server: Site) -> None:
    page = page_of("linus")
    page.goto("/desk/people")
    expect(page.locator("live-stream.bell-stream")).to_have_attribute("data-state", "open")
    with live_server.app.app_context(), unit_of_work():
        linus = Person.by_email("linus@northlight.example")
        assert linus is not None
        Notice.tell(linus, "desk.trouble", "The mail server is away", url="/desk/outbox")
    expect(page.locator("#bell")).to_contain_text("1 unread")
    page.locator("#bell").click()
    page.get_by_role("link", name=re.compile("The mail server is away")).click()
    expect(page).to_have_url(re.compile("/desk/outbox"))
    expect(page.locator("#bell")).not_to_contain_text("unread")


def test_a_letter_is_shown_in_its_frame_as_it_was_sent(page_of: PageOf, live_server: Site, violations: Violations) -> None:
    page = page_of("linus")
    page.goto("/sign-in/link")
    page.get_by_label("E-mail").fill("ada@customer.example")
    page.get_by_role("button", name="Send me the link").click()
    page.goto("/desk/outbox")
    page.get_by_role("link", name=re.compile("Your link to")).click()
    expect(page.frame_locator("iframe").get_by_role("link", name=re.compile("Open my account|Sign in"))).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("mode", sorted(MODES))
def test_axe_finds_nothing_on_these_pages(page_of: PageOf, live_server: Site, violations: Violations, mode: str) -> None:
    make(live_server, "linus", "ada")
    found: dict[str, Any] = {}
    for who, paths in ((None, OPEN), ("ada", ADAS + NEWS), ("linus", LINUSS + OUTBOX + NEWS)):
        page = page_of(who, reduced_motion="reduce", **MODES[mode])
        for path in paths:
            page.goto(path)
            found[f"{who} {path}"] = (
                violations(page) + page.evaluate(OUTSIDE.replace("pre,", "pre, .side-nav, .tabs,")) + page.evaluate(SMALL_TARGETS)
            )
        if who is None:
            page.goto("/sign-in")
            page.get_by_role("button", name="Sign in", exact=True).click()
            found["sign-in with errors"] = violations(page)
    assert {path: words for path, words in found.items() if words} == {}
