"""Spiffy's form inside our page: loaded at once and timed, led on by its word, replaced by a link where it does not come."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from app.analytics.models import Moment
from app.checkout.models import Payment
from app.lib.db import db
from tests.browsers import watch
from tests.servers import wait_until
from tests.site import Site

Violations = Callable[[Page], list[str]]
SCRIPT = """
const calls = window.spiffy;
window.spiffy = { on() {} };
const place = document.querySelector("spiffy-checkout");
const frame = document.createElement("iframe");
frame.title = "Spiffy";
frame.src = place.getAttribute("url");
place.append(frame);
for (const [name, what, call] of calls) if (name === "on" && what === "ready") call();
addEventListener("message", () => { for (const [name, what, call] of calls) if (name === "on" && what === "order:success") call(); });
"""
FORM = "<!doctype html><title>Pay</title><button onclick=\"parent.postMessage('paid', '*')\">Pay now</button>"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    given = {"FRONTDESK_GATEWAY": "spiffy", "FRONTDESK_SPIFFY_ACCOUNT": "northlight", "FRONTDESK_SPIFFY_WEBHOOK_SECRET": "whsec_x"}
    more = {"FRONTDESK_SPIFFY_KEY": "k", "FRONTDESK_SPIFFY_API": "http://127.0.0.1:9"}
    site = Site(tmp_path_factory.mktemp("spiffy"), **given, **more).start()
    yield site
    site.stop()


@pytest.fixture
def customer(firm: Site, browser: Browser, complaints: list[str]) -> Iterator[tuple[Page, list[str]]]:
    """A customer on the last step, and what their browser asked of other hosts; a stand-in answers for Spiffy."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        script = "spiffy.js" in route.request.url
        route.fulfill(body=SCRIPT if script else FORM, content_type="text/javascript" if script else "text/html")

    firm.empty()
    context = browser.new_context(base_url=firm.url, viewport={"width": 375, "height": 667})
    context.route(re.compile("^https://"), answer)
    watch(context, firm.url, complaints)
    page = context.new_page()
    page.goto("/checkout/own-practice?profession=physician&email=nora@client.example&name=Nora+New")
    page.get_by_role("button", name="Continue to your plan").click()
    page.get_by_role("button", name="Review and pay").click()
    page.get_by_label("I agree").check()
    yield page, asked
    complaints[:] = [line for line in complaints if "spiffy.co" not in line]
    context.close()


def pay(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Pay ")).click()


def test_the_form_comes_at_once_is_timed_and_leads_on_when_it_is_paid(customer: tuple[Page, list[str]], firm: Site) -> None:
    page, asked = customer
    assert asked == []
    pay(page)
    page.frame_locator("iframe[title=Spiffy]").get_by_role("button", name="Pay now").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("One moment, Nora")
    assert asked[0] == "https://js.static.spiffy.co/spiffy.js?a=northlight"
    with firm.app.app_context():
        token = db.session.scalars(select(Payment.token)).one()
        assert f"utm_content=fd-{token}" in asked[1]
        wait_until(lambda: ("embed", "spiffy") in heard(), "the time that loading took")
        assert heard()["embed", "spiffy"] > 0
        assert ("left", "") not in heard()


def heard() -> dict[tuple[str, str], int]:
    db.session.rollback()
    return {(row.name, row.detail): row.value for row in db.session.scalars(select(Moment).where(Moment.step == "pay"))}


def test_where_it_hangs_the_link_is_put_forward_after_three_seconds(customer: tuple[Page, list[str]], violations: Violations) -> None:
    page, _ = customer
    hanging: list[Route] = []
    page.route("**/spiffy.js*", lambda route: hanging.append(route))
    page.clock.install()
    pay(page)
    link = page.get_by_role("link", name="Open the secure checkout on its own page")
    expect(page.get_by_text("Loading the payment form…")).to_be_visible()
    expect(link).to_be_visible()
    assert violations(page) == []
    page.clock.fast_forward(3000)
    expect(page.get_by_text("The payment form does not come.")).to_be_visible()
    expect(link).to_have_class(re.compile("button--primary"))
    assert violations(page) == []
    hanging[0].fulfill(body=SCRIPT, content_type="text/javascript")
    expect(page.frame_locator("iframe[title=Spiffy]").get_by_role("button", name="Pay now")).to_be_visible()
    expect(page.get_by_text("The payment form does not come.")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_where_it_is_blocked_the_link_leads_to_the_same_form(customer: tuple[Page, list[str]], complaints: list[str]) -> None:
    page, _ = customer
    page.route("**/spiffy.js*", lambda route: route.abort())
    pay(page)
    expect(page.get_by_text("The payment form does not come.")).to_be_visible()
    link = page.get_by_role("link", name="Open the secure checkout on its own page")
    expect(link).to_have_attribute("href", re.compile(r"^https://northlight\.spiffy\.co/checkout/own-practice\?"))
    complaints[:] = [line for line in complaints if "net::ERR_FAILED" not in line]
