"""Processes die in the middle of a conversation: what was accepted is shown exactly once afterwards, what was typed is not lost."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.conversations.models import Availability, Conversation, Entry
from app.lib.db import db, unit_of_work
from tests import cast
from tests.browsers import PageOf
from tests.jobs.test_supervisor import process
from tests.servers import wait_until
from tests.site import Site

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def room(page_of: PageOf, live_server: Site) -> Page:
    """A visitor in the middle of a chat with Grace."""
    with live_server.app.app_context(), unit_of_work():
        Availability.of(cast.person("grace")).come(timedelta(hours=2))
    page = page_of()
    page.goto("/")
    page.locator("a.bubble").click()
    page.locator("#composer-words").fill("0")
    page.locator(".composer__send").click()
    expect(page.locator("live-stream")).to_have_attribute("data-state", "open")
    return page


def write(page: Page, words: str) -> None:
    page.locator("#composer-words").fill(words)
    page.locator("#composer-words").press("Enter")


def answer(site: Site, words: str) -> None:
    with site.app.app_context():
        with unit_of_work():
            db.session.scalars(select(Conversation)).one().say(cast.person("grace"), words)
        db.session.remove()


def stored(site: Site) -> list[str]:
    with site.app.app_context():
        found = list(db.session.scalars(select(Entry.body).where(Entry.kind == "message").order_by(Entry.seq)))
        db.session.remove()
        return found


def shown(page: Page) -> list[str]:
    return [words.strip() for words in page.locator("#chat-thread .message__body").all_inner_texts()]


def is_well(site: Site) -> bool:
    try:
        return requests.get(f"{site.url}/readyz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def settle(page: Page, site: Site, count: int) -> None:
    """Wait until everything that was written is on the page; then it must be there once, and be what the database has."""
    for _ in range(30):
        again = page.get_by_role("button", name="Try again")
        if again.count():
            again.first.click()
        page.wait_for_timeout(1000)
        if page.locator(".message--sending, .message--failed").count() == 0 and len(shown(page)) >= count:
            break
    said = stored(site)
    assert sorted(said, key=int) == [str(number) for number in range(count)]
    assert sorted(shown(page), key=int) == sorted(said, key=int)
    mine = [int(words) for words in said if int(words) % 2]
    assert mine == sorted(mine)
    page.reload()
    expect(page.locator("#chat-thread .message")).to_have_count(count)
    assert shown(page) == said


@pytest.mark.parametrize("victim", ["gunicorn", "valkey-server", "jobs.worker"])
def test_a_process_is_killed_and_nothing_is_lost_or_doubled(room: Page, live_server: Site, complaints: list[str], victim: str) -> None:
    for number in range(1, 13):
        if number == 5:
            os.kill(process(live_server, victim), signal.SIGKILL)
        write(room, str(number)) if number % 2 else answer(live_server, str(number))
        room.wait_for_timeout(150)
    wait_until(lambda: is_well(live_server), "the site", 60)
    settle(room, live_server, 13)
    complaints[:] = [line for line in complaints if not any(word in line for word in ("ERR_", "WebSocket", "status of 5"))]


def test_a_line_that_comes_and_goes(room: Page, live_server: Site, complaints: list[str]) -> None:
    for number in range(1, 13):
        room.context.set_offline(number % 4 in {1, 2})
        write(room, str(number)) if number % 2 else answer(live_server, str(number))
        room.wait_for_timeout(200)
    room.context.set_offline(False)
    settle(room, live_server, 13)
    complaints[:] = [line for line in complaints if not any(word in line for word in ("ERR_", "WebSocket"))]
