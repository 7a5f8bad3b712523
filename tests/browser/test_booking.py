"""Booking in real browsers: in the dialog, without scripts, by keyboard, too late for a time, and at a provider's page inside ours."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Route, expect

from app.consults.models import Booking, Host, OutsideBooking, WeeklyWindow, find_type
from app.consults.providers import Report
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.settings import ROOT
from tests import cast
from tests.browsers import PageOf, watch
from tests.servers import wait_until
from tests.site import Site

Violations = Callable[[Page], list[str]]


@pytest.fixture
def host(live_server: Site) -> Site:
    """Grace holds consults for therapists, every day around noon."""
    with live_server.app.app_context(), unit_of_work():
        row = add(Host(person_id=cast.person("grace").id, timezone="America/New_York", phone="+1 555 0100", skills=["therapists"]))
        row.windows += [WeeklyWindow(weekday=day, start=600, end=960) for day in range(7)]
    return live_server


def held(site: Site) -> list[tuple[str, object]]:
    with site.app.app_context():
        rows = [tuple(row) for row in db.session.execute(db.select(Booking.state, Booking.held_until))]
        db.session.remove()
        return rows


@pytest.mark.parametrize("zone", ["America/New_York", "America/Chicago"])
def test_the_first_free_time_is_taken_held_and_held_longer_without_leaving_the_page(page_of: PageOf, host: Site, zone: str) -> None:
    page = page_of(viewport={"width": 375, "height": 760}, timezone_id=zone)
    page.goto("/")
    page.locator("main").get_by_role("link", name="Book a 15-minute consult").first.click()
    dialog = page.locator("consult-dialog dialog")
    dialog.get_by_role("link", name="First call for therapists").first.click()
    expect(dialog.locator("#zone")).to_have_value(zone)
    dialog.get_by_role("button", name="First free").click()
    expect(dialog.get_by_text("Kept for you for")).to_be_visible()
    ((state, before),) = held(host)
    assert state == "held"
    dialog.get_by_role("button", name="Ten more minutes").click()
    wait_until(lambda: held(host)[0][1] != before, "the longer hold")
    expect(dialog.locator("#hold")).to_have_count(1)
    expect(dialog).to_be_visible()


def tell(page: Page) -> None:
    page.get_by_label("Your name").fill("Nora New")
    page.get_by_label("E-mail").fill("nora@client.example")
    page.locator("main").get_by_label("Phone", exact=False).last.fill("(202) 555-0177")


def later(page: Page) -> Locator:
    """The link to the next month."""
    return page.locator("#month-after")


def test_everything_works_without_scripts(page_of: PageOf, host: Site) -> None:
    page = page_of(java_script_enabled=False, viewport={"width": 375, "height": 667})
    page.goto("/book?profession=therapist")
    page.get_by_role("link", name="First call for therapists").click()
    later(page).click()  # this month may be nearly over
    page.locator("a.month__day").nth(2).click()
    page.locator("button.slot-time").first.click()
    tell(page)
    page.get_by_role("button", name="Book ", exact=False).last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Nora")
    page.get_by_role("link", name="Move it").click()
    page.locator("button.slot-time").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Nora")
    page.get_by_role("link", name="Cancel it").click()
    page.get_by_role("button", name="Cancel the consult").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This consult was cancelled")


def test_the_month_the_day_and_the_form_work_by_keyboard_alone(page_of: PageOf, host: Site) -> None:
    page = page_of(timezone_id="America/New_York")
    page.goto("/book/therapist?tz=America/New_York")
    month = later(page)
    title = (month.get_attribute("aria-label") or "").removeprefix("Later: ")
    month.focus()
    page.keyboard.press("Enter")  # this one may be nearly over
    expect(page.locator("#month-title")).to_contain_text(title)
    day = page.locator("a.month__day").nth(3)
    chosen = (day.get_attribute("id") or "").removeprefix("day-")
    day.focus()
    page.keyboard.press("Enter")
    title = datetime.fromisoformat(chosen).strftime("%A, %-d %B")
    expect(page.locator("#day-title")).to_have_text(title)
    expect(page.locator(f"#day-{chosen}")).to_be_focused()
    page.locator("button.slot-time").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    page.get_by_label("Your name").focus()
    page.keyboard.type("Nora New")
    page.keyboard.press("Tab")
    page.keyboard.type("nora@client.example")
    page.locator("main").get_by_label("Phone", exact=False).last.focus()
    page.keyboard.type("(202) 555-0177")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Nora")


def test_a_time_that_somebody_else_took_meanwhile_is_said_with_the_nearest_ones_and_nothing_is_lost(
    page_of: PageOf, host: Site, complaints: list[str]
) -> None:
    page = page_of()
    page.goto("/book/therapist")
    page.locator("button.slot-time").first.click()
    tell(page)
    with host.app.app_context(), unit_of_work():
        booking = db.session.scalars(db.select(Booking)).one()
        booking.lapse() or booking.let_go()
        kind = find_type("therapist")
        assert kind is not None
        Booking.hold(kind, booking.start, "UTC").confirm()
    page.get_by_role("button", name="Book ", exact=False).last.click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("was taken meanwhile. What you typed is still here.")
    expect(alert.locator("button.slot-time")).to_have_count(3)
    expect(page.get_by_label("E-mail")).to_have_value("nora@client.example")
    alert.locator("button.slot-time").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked, Nora")


def test_who_takes_a_time_before_the_list_has_come_in_their_zone_keeps_it(page_of: PageOf, host: Site) -> None:
    page, late = page_of(timezone_id="America/Chicago"), list[Route]()
    page.route("**/book/therapist?*tz=*", lambda one: late.append(one))
    with page.expect_request("**/book/therapist?*tz=*"):
        page.goto("/book/therapist")
    page.locator("button.slot-time").first.click()
    tell(page)
    with contextlib.suppress(Error):  # the page may not want it any more
        for one in late:
            one.continue_()
    page.wait_for_timeout(1000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    expect(page.get_by_label("Your name")).to_have_value("Nora New")
    assert len(late) == 1 and [state for state, _ in held(host)] == ["held"]


STEPS = ("index", "times", "who", "errors", "done", "move", "cancel", "waiting")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_step(page_of: PageOf, host: Site, violations: Violations, scheme: str) -> None:
    page = page_of(viewport={"width": 375, "height": 760}, color_scheme=scheme)
    found: dict[str, list[str]] = {}

    def look(step: str, heading: str) -> None:
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        found[step] = violations(page)

    page.goto("/book")
    look("index", "What is it about?")
    page.goto("/book/therapist")
    look("times", "First call for therapists")
    page.goto("/book/therapist/waiting")
    look("waiting", "Tell me when")
    page.goto("/book/therapist")
    page.locator("button.slot-time").first.click()
    look("who", "Who are you?")
    page.get_by_role("button", name="Book ", exact=False).last.click()
    expect(page.locator("[aria-invalid]").first).to_be_visible()
    look("errors", "Who are you?")
    tell(page)
    page.get_by_role("button", name="Book ", exact=False).last.click()
    look("done", "You are booked")
    page.get_by_role("link", name="Move it").click()
    look("move", "Move your consult")
    page.go_back()
    page.get_by_role("link", name="Cancel it").click()
    look("cancel", "Cancel this consult?")
    assert found == {step: [] for step in STEPS}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A firm with one type that is booked at Calendly, embedded."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for entry in (ROOT / "content").iterdir():
        if entry.name != "consults":
            (folder / entry.name).symlink_to(entry)
    (folder / "consults").mkdir()
    provider = "provider: {name: calendly, url: 'https://calendly.com/northlight/intro', mode: embed}"
    (folder / "consults" / "intro.md").write_text(f"---\ntitle: Free intro\nminutes: 15\n{provider}\n---\n\nWhat we talk about.\n")
    site = Site(folder, FRONTDESK_CONTENT_DIR=str(folder)).start()
    yield site
    site.stop()


WIDGET = """
window.Calendly = { initInlineWidget({ url, parentElement, utm }) {
  const frame = document.createElement("iframe");
  frame.title = "Times";
  frame.src = url + "?mark=" + encodeURIComponent(utm.utmContent);
  parentElement.append(frame);
} };
"""
THERE = "<!doctype html><title>Times</title><button onclick=\"parent.postMessage({event: 'calendly.event_scheduled'}, '*')\">Ten</button>"


@pytest.fixture
def visitor(elsewhere: Site, browser: Browser, complaints: list[str]) -> Iterator[tuple[Page, list[str]]]:
    """A visitor, and the addresses at other hosts that their browser asked for; a stand-in answers for Calendly."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        script = route.request.url.endswith("widget.js")
        route.fulfill(body=WIDGET if script else THERE, content_type="text/javascript" if script else "text/html")

    elsewhere.empty()
    context = browser.new_context(base_url=elsewhere.url)
    context.route(re.compile("^https://"), answer)
    watch(context, elsewhere.url, complaints)
    yield context.new_page(), asked
    complaints[:] = [line for line in complaints if "another host: https://" not in line or "calendly.com" not in line]
    context.close()


