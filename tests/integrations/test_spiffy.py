"""Spiffy: the page with its form, its webhooks, the look at its orders, against a stand-in that speaks its documented API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.checkout import gateways, till
from app.checkout.models import Order, WebhookDelivery
from app.integrations.spiffy import reading
from app.integrations.spiffy.furniture import init_app
from app.integrations.spiffy.models import SpiffySweep
from app.lib import clock, outbox, signatures
from app.lib.db import db, unit_of_work
from app.settings import WrongSetting
from tests.checkout.buying import Buyer
from tests.checkout.conftest import CONTENT
from tests.standin import Quiet, serving

DOOR, SECRET = "/webhooks/payments/spiffy", "whsec_new"


@dataclass
class Account:
    """A stand-in for the account at Spiffy: its orders, and what was asked of its API."""

    url: str = ""
    orders: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    status: int = 200
    page_size: int = 2
    breaks_after: int | None = None

    def buys(
        self, link: str, amount: Any = "2400.00", status: str = "succeeded", currency: str = "usd", changed: timedelta = timedelta()
    ) -> dict[str, Any]:
        """What happens when somebody pays on the page that `link` opens: an order as API v2 writes it."""
        query = parse_qs(urlsplit(link).query)
        number = 5000 + len(self.orders)
        payment = {
            "id": number + 1,
            "amount": amount,
            "currency": currency,
            "status": status,
            "card": {"type": "visa", "last_four": "4242"},
        }
        visit = {"utm_source": "frontdesk", "utm_content": query.get("utm_content", [""])[0]}
        order = {"id": number, "object": "order", "payments": [payment], "checkoutview": visit, "items": [], "fields": []}
        order["updated_at"] = (clock.now() + changed).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.orders.append(order)
        return order

    def answer(self, path: str, query: dict[str, list[str]]) -> Any:
        if path == "/v2/orders":
            page, since = int(query["page"][0]), query["filter[updated_at.gte]"][0].removesuffix("Z")
            found = sorted((order for order in self.orders if order["updated_at"] >= since), key=lambda order: str(order["updated_at"]))
            rows = found[(page - 1) * self.page_size : page * self.page_size]
            more = page * self.page_size < len(found)
            return {"data": rows, "meta": {"pagination": {"page": page, "has_more": more}}}
        return {"data": next(order for order in self.orders if path.endswith(f"/{order['id']}"))}


@pytest.fixture
def account() -> Iterator[Account]:
    found = Account()

    class Handler(Quiet):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            found.asked.append(self.path)
            broken = found.breaks_after is not None and len(found.asked) > found.breaks_after
            status = 429 if broken else found.status
            self.reply(status, found.answer(parts.path, parse_qs(parts.query)) if status == 200 else {})

    with serving(Handler) as found.url:
        yield found


OURS: dict[str, Any] = {
    "gateway": "spiffy",
    "spiffy_account": "northlight",
    "spiffy_webhook_secret": f"whsec_old, {SECRET}",
    "spiffy_key": "k",
}


@pytest.fixture(autouse=True)
def switched_on(app: Flask, account: Account) -> Iterator[None]:
    before = app.config["SETTINGS"]
    more = {"spiffy_api": account.url, "fetch_allow": "127.0.0.0/8", "spiffy_fields": "profession=cf_job, add_ons=cf_extras"}
    app.config["SETTINGS"] = replace(before, content_dir=str(CONTENT), **OURS, **more)
    init_app(app)
    yield
    gateways._gateways.pull("spiffy")
    app.config["SETTINGS"] = before


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return Buyer(app.test_client())


def link_of(buyer: Buyer) -> str:
    """The address of Spiffy's page that the plain link leads to."""
    assert buyer.page is not None
    found = re.search(r'href="(https://northlight\.spiffy\.co/[^"]+)"', buyer.page.text)
    assert found, buyer.page.text
    return unescape(found[1])


