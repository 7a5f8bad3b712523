"""The three steps, as somebody without scripts walks them."""

from __future__ import annotations

import re
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from app.business.site import problems
from app.checkout.models import Order
from app.lib import clock, content, pagecache
from app.lib.db import db
from tests.checkout.buying import HIDDEN, Buyer
from tests.checkout.conftest import CONTENT

FIELDS = re.compile(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*?name="([^"]+)"')
STRIP = re.compile(r'<section class="strip".*?</section>', re.S)


def orders() -> int:
    return db.session.scalar(db.select(db.func.count()).select_from(Order)) or 0


def test_looking_at_an_offer_makes_nothing(buyer: Buyer) -> None:
    page = buyer.start()
    assert page.status_code == 200
    assert orders() == 0


def test_the_whole_way_has_at_most_eight_visible_fields(buyer: Buyer) -> None:
    pages = [buyer.start(), buyer.you(), buyer.plan()]
    names = {name for page in pages for name in FIELDS.findall(page.text) if name != "preview"}
    assert len(names) <= 8, names


@pytest.mark.parametrize("step", [1, 2, 3])
def test_each_step_says_where_it_is(buyer: Buyer, step: int) -> None:
    pages = [buyer.start(), buyer.you(), buyer.plan()]
    text = pages[step - 1].text
    heading = re.search(r"<h1.*?</h1>", text, re.S)
    assert heading and f"Step {step} of 3" in heading[0]
    title = re.search(r"<title>(.*?)</title>", text, re.S)
    assert title and f"Step {step} of 3" in title[1]
    assert text.count('aria-current="step"') == 1


def test_the_order_in_short_says_that_add_ons_are_in_its_price(buyer: Buyer) -> None:
    assert "add-on" not in (STRIP.search(buyer.start().text) or [""])[0]
    buyer.you()
    assert "with 1 add-on<" in (STRIP.search(buyer.plan(add_ons=("website",)).text) or [""])[0]


def test_the_last_step_leads_to_the_terms(buyer: Buyer) -> None:
    buyer.you()
    assert re.search(r'<a href="/legal/terms"[^>]*>terms of service', buyer.plan().text)


def test_earlier_steps_are_links_and_keep_what_was_typed(buyer: Buyer) -> None:
    buyer.you(email="keep@client.example", name="Kept Person", phone="(202) 555-0143", profession="physician")
    assert 'href="/checkout/programme"' in buyer.plan(option="split3").text
    first = buyer.start().text
    assert 'value="keep@client.example"' in first
    assert 'value="Kept Person"' in first
    assert '<option selected value="physician">' in first
    assert re.search(r'value="split3" checked', buyer.go("/checkout/programme/plan").text)


def test_the_total_and_the_first_charge_are_known_from_step_one(buyer: Buyer) -> None:
    page = buyer.start().text
    assert "$2,400" in page
    assert "First charge" in page
    for words in ("Card", "Bank", "3 × ", "$300", "30-day money-back guarantee"):
        assert words in page


def test_the_address_fills_in_what_makes_sense_and_nothing_else(buyer: Buyer) -> None:
    page = buyer.start("?profession=physician&email=known@client.example&name=Kim+Known&addons=website,nonsense&utm_source=letter").text
    assert 'value="known@client.example"' in page
    assert 'value="Kim Known"' in page
    assert '<option selected value="physician">' in page
    assert "Website tune-up" in page
    assert "nonsense" not in page


@pytest.mark.parametrize(
    "query",
    [
        "?email=%00%00",
        "?profession=../../etc",
        "?addons=" + "a," * 400,
        "?email=<script>alert(1)</script>@x",
        "?utm_source=" + "x" * 5000,
        "?name=%ff%fe",
    ],
)
def test_hostile_addresses_are_left_out(buyer: Buyer, query: str) -> None:
    page = buyer.start(query)
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_a_source_is_kept_with_the_order(buyer: Buyer) -> None:
    buyer.start("?utm_source=letter&utm_campaign=spring")
    buyer.follow(buyer.send("/checkout/programme?utm_source=letter&utm_campaign=spring", email="a@client.example", name="Al"))
    assert buyer.order.context["from"] == {"utm_source": "letter", "utm_campaign": "spring"}


def test_add_ons_come_ticked_for_a_profession_in_plain_sight(buyer: Buyer) -> None:
    page = buyer.you(profession="physician").text
    assert re.search(r'value="referrals" checked', page)
    assert "Chosen for physicians" in page
    assert "$2,760.01" in page
    assert "Proposal review" not in page


