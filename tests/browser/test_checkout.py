"""The checkout in real browsers: desktop and phone, with scripts and without, by pointer and by keyboard."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from app.analytics.models import Moment
from app.checkout.models import ExitAsk, Order, bank
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import Errand
from tests.browsers import PageOf
from tests.servers import wait_until
from tests.site import Site

OFFER = "/checkout/own-practice"
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 667}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
DARK: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}
FORCED: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "forced_colors": "active"}
Violations = Callable[[Page], list[str]]


def you(page: Page, email: str = "nora@client.example") -> None:
    page.goto(f"{OFFER}?profession=physician")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Full name").fill("Nora New")
    page.get_by_role("button", name="Continue to your plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Step 2 of 3")


def choose(page: Page, way: str) -> None:
    page.get_by_role("radio", name=re.compile(way)).check()
    page.get_by_role("button", name="Review and pay").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Step 3 of 3")


def agree(page: Page) -> None:
    page.get_by_label("I agree").check()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(page.get_by_text("Sandbox: a payment page")).to_be_visible()


def pay_by_card(page: Page, number: str = "4242 4242 4242 4242") -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_role("button", name="Pay", exact=True).click()


def thanked(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you, Nora")


def order(site: Site) -> Order:
    with site.app.app_context():
        found = db.session.scalars(db.select(Order).order_by(Order.id.desc())).first()
        assert found is not None
        db.session.refresh(found)
        found.captured_cents, found.payments  # noqa: B018 - loaded while the session lives
        return found


def taken(site: Site) -> list[int]:
    with site.app.app_context():
        return [row.cents for row in db.session.scalars(db.select(bank.SandboxCharge).where(bank.SandboxCharge.state == "succeeded"))]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desktop"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_card_buys(page_of: PageOf, live_server: Site, size: dict[str, Any], scripts: bool) -> None:
    page = page_of(java_script_enabled=scripts, **size)
    you(page)
    choose(page, "Card, in full")
    agree(page)
    pay_by_card(page)
    thanked(page)
    assert order(live_server).state == "paid"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desktop"])
def test_a_bank_debit_and_its_arrival(page_of: PageOf, live_server: Site, size: dict[str, Any]) -> None:
    page = page_of(**size)
    you(page)
    expect(page.get_by_role("radio", name=re.compile("Bank account.*up to four business days"))).to_be_visible()
    choose(page, "Bank account")
    expect(page.locator("#payment")).to_contain_text("Banks take up to four business days")
    agree(page)
    page.get_by_label("Routing number").fill("110000000")
    page.get_by_label("Account number").fill("000123456789")
    page.get_by_label("I authorise").check()
    page.get_by_role("button", name="Pay", exact=True).click()
    thanked(page)
    expect(page.get_by_text("Your bank payment is on its way")).to_be_visible()
    page.get_by_role("button", name="Fast-forward: it arrives").click()
    expect(page.get_by_text("It is paid.")).to_be_visible()
    assert order(live_server).state == "paid"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desktop"])
def test_parts_are_printed_agreed_to_and_begun(page_of: PageOf, live_server: Site, size: dict[str, Any]) -> None:
    page = page_of(**size)
    you(page)
    choose(page, "Four payments")
    expect(page.locator(".till__dates li")).to_have_count(4)
    agree(page)
    pay_by_card(page)
    thanked(page)
    assert order(live_server).state == "partly_paid"
    assert len(taken(live_server)) == 1


def test_declined_asked_and_recovered(page_of: PageOf, live_server: Site) -> None:
    page = page_of(**PHONE)
    you(page)
    choose(page, "Card, in full")
    agree(page)
    pay_by_card(page, "4000000000000002")
    expect(page.get_by_role("alert")).to_contain_text("The card was declined.")
    pay_by_card(page, "4000002500003155")
    page.get_by_role("button", name="Yes, it is me").click()
    thanked(page)
    assert len(taken(live_server)) == 1


def test_a_double_click_pays_once(page_of: PageOf, live_server: Site) -> None:
    page = page_of(**DESK)
    you(page)
    choose(page, "Card, in full")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name=re.compile("^Pay ")).dblclick()
    page.get_by_label("Card number").fill("4242424242424242")
    page.get_by_role("button", name="Pay", exact=True).dblclick()
    thanked(page)
    assert len(taken(live_server)) == 1


def test_prices_follow_each_choice_and_are_said_aloud(page_of: PageOf, live_server: Site) -> None:
    page = page_of(**DESK)
    you(page)
    page.get_by_role("checkbox", name=re.compile("Portraits")).check()
    expect(page.locator("#summary tfoot")).to_contain_text("$7,290")
    expect(page.locator("#totals")).to_contain_text("The total is now $7,290")
    page.get_by_role("radio", name=re.compile("Four payments")).check()
    expect(page.locator("#summary .bill--quiet tr")).to_have_count(4)
    page.get_by_role("checkbox", name=re.compile("Two days")).uncheck()
    expect(page.locator("#summary tfoot")).to_contain_text("$6,090")
    assert order(live_server).option == ""


def test_without_scripts_the_total_is_a_button_away(page_of: PageOf) -> None:
    page = page_of(java_script_enabled=False, **PHONE)
    you(page)
    page.get_by_role("checkbox", name=re.compile("Portraits")).check()
    page.get_by_role("button", name="Update the total").click()
    expect(page.locator("#strip")).to_contain_text("$7,290")


def test_a_field_is_checked_when_it_is_left_and_forgiven_as_it_is_mended(page_of: PageOf) -> None:
    page = page_of(**PHONE)
    page.goto(OFFER)
    field = page.get_by_label("E-mail")
    field.press_sequentially("nora@")
    assert page.locator(".field__error").count() == 0
    field.blur()
    expect(page.locator(".field__error")).to_contain_text("name@example.com")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.press_sequentially("client.example")
    expect(page.locator(".field__error")).to_have_count(0)
    expect(field).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_errors_stand_on_top_with_the_focus_and_lead_to_their_field(page_of: PageOf, scripts: bool) -> None:
    page = page_of(java_script_enabled=scripts, **PHONE)
    page.goto(OFFER)
    page.get_by_role("button", name="Continue to your plan").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary a").first.click()
    expect(page.locator("#email")).to_be_focused() if scripts else expect(page).to_have_url(re.compile("#email$"))


def seen(page: Page, selector: str) -> bool:
    box = page.locator(selector).first.bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 667 and box["x"] + box["width"] <= 375


def test_ways_to_pay_and_guarantee_need_no_scrolling_on_a_small_phone(page_of: PageOf) -> None:
    page = page_of(**PHONE)
    for step in (1, 2, 3):
        if step == 1:
            page.goto(f"{OFFER}?profession=physician")
        elif step == 2:
            you(page)
        else:
            choose(page, "Four payments")
        assert seen(page, ".strip__ways") and seen(page, ".strip__pledge") and seen(page, ".strip__total"), step
        assert page.locator(".strip__ways li").count() == 4
        assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_help_comes_up_as_a_sheet_on_a_phone_and_gives_the_focus_back(page_of: PageOf, violations: Violations) -> None:
    page = page_of(**PHONE)
    page.goto(OFFER)
    page.get_by_role("link", name="Details and help").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Details and help")).to_be_focused()
    assert page.locator("#beside").count() == 1


@pytest.mark.parametrize("mode", [PHONE, DESK, DARK, FORCED], ids=["phone", "desktop", "dark", "forced"])
def test_axe_finds_nothing_on_any_step(page_of: PageOf, violations: Violations, mode: dict[str, Any]) -> None:
    page = page_of(**mode)
    found: dict[str, list[str]] = {}
    page.goto(OFFER)
    page.get_by_role("button", name="Continue to your plan").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    found["errors"] = violations(page)
    you(page)
    found["plan"] = violations(page)
    choose(page, "Four payments")
    found["pay"] = violations(page)
    agree(page)
    found["bank"] = violations(page)
    pay_by_card(page, "4000000000000002")
    expect(page.get_by_role("alert")).to_be_visible()
    found["declined"] = violations(page)
    pay_by_card(page, "4000002500003155")
    expect(page.get_by_role("button", name="Yes, it is me")).to_be_visible()
    found["asked"] = violations(page)
    page.get_by_role("button", name="Yes, it is me").click()
    thanked(page)
    found["receipt"] = violations(page)
    page.get_by_role("link", name="Print the invoice").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Invoice")
    found["invoice"] = violations(page)
    page.goto(f"{OFFER}/link")
    found["link"] = violations(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_whole_way_by_keyboard(page_of: PageOf, live_server: Site) -> None:
    page = page_of(**DESK)
    page.goto(f"{OFFER}?profession=physician&email=nora@client.example&name=Nora+New")
    page.locator("#email").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Step 2 of 3")
    page.locator("input[name=option]:checked").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Step 3 of 3")
    page.locator("#agree").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.locator("#number").focus()
    page.keyboard.type("4242424242424242")
    page.keyboard.press("Enter")
    thanked(page)
    assert order(live_server).kind == "split"


def weight(answer: Response) -> int:
    """What travels: pages are packed by the proxy in front, assets by ourselves."""
    if answer.headers.get("content-type", "").startswith("text/html"):
        return len(gzip.compress(answer.body()))
    return answer.request.sizes()["responseBodySize"]


def test_the_checkout_weighs_under_a_hundred_kilobytes(page_of: PageOf) -> None:
    page = page_of(**PHONE)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{OFFER}?profession=physician")
    page.wait_for_load_state("networkidle")
    sizes = {answer.url: weight(answer) for answer in answers}
    assert sum(sizes.values()) < 100_000, sorted(sizes.items(), key=lambda item: -item[1])


def test_our_own_counter_hears_what_was_entered_seen_and_used(page_of: PageOf, live_server: Site) -> None:
    page = page_of(**DESK)
    page.goto(OFFER)
    page.locator("#beside summary").first.click()
    page.wait_for_timeout(1800)
    page.goto("/")
    page.wait_for_timeout(300)
    with live_server.app.app_context():
        heard = {(row.name, row.detail) for row in db.session.scalars(db.select(Moment))}
    assert {("entered", ""), ("used", "questions"), ("left", "")} <= heard


LEAVE = "document.documentElement.dispatchEvent(new MouseEvent('mouseleave', {clientY: -1}))"


RETURN = """() => {
    for (const hidden of [true, false]) {
        Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
        if (!hidden) Date.now = ((now) => () => now() + 5000)(Date.now);
        document.dispatchEvent(new Event("visibilitychange"));
    }
}"""


def visits_asked(site: Site) -> int:
    with site.app.app_context():
        return db.session.scalar(db.select(db.func.count()).select_from(ExitAsk)) or 0


def asked_before_leaving(page_of: PageOf, site: Site, how: str, **mode: Any) -> Page:
    """A page that asks its visitor before they leave: the first whose visit is not held out."""
    for number in range(20):
        page = page_of(**mode)
        page.clock.install()
        page.goto(OFFER)
        page.evaluate(how)
        page.get_by_label("E-mail").press_sequentially("n")
        page.wait_for_function("() => Boolean(customElements.get('exit-offer'))")
        page.evaluate(how)
        page.clock.fast_forward(16_000)
        # There was no question before the fifteen seconds, nor before a field was touched.
        assert visits_asked(site) == number
        with page.expect_response("**/exit") as answer:
            page.evaluate(how)
        assert visits_asked(site) == number + 1
        if answer.value.status == 200:
            return page
    raise AssertionError("Twenty visits in a row were held out.")


@pytest.mark.parametrize(("mode", "how"), [(DESK, LEAVE), (PHONE, RETURN)], ids=["desktop", "phone"])
def test_leaving_is_asked_about_once_after_a_while_and_a_touched_field(
    page_of: PageOf, live_server: Site, violations: Violations, mode: dict[str, Any], how: str
) -> None:
    page = asked_before_leaving(page_of, live_server, how, **mode)
    dialog = page.get_by_role("dialog", name="Before you go")
    expect(dialog).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.evaluate(how)
    page.clock.fast_forward(16_000)
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 1100])
def test_an_open_chat_covers_neither_the_total_nor_the_pay_button(page_of: PageOf, width: int) -> None:
    page = page_of(viewport={"width": width, "height": 800})
    you(page)
    choose(page, "Four payments")
    # Where there is room for one column only, the order in short above it says the total. Narrower still, the chat is a sheet on top.
    total = "#summary tfoot" if width == 1280 else ".strip__total"
    page.get_by_role("link", name="Chat with us").first.click()
    panel = page.locator("#chat-panel")
    expect(panel).to_be_visible()
    edge = panel.bounding_box()
    assert edge is not None
    for place in (total, "#payment .button--primary"):
        page.locator(place).scroll_into_view_if_needed()
        box = page.locator(place).bounding_box()
        assert box is not None and box["x"] + box["width"] <= edge["x"], place
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_left_at_a_desk_and_finished_on_a_phone_through_the_letter(page_of: PageOf, live_server: Site, violations: Violations) -> None:
    page = page_of(**DESK)
    page.goto(f"{OFFER}?profession=physician&email=nora@client.example&name=Nora+New")
    page.get_by_label("If I do not finish").check()
    page.get_by_role("button", name="Continue to your plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Step 2 of 3")
    page.close()
    phone = page_of(**PHONE)
    phone.goto(letter_after_an_hour(live_server))
    assert violations(phone) == []
    phone.get_by_label("E-mail").fill("nora@client.example")
    phone.locator("main form button").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Step 2 of 3")
    choose(phone, "Four payments")
    agree(phone)
    pay_by_card(phone)
    thanked(phone)
    assert order(live_server).state == "partly_paid"


def letter_after_an_hour(site: Site) -> str:
    """Let the first letter be due, and give the address of its link."""
    with site.app.app_context():
        with unit_of_work():
            due = db.update(Errand).where(Errand.key == f"follow:{order(site).id}:1", Errand.state == "waiting")
            db.session.execute(due.values(due_at=clock.now()).execution_options(synchronize_session=False))
        db.session.remove()

    def found() -> str:
        with site.app.app_context():
            text = db.session.scalar(db.select(PostedLetter.text)) or ""
            db.session.remove()
            link = re.search(r"https?://[^/\s]+(/checkout/resume/\S+)", text)
            return link[1] if link else ""

    wait_until(found, "the letter")
    return found()