def event(order: dict[str, Any], kind: str = "order:success", number: int = 1) -> dict[str, Any]:
    created = int(clock.now().timestamp())
    body = {"id": f"evt_{kind}-{order.get('id')}-{number}", "object": "event", "type": kind, "api_version": "v2", "created": created}
    return {**body, "account_id": 42, "data": {"object": order}}


def send(client: FlaskClient, told: dict[str, Any], secret: str = SECRET, late: timedelta = timedelta()) -> int:
    body = json.dumps(told).encode()
    headers = {"Spiffy-Signature": signatures.sign(secret, body, at=clock.now() - late), "User-Agent": "Spiffy-Webhooks/1.0"}
    status = client.post(DOOR, data=body, headers=headers).status_code
    outbox.drain()
    return status


def test_a_customer_pays_on_spiffys_form_and_the_webhook_makes_it_true(buyer: Buyer, client: FlaskClient, account: Account) -> None:
    buyer.to_the_bank("card")
    paid = account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100)
    assert buyer.order.state == "pending"
    assert send(client, event(paid)) == 200
    order = buyer.order
    assert (order.state, order.payments[0].state, order.payments[0].method_label) == ("paid", "succeeded", "Visa •••• 4242")


def test_the_page_opens_the_policy_for_spiffy_and_no_other_page_does(buyer: Buyer) -> None:
    page = buyer.to_the_bank("card")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' https://js.static.spiffy.co" in policy and "'unsafe-eval'" not in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    for path in ("/checkout/programme", "/checkout/programme/pay", "/"):
        assert "spiffy" not in buyer.client.get(path).headers["Content-Security-Policy"]


def test_what_we_know_is_filled_in_and_our_mark_goes_with_it(buyer: Buyer) -> None:
    buyer.to_the_bank("card", profession="physician")
    address = urlsplit(link_of(buyer))
    query = {name: value for name, [value] in parse_qs(address.query).items()}
    assert address.path == "/checkout/programme"
    assert (query["name_first"], query["name_last"], query["email"]) == ("Nora", "New", "new@client.example")
    assert (query["cf_job"], query["utm_content"]) == ("physician", f"fd-{buyer.order.payments[0].token}")


def test_add_ons_profession_and_mark_go_into_fields_of_those_names_unless_told_otherwise(buyer: Buyer, app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], spiffy_fields="")
    buyer.to_the_bank("card", ("website", "referrals"), profession="physician")
    query = parse_qs(urlsplit(link_of(buyer)).query)
    mark = f"fd-{buyer.order.payments[0].token}"
    assert (query["profession"], query["add_ons"], query["payment"]) == (["physician"], ["website,referrals"], [mark])
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], spiffy_fields="payment=, add_ons=cf_extras")
    buyer.go(urlsplit(buyer.order.payments[0].url).path)
    query = parse_qs(urlsplit(link_of(buyer)).query)
    assert "payment" not in query and query["cf_extras"] == ["website,referrals"]


def test_it_is_the_last_step_with_the_order_and_the_guarantee_beside_it_and_asks_nobody_to_stay(buyer: Buyer) -> None:
    text = buyer.to_the_bank("card").text
    assert "Step 3 of 3" in text and "30-day money-back guarantee" in text and 'id="beside"' in text
    assert re.search(r"/css/pages/checkout\.css", text) and "<exit-offer" not in text


def test_only_the_browser_that_began_it_sees_the_page(buyer: Buyer, client: FlaskClient, app: Flask) -> None:
    buyer.to_the_bank("card")
    path = f"/checkout/spiffy/{buyer.order.payments[0].token}"
    assert buyer.client.get(path).status_code == 200
    assert client.get(path).status_code == 404
    assert buyer.client.get("/checkout/spiffy/unknown").status_code == 404


def test_a_paid_page_leads_to_the_receipt(buyer: Buyer, client: FlaskClient, account: Account) -> None:
    buyer.to_the_bank("card")
    send(client, event(account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100)))
    page = buyer.follow(buyer.client.get(f"/checkout/spiffy/{buyer.order.payments[0].token}"))
    assert "Thank you" in page.text