def test_a_ticked_add_on_can_be_taken_off_for_good(buyer: Buyer) -> None:
    buyer.you(profession="physician")
    buyer.plan(option="card", add_ons=())
    assert buyer.order.add_ons == []
    buyer.you(profession="physician")
    assert buyer.order.add_ons == []


def test_new_totals_can_be_asked_for_before_anything_is_decided(buyer: Buyer) -> None:
    buyer.you()
    page = buyer.send("/checkout/programme/plan", option="split3", add_ons=["website"], preview="1")
    assert page.status_code == 200
    assert "$2,880" in page.text
    assert buyer.order.add_ons == []


def test_what_is_wrong_is_said_in_words_and_what_was_typed_is_kept(buyer: Buyer) -> None:
    buyer.start()
    page = buyer.send("/checkout/programme", email="ada@", name="Ada", phone="12", profession="physician")
    assert page.status_code == 422
    assert "Enter an e-mail address like name@example.com." in page.text
    assert "Enter a phone number with its area code" in page.text
    assert 'value="ada@"' in page.text
    assert 'value="Ada"' in page.text
    assert 'role="alert"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'href="#email"' in page.text
    assert orders() == 0


def test_a_refused_step_is_counted_although_nothing_else_of_it_stays(buyer: Buyer) -> None:
    buyer.you()
    buyer.send("/checkout/programme/plan", option="")
    order = buyer.order
    assert order.step("plan").tries == 1
    assert order.step("plan").errors == {"option": 1}


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"email": "ada@"}, "like name@example.com"), ({"email": "ada@customer.example"}, ""), ({"email": ""}, "the receipt goes there")],
)
def test_a_field_is_checked_alone_when_it_is_left(buyer: Buyer, typed: dict[str, str], words: str) -> None:
    buyer.start()
    answer = buyer.send("/checkout/programme/checks/email", **typed)
    assert answer.status_code == 200
    assert (words in answer.text) if words else not answer.text.strip()
    assert buyer.send("/checkout/programme/checks/csrf_token").status_code == 404


@pytest.mark.parametrize("path", ["/checkout/programme/plan", "/checkout/programme/pay"])
def test_nobody_skips_a_step(buyer: Buyer, path: str) -> None:
    assert buyer.go(path).headers["Location"] == "/checkout/programme"


def test_the_pay_step_waits_for_the_plan(buyer: Buyer) -> None:
    buyer.you()
    assert buyer.go("/checkout/programme/pay").headers["Location"] == "/checkout/programme/plan"


@pytest.mark.parametrize(
    "path", ["/checkout/unknown", "/checkout/..%2fsite", "/checkout/programme/payments/nonsense", "/checkout/back/nonsense"]
)
def test_what_is_not_there_is_not_there(buyer: Buyer, path: str) -> None:
    assert buyer.go(path).status_code == 404


@pytest.mark.parametrize("option", ["gold", "ach;", "0", "full"])
def test_only_offered_ways_to_pay_are_taken(buyer: Buyer, option: str) -> None:
    buyer.you()
    assert buyer.send("/checkout/programme/plan", option=option).status_code == 422


def test_only_known_add_ons_are_taken(buyer: Buyer) -> None:
    buyer.you()
    assert buyer.send("/checkout/programme/plan", option="card", add_ons=["yacht"]).status_code == 422
    assert buyer.order.add_ons == []


def test_nothing_is_paid_without_consent_to_the_schedule(buyer: Buyer) -> None:
    buyer.you()
    buyer.plan("split3")
    page = buyer.send("/checkout/programme/payment")
    assert page.status_code == 422
    assert "Tick the box" in page.text
    assert buyer.order.payments == []


def test_the_schedule_is_printed_before_consent(buyer: Buyer) -> None:
    buyer.you()
    page = buyer.plan("split3").text
    order = buyer.order
    assert order.payments == []
    assert page.count("$800") >= 3
    for words in ("Today, ", "Pay $800 now", "No interest, no fee."):
        assert words in page


def test_a_price_that_changed_meanwhile_is_shown_again_first(buyer: Buyer) -> None:
    buyer.you()
    buyer.plan("card")
    page = buyer.send("/checkout/programme/payment", agree="y", shown="1")
    assert page.status_code == 422
    assert "has changed" in page.text
    assert buyer.order.payments == []


