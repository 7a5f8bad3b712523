"""The whole life of a consult: booked on a phone, found as a letter, moved, followed by a real calendar server, cancelled, gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect

from app.consults.models import CalendarLink, Host, WeeklyWindow
from app.lib.db import add, unit_of_work
from tests import cast
from tests.browsers import sign_in, watch
from tests.mailservers import Mailbox
from tests.servers import Radicale, wait_until
from tests.site import Site

USER = "story"


@pytest.fixture
def shelf(caldav_server: Radicale) -> str:
    """An empty calendar of the host on the server."""
    url = f"{caldav_server.url}{USER}/work/"
    requests.request("MKCALENDAR", url, auth=(USER, "any"), timeout=60).raise_for_status()
    return url


@pytest.fixture
def firm(tmp_path: Path, smtp_server: Mailbox, shelf: str) -> Iterator[Site]:
    """A firm whose letters leave by SMTP and whose host keeps a calendar elsewhere."""
    site = Site(tmp_path, FRONTDESK_SMTP_URL=smtp_server.url, FRONTDESK_FETCH_ALLOW="127.0.0.0/8").start()
    with site.app.app_context(), unit_of_work():
        host = add(Host(person_id=cast.person("grace").id, timezone="America/New_York", phone="+1 555 0100", skills=["therapists"]))
        host.windows += [WeeklyWindow(weekday=day, start=540, end=1020) for day in range(7)]
        add(
            CalendarLink(host_id=host.id, kind="caldav", name="Work", url=shelf, writes=True, secrets={"username": USER, "password": "any"})
        )
    yield site
    site.stop()


def on_the_shelf(url: str) -> list[datetime]:
    """The starts of the events that the host's own calendar program would show."""
    query = {"Depth": "1", "Content-Type": "application/xml"}
    found = requests.request("PROPFIND", url, headers=query, auth=(USER, "any"), timeout=60).text
    names = {piece.partition("</href>")[0] for piece in found.split("<href>")[1:]}
    files = [requests.get(url.partition(f"/{USER}/")[0] + name, auth=(USER, "any"), timeout=60).content for name in names if ".ics" in name]
    return sorted(event.decoded("DTSTART") for file in files for event in Calendar.from_ical(file).walk("VEVENT"))


def invitation(letters: list[EmailMessage], method: str) -> list[tuple[str, int, datetime]]:
    """Of every letter to Nora with a calendar message of that method: its UID, its sequence, its start."""
    found = []
    for letter in letters:
        for part in letter.walk() if letter["To"] == "nora@client.example" else ():
            if part.get_content_type() == "text/calendar" and part.get_param("method") == method:
                [event] = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
                found.append((str(event["UID"]), int(event["SEQUENCE"]), event.decoded("DTSTART")))
    return found


def book(page: Page) -> None:
    page.goto("/")
    page.locator("main").get_by_role("link", name="Book a 15-minute consult").first.click()
    dialog = page.locator("consult-dialog dialog")
    dialog.get_by_role("link", name="First call for therapists").first.click()
    expect(dialog.locator("#zone")).to_have_value("America/New_York")
    dialog.get_by_role("button", name="First free").click()
    dialog.get_by_label("Your name").fill("Nora New")
    dialog.get_by_label("E-mail").fill("nora@client.example")
    dialog.get_by_label("Phone", exact=False).last.fill("(202) 555-0177")
    dialog.get_by_role("button", name="Book", exact=False).last.click()
    expect(dialog.get_by_role("heading", name="You are booked, Nora")).to_be_visible()


def test_a_therapist_books_moves_and_cancels_on_a_phone_and_every_calendar_follows(
    firm: Site, browser: Browser, smtp_server: Mailbox, shelf: str, complaints: list[str]
) -> None:
    phone = {"viewport": {"width": 375, "height": 667}, "timezone_id": "America/New_York", "base_url": firm.url}
    context = browser.new_context(**phone)  # type: ignore[arg-type]
    watch(context, firm.url, complaints)
    page = context.new_page()
    book(page)
    wait_until(lambda: invitation(smtp_server.letters, "REQUEST"), "the letter with its calendar part")
    [(uid, sequence, start)] = invitation(smtp_server.letters, "REQUEST")
    assert sequence == 0
    wait_until(lambda: on_the_shelf(shelf) == [start], "the event in the host's calendar")

    desk = browser.new_context(base_url=firm.url)
    sign_in(desk, firm, "linus")
    outbox = desk.new_page()
    outbox.goto("/desk/outbox")
    expect(outbox.get_by_text("nora@client.example").first).to_be_visible()

    page.locator("consult-dialog dialog").get_by_role("link", name="Move it").click()
    page.locator("button.slot-time").last.click()
    expect(page.get_by_role("heading", name="You are booked, Nora")).to_be_visible()
    wait_until(lambda: len(invitation(smtp_server.letters, "REQUEST")) == 2, "the letter about the move")
    assert [(one[0], one[1]) for one in invitation(smtp_server.letters, "REQUEST")] == [(uid, 0), (uid, 1)]
    moved = invitation(smtp_server.letters, "REQUEST")[1][2]
    assert moved != start
    wait_until(lambda: on_the_shelf(shelf) == [moved], "the moved event")

    page.get_by_role("link", name="Cancel it").click()
    page.get_by_role("button", name="Cancel the consult").click()
    expect(page.get_by_role("heading", name="This consult was cancelled")).to_be_visible()
    wait_until(lambda: invitation(smtp_server.letters, "CANCEL"), "the calendar message that takes it back")
    assert invitation(smtp_server.letters, "CANCEL")[0][:2] == (uid, 2)
    wait_until(lambda: on_the_shelf(shelf) == [], "the event to vanish")
    desk.close()
    context.close()