def test_the_providers_page_is_loaded_when_it_is_asked_for_and_only_the_provider_makes_a_booking_true(
    visitor: tuple[Page, list[str]], elsewhere: Site
) -> None:
    page, asked = visitor
    page.goto("/book/intro")
    expect(page.get_by_role("link", name="Choose a time at Calendly")).to_be_visible()
    assert asked == []
    page.get_by_role("button", name="Show the times here").click()
    page.frame_locator("iframe[title=Times]").get_by_role("button", name="Ten").click()
    expect(page.get_by_role("heading", name="Confirming your time")).to_be_visible()
    assert [one.partition("?")[0] for one in asked] == [
        "https://assets.calendly.com/assets/external/widget.js",
        "https://calendly.com/northlight/intro",
    ]
    mark = page.url.rpartition("/")[2]
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    with elsewhere.app.app_context(), unit_of_work():
        OutsideBooking.hear(
            Report(
                provider="calendly", ref="A1", at=clock.now(), state="booked", starts_at=at, ends_at=at + timedelta(minutes=15), mark=mark
            )
        )
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    page.get_by_role("link", name="See your consult").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You are booked")


def test_where_the_script_is_blocked_the_link_remains(visitor: tuple[Page, list[str]], complaints: list[str]) -> None:
    page, _ = visitor
    page.route("**/widget.js", lambda route: route.abort())
    page.goto("/book/intro")
    page.get_by_role("button", name="Show the times here").click()
    expect(page.get_by_text("The times cannot be shown here")).to_be_visible()
    expect(page.get_by_role("link", name="Choose a time at Calendly")).to_have_attribute(
        "href", re.compile("^https://calendly.com/northlight/intro")
    )
    complaints[:] = [line for line in complaints if "net::ERR_FAILED" not in line]