def test_a_schedule_that_was_chosen_in_another_tab_is_shown_before_it_is_agreed(buyer: Buyer) -> None:
    buyer.you()
    buyer.plan("card")
    in_full = buyer.page
    buyer.go("/checkout/programme/plan")
    buyer.plan("split3")
    buyer.page = in_full
    page = buyer.send("/checkout/programme/payment", agree="y")
    assert page.status_code == 422
    assert "has changed" in page.text and page.text.count("$800") >= 3
    assert buyer.order.payments == []
    buyer.agree()
    assert len(buyer.order.installments) == 3


def test_dates_that_moved_overnight_are_shown_before_they_are_agreed(buyer: Buyer) -> None:
    buyer.you()
    buyer.plan("split3")
    clock.forward(timedelta(days=1))
    assert buyer.send("/checkout/programme/payment", agree="y").status_code == 422


def test_a_step_that_is_sent_several_times_at_once_is_kept_once(buyer: Buyer, app: Flask) -> None:
    form = {name: unescape(value) for name, value in HIDDEN.findall(buyer.you().text)}
    cookies = [(cookie.key, cookie.value) for cookie in buyer.client._cookies.values()]
    gate, answers = threading.Barrier(4), []

    def press() -> None:
        browser = app.test_client()
        for name, value in cookies:
            browser.set_cookie(name, value)
        gate.wait()
        answers.append(browser.post("/checkout/programme/plan", data={**form, "option": "card"}).status_code)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * 4
    assert [step.name for step in buyer.order.steps] == ["you", "plan"]


def test_an_add_on_that_is_gone_is_left_out_and_said(buyer: Buyer, app: Flask, tmp_path: Path) -> None:
    buyer.you(profession="therapist")
    buyer.plan("card", ("website",))
    edited = shutil.copytree(CONTENT, tmp_path / "content")
    offer = edited / "offers" / "programme.md"
    offer.write_text(re.sub(r"  - id: website\n.*?(?=  - id: ref)", "", offer.read_text(), flags=re.S))
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], content_dir=str(edited))
    content._kept.clear()
    for path in ("", "/plan"):
        page = buyer.go(f"/checkout/programme{path}")
        assert page.status_code == 200 and "$2,880" not in page.text
    page = buyer.go("/checkout/programme/pay")
    assert page.status_code == 200 and "has changed" in page.text and "Pay $2,400 now" in page.text
    buyer.agree()
    assert [line.slug for line in buyer.order.lines] == ["programme"]


def test_the_signed_in_type_nothing_twice(app: Flask, ada: object, client_of: object) -> None:
    buyer = Buyer(client_of(ada))  # type: ignore[operator]
    page = buyer.start().text
    assert 'value="ada@customer.example"' in page
    assert 'value="Ada Lovelace"' in page


def test_beside_the_button_stand_a_voice_of_the_profession_and_the_guarantee(buyer: Buyer) -> None:
    buyer.you(profession="consultant")
    page = buyer.plan("card").text
    form = page[page.index('id="payment"') : page.index("</form>", page.index('id="payment"'))]
    assert "It helped me as a consultant." in form
    assert "30-day money-back guarantee" in form


def test_a_certification_shows_only_while_somebody_at_the_firm_vouches_for_it(buyer: Buyer, app: Flask, tmp_path: Path) -> None:
    shutil.copytree(CONTENT, tmp_path / "content")
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], content_dir=str(tmp_path / "content"))
    site = tmp_path / "content" / "site.toml"
    before = site.read_text()
    assert "SOC 2" not in buyer.start().text
    whole = {"says": '"Audited against SOC 2"', "by": '"Ruth Calloway"', "since": "2026-03-01", "until": "2027-02-28"}
    shown = {}
    for left_out in ("", *whole):
        rows = "".join(f"{name} = {value}\n" for name, value in whole.items() if name != left_out)
        site.write_text(f"{before}\n[[attestations]]\n{rows}")
        with clock.at(datetime(2026, 6, 1, tzinfo=UTC)):
            pagecache.forget(app)
            shown[left_out] = "SOC 2" in buyer.start().text
            assert bool(list(problems())) is bool(left_out)
    assert shown == {"": True, "says": False, "by": False, "since": False, "until": False}
    site.write_text(before + "\n[[attestations]]\n" + "".join(f"{name} = {value}\n" for name, value in whole.items()))
    for day in (datetime(2026, 2, 20, tzinfo=UTC), datetime(2027, 3, 2, tzinfo=UTC)):
        with clock.at(day):
            pagecache.forget(app)
            assert "SOC 2" not in buyer.start().text