@pytest.mark.parametrize("amount", ["1.00", "99999", None, "NaN"])
def test_another_amount_is_held_for_a_person(buyer: Buyer, client: FlaskClient, account: Account, amount: Any) -> None:
    buyer.to_the_bank("card")
    send(client, event(account.buys(link_of(buyer), amount=amount)))
    assert buyer.order.payments[0].is_held and buyer.order.state == "processing"


def test_another_currency_is_held_for_a_person(buyer: Buyer, client: FlaskClient, account: Account) -> None:
    buyer.to_the_bank("card")
    send(client, event(account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100, currency="eur")))
    assert buyer.order.payments[0].is_held


def test_duplicate_reordered_and_dotted_messages_leave_the_order_right(buyer: Buyer, client: FlaskClient, account: Account) -> None:
    buyer.to_the_bank("card")
    order = account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100)
    late = json.loads(json.dumps(order))
    late["payments"][0]["status"] = "pending"
    for told in (event(order, "payment.success"), event(late, "payment:requires_action"), event(order, "order:complete"), event(order)):
        assert send(client, told) == 200
        assert send(client, told) == 200
    assert buyer.order.state == "paid"
    assert {row.times for row in db.session.scalars(db.select(WebhookDelivery))} == {2}


def test_a_failed_try_is_not_the_end(buyer: Buyer, client: FlaskClient, account: Account) -> None:
    buyer.to_the_bank("card")
    order = account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100, status="failed")
    send(client, event(order, "payment:failed"))
    assert buyer.order.payments[0].is_open
    order["payments"].append({**order["payments"][0], "id": 9999, "status": "succeeded"})
    send(client, event(order, "payment:success"))
    assert buyer.order.state == "paid"


def test_a_refund_at_spiffy_shows_here(buyer: Buyer, client: FlaskClient, account: Account) -> None:
    buyer.to_the_bank("card")
    order = account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100)
    send(client, event(order))
    order["payments"][0]["status"] = "refunded"
    send(client, event(order, "payment:refunded"))
    assert buyer.order.state == "refunded"


def test_a_dispute_shows_here(buyer: Buyer, client: FlaskClient, account: Account) -> None:
    buyer.to_the_bank("card")
    order = account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100, status="disputed")
    send(client, event(order, "payment:disputed"))
    assert buyer.order.state == "disputed"


@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_forged_and_stale_messages_change_nothing(buyer: Buyer, client: FlaskClient, account: Account, late: timedelta) -> None:
    buyer.to_the_bank("card")
    order = account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100)
    assert send(client, event(order), late=late) == 401
    assert send(client, event(order), secret="guessed") == 401
    assert client.post(DOOR, json=event(order)).status_code == 401
    assert buyer.order.state == "pending"


def test_a_lost_message_is_found_by_the_look_at_the_orders(buyer: Buyer, account: Account) -> None:
    account.buys("https://x/?utm_content=somebody-elses", changed=timedelta(hours=-3))
    account.buys("https://x/", changed=timedelta(hours=-2))
    buyer.to_the_bank("card")
    account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100)
    look()
    assert buyer.order.state == "paid"
    assert "updated_at.gte" in account.asked[0] and len(account.asked) == 2


def test_however_many_orders_changed_each_page_that_was_read_stays_read(buyer: Buyer, account: Account) -> None:
    account.page_size = 20
    for number in range(460):
        account.buys("https://x/", changed=timedelta(hours=-30, seconds=number // 30))
    buyer.to_the_bank("card")
    account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100)
    account.breaks_after = 15
    look()
    reached = SpiffySweep.last()
    assert buyer.order.state == "pending" and reached is not None and reached > clock.now() - timedelta(hours=31)
    account.breaks_after, account.asked = None, []
    with clock.at(clock.now() + timedelta(minutes=1)):
        outbox.drain()
        assert since(account.asked[0]) >= reached.replace(microsecond=0)
        assert buyer.order.state == "paid" and len(account.asked) > 15
        assert (SpiffySweep.last() or reached) > clock.now() - timedelta(minutes=10)


def since(asked: str) -> datetime:
    """From which change on a page of the list was asked for."""
    return datetime.fromisoformat(parse_qs(urlsplit(asked).query)["filter[updated_at.gte]"][0])


def look() -> None:
    with unit_of_work():
        outbox.later("spiffy.sweep")
    outbox.drain()


def test_a_look_that_fails_reaches_back_at_the_next_turn(buyer: Buyer, account: Account) -> None:
    look()
    account.status = 503
    buyer.to_the_bank("card")
    with clock.at(clock.now() + timedelta(days=3)):
        account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100)
        look()
        assert buyer.order.state == "pending"
        account.status = 200
        with clock.at(clock.now() + timedelta(minutes=1)):
            outbox.drain()
        assert buyer.order.state == "paid"


