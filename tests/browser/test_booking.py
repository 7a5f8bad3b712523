"""Booking through the dialog on the home page, on a phone, in the firm's own zone and in another one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.consults.models import Booking, Host, WeeklyWindow
from app.lib.db import add, db, unit_of_work
from tests import cast
from tests.browsers import PageOf
from tests.servers import wait_until
from tests.site import Site


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