def test_where_the_mark_gets_lost_the_order_is_looked_up_at_once_and_its_field_names_our_payment(
    buyer: Buyer, client: FlaskClient, account: Account
) -> None:
    buyer.to_the_bank("card")
    payment = buyer.order.payments[0]
    order = account.buys("https://x/", amount=payment.cents / 100)
    told = event(dict(order))
    order["fields"] = [{"id": "payment", "value": f"fd-{payment.token}"}]
    send(client, told)
    assert buyer.order.state == "paid" and len(account.asked) == 1
    with clock.at(clock.now() + timedelta(minutes=3)):
        outbox.drain()
        assert db.session.scalars(db.select(WebhookDelivery.state)).one() == "done"


def test_the_look_at_one_order_is_tried_again_and_forgets_what_is_not_ours(buyer: Buyer, client: FlaskClient, account: Account) -> None:
    buyer.to_the_bank("card")
    order = account.buys("https://x/", amount=buyer.order.payments[0].cents / 100)
    account.status = 503
    send(client, event(dict(order)))
    assert buyer.order.state == "pending" and len(account.asked) == 1
    account.status = 200
    with clock.at(clock.now() + timedelta(hours=2)):
        outbox.drain()
        assert buyer.order.state == "pending" and len(account.asked) == 2
        assert db.session.scalars(db.select(WebhookDelivery.state)).one() == "ignored"


def test_only_what_it_can_do_is_offered_and_refunds_are_made_there(
    buyer: Buyer, client: FlaskClient, account: Account, linus: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    buyer.you()
    assert 'value="split"' not in buyer.go("/checkout/programme/plan").text
    buyer.to_the_bank("card")
    send(client, event(account.buys(link_of(buyer), amount=buyer.order.payments[0].cents / 100)))
    with unit_of_work():
        till.give_back(buyer.order.payments[0], 100, reason="x", by_id=linus.id, key="a")
    outbox.drain()
    [refund] = buyer.order.payments[0].refunds
    assert refund.state == "failed" and "made there" in refund.failure
    assert db.session.scalars(db.select(Order)).one().state == "paid"


@pytest.mark.parametrize("cents", [False, True])
def test_amounts_are_read_as_the_setting_says(cents: bool) -> None:
    values = [reading.money(value, cents) for value in ("2400.00", 2400, "19.99", 0.1, "x", True, None, "inf")]
    assert values == ([2400, 2400, 19, 0] if cents else [240000, 240000, 1999, 10]) + [None] * 4


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"spiffy_account": ""}, "SPIFFY_ACCOUNT"),
        ({"spiffy_account": "evil.example/x"}, "SPIFFY_ACCOUNT"),
        ({"spiffy_webhook_secret": ""}, "SPIFFY_WEBHOOK_SECRET"),
        ({"spiffy_key": ""}, "SPIFFY_KEY"),
        ({"spiffy_amounts": "euros"}, "SPIFFY_AMOUNTS"),
    ],
)
def test_a_start_with_half_of_it_is_refused_and_says_what_is_missing(app: Flask, changed: dict[str, str], named: str) -> None:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, **changed)
    with pytest.raises(WrongSetting, match=named):
        init_app(app)
    app.config["SETTINGS"] = before
