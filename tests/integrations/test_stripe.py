"""The Stripe plug against the stand-in, over real HTTP and with the official package on our side."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.checkout import gateways, till
from app.checkout.models import Order, WebhookDelivery
from app.integrations.stripe import gateway, reading
from app.integrations.stripe.furniture import init_app
from app.lib import clock, outbox
from app.lib.db import db, unit_of_work
from app.settings import WrongSetting
from tests.checkout.buying import Buyer
from tests.checkout.conftest import CONTENT
from tests.integrations.stripe_stand_in import KEY, SECRET, StandIn, signed

DOOR = "/webhooks/payments/stripe"


@pytest.fixture
def bank() -> Iterator[StandIn]:
    with StandIn() as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def switched_on(app: Flask, bank: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = app.config["SETTINGS"]
    ours = {"gateway": "stripe", "stripe_secret_key": KEY, "stripe_webhook_secret": f"whsec_old, {SECRET}", "stripe_api_base": bank.url}
    app.config["SETTINGS"] = replace(before, content_dir=str(CONTENT), **ours)
    monkeypatch.setattr(gateway, "TIMEOUT", 3)
    init_app(app)
    yield
    app.config["SETTINGS"] = before


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return Buyer(app.test_client())


def session_of(buyer: Buyer) -> str:
    """The Checkout Session that the page in the browser leads on to."""
    assert buyer.page is not None
    found = re.search(r"/pay/(cs_test_\d+)", buyer.page.text)
    assert found, buyer.page.text
    return found[1]


def deliver(client: FlaskClient, bank: StandIn, order: list[int] | None = None, times: int = 1) -> None:
    events = [bank.events[n] for n in order] if order else list(bank.events)
    for event in events:
        for _ in range(times):
            headers, body = signed(event)
            assert client.post(DOOR, data=body, headers=headers).status_code == 200
    outbox.drain()


def back(buyer: Buyer) -> None:
    buyer.follow(buyer.go(f"/checkout/back/{buyer.order.payments[-1].token}?session=cs_forged"))


def test_the_browser_goes_on_by_a_page_of_ours_as_the_policy_wants(buyer: Buyer, bank: StandIn) -> None:
    page = buyer.to_the_bank("card")
    assert page.headers["Refresh"] == f"0; url={bank.url}/pay/{session_of(buyer)}"
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]


def test_a_card_buys_on_stripes_page(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("card", ("website",))
    bank.pay(session_of(buyer))
    back(buyer)
    assert buyer.order.state == "paid"
    deliver(client, bank)
    order = buyer.order
    assert (order.state, order.captured_cents, order.payments[0].method_label) == ("paid", 288000, "Visa •••• 4242")
    assert bank.charges == [(order.payments[0].charge_ref, 288000)]


def test_the_webhook_alone_is_enough(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("card")
    bank.pay(session_of(buyer))
    deliver(client, bank)
    assert buyer.order.state == "paid"


def test_coming_back_without_paying_changes_nothing(buyer: Buyer, bank: StandIn) -> None:
    buyer.to_the_bank("card")
    back(buyer)
    assert buyer.order.state == "pending"


@pytest.mark.parametrize("good", [True, False])
def test_every_arrival_order_of_a_debit_ends_the_same(buyer: Buyer, bank: StandIn, client: FlaskClient, good: bool) -> None:
    buyer.to_the_bank("ach")
    session = session_of(buyer)
    bank.debit(session)
    bank.arrive(session, good)
    orders = list(permutations(range(len(bank.events))))
    arrival = random.Random(7 if good else 8).choice(orders)
    deliver(client, bank, list(arrival), times=2)
    assert buyer.order.state == ("paid" if good else "failed"), arrival


def test_a_debit_is_processing_until_it_arrives(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("ach")
    session = session_of(buyer)
    bank.debit(session)
    back(buyer)
    deliver(client, bank)
    assert buyer.order.state == "processing"
    bank.arrive(session)
    deliver(client, bank)
    assert buyer.order.state == "paid"


def test_a_decline_on_the_page_is_not_the_end(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("card")
    bank.decline(session_of(buyer))
    deliver(client, bank)
    assert (buyer.order.state, buyer.order.payments[0].failure) == ("pending", "Your card was declined.")
    bank.pay(session_of(buyer))
    deliver(client, bank)
    assert buyer.order.state == "paid"


def test_three_payments_are_charged_to_the_saved_card(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("split3")
    bank.pay(session_of(buyer))
    deliver(client, bank)
    for _ in range(2):
        clock.forward(timedelta(days=32))
        outbox.drain()
    assert (buyer.order.state, [cents for _, cents in bank.charges]) == ("paid", [80000, 80000, 80000])
    clock.reset()
    deliver(client, bank)
    assert buyer.order.captured_cents == 240000


def test_a_declined_part_is_tried_again_with_a_new_key_and_another_card(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("split3")
    bank.pay(session_of(buyer))
    deliver(client, bank)
    bank.declines.add(buyer.order.method_ref)
    clock.forward(timedelta(days=32))
    outbox.drain()
    failed = [payment for payment in buyer.order.payments if payment.number == 2]
    assert [(payment.state, payment.failure) for payment in failed] == [("failed", "Your card was declined.")]
    buyer.go(f"/receipts/{buyer.order.number}")
    buyer.follow(buyer.send(f"/receipts/{buyer.order.number}/method"))
    assert bank.things[session_of(buyer)]["mode"] == "setup"
    bank.pay(session_of(buyer), last4="5556")
    back(buyer)
    outbox.drain()
    order = buyer.order
    assert order.method_label == "Visa •••• 5556"
    assert order.captured_cents == 160000
    assert len({payment.key for payment in order.payments}) == len(order.payments)


def test_refunds_go_through_stripe_once(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("card")
    bank.pay(session_of(buyer))
    deliver(client, bank)
    with unit_of_work():
        row = till.give_back(buyer.order.payments[0], 50000, reason="", by_id=None, key="a")
    outbox.drain()
    with unit_of_work():
        outbox.later("checkout.refund", refund_id=row.id)
    outbox.drain()
    deliver(client, bank)
    assert buyer.order.refunded_cents == 50000
    assert bank.refunded(bank.charges[0][0]) == 50000


def test_a_refund_made_in_stripes_dashboard_is_heard_of(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("card")
    bank.pay(session_of(buyer))
    bank.new_refund({"payment_intent": bank.charges[0][0], "amount": "240000"})
    deliver(client, bank)
    assert buyer.order.state == "refunded"


def test_a_dispute_that_comes_before_its_payment_waits_for_it(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("card")
    bank.pay(session_of(buyer))
    bank.dispute(bank.charges[0][0])
    late, early = bank.events[:-1], bank.events[-1:]
    bank.events[:] = early
    deliver(client, bank)
    assert db.session.scalars(select(WebhookDelivery.state)).all() == ["received"]
    bank.events[:] = late
    deliver(client, bank)
    clock.forward(timedelta(minutes=3))
    outbox.drain()
    assert buyer.order.state == "disputed"
    bank.dispute(bank.charges[0][0], "won")
    bank.events[:] = bank.events[-1:]
    clock.reset()
    deliver(client, bank)
    assert buyer.order.state == "paid"


def test_a_changed_order_makes_the_old_page_useless(buyer: Buyer, bank: StandIn) -> None:
    buyer.to_the_bank("card")
    old = session_of(buyer)
    buyer.go("/checkout/programme/plan")
    buyer.plan("card", ("website",))
    buyer.agree()
    assert bank.things[old]["status"] == "expired"
    assert session_of(buyer) != old


def test_a_change_that_comes_after_the_money_finds_the_receipt(buyer: Buyer, bank: StandIn) -> None:
    buyer.to_the_bank("card")
    bank.pay(session_of(buyer))
    buyer.go("/checkout/programme/plan")
    buyer.plan("card", ("website",))
    page = buyer.agree()
    assert "Thank you" in page.text
    assert len(bank.charges) == 1 and buyer.order.captured_cents == 240000


def test_the_same_key_asks_the_same_whatever_became_of_the_answer(buyer: Buyer, bank: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer.you()
    buyer.plan("card")
    answer = buyer.send("/checkout/programme/payment", agree="y")
    assert bank.calls == []
    real = Order.settle
    monkeypatch.setattr(Order, "settle", lambda self: 1 / 0)
    assert buyer.go(answer.headers["Location"]).status_code == 500
    monkeypatch.setattr(Order, "settle", real)
    buyer.follow(answer)
    assert len(bank.sessions()) == 1
    assert session_of(buyer) == bank.sessions()[0]["id"]


def test_an_address_that_is_corrected_after_a_lost_answer_does_not_lock_the_payment(
    buyer: Buyer, bank: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer.you()
    buyer.plan("card")
    answer = buyer.send("/checkout/programme/payment", agree="y")
    real = Order.settle
    monkeypatch.setattr(Order, "settle", lambda self: 1 / 0)
    assert buyer.go(answer.headers["Location"]).status_code == 500
    monkeypatch.setattr(Order, "settle", real)
    buyer.you(email="corrected@client.example")
    buyer.follow(answer)
    bank.pay(session_of(buyer))
    back(buyer)
    assert (buyer.order.state, buyer.order.email) == ("paid", "corrected@client.example")


def test_while_stripe_is_down_nothing_is_lost(buyer: Buyer, bank: StandIn) -> None:
    buyer.you()
    buyer.plan("card")
    bank.down = True
    page = buyer.agree()
    assert page.status_code == 503 and "nothing you typed is lost" in page.text
    bank.down = False
    buyer.follow(buyer.go(f"/checkout/programme/payments/{buyer.order.payments[0].token}"))
    bank.pay(session_of(buyer))
    back(buyer)
    assert buyer.order.state == "paid" and len(bank.charges) == 1


def test_a_charge_waits_while_stripe_is_down(buyer: Buyer, bank: StandIn, client: FlaskClient) -> None:
    buyer.to_the_bank("split3")
    bank.pay(session_of(buyer))
    deliver(client, bank)
    clock.forward(timedelta(days=32))
    bank.down = True
    outbox.drain()
    assert [payment.state for payment in buyer.order.payments] == ["succeeded", "new"]
    bank.down = False
    clock.forward(timedelta(minutes=5))
    outbox.drain()
    assert [cents for _, cents in bank.charges] == [80000, 80000]


def test_lost_webhooks_are_made_up_for_by_asking(buyer: Buyer, bank: StandIn) -> None:
    buyer.to_the_bank("card")
    bank.pay(session_of(buyer))
    clock.forward(timedelta(minutes=11))
    with unit_of_work():
        till.sweep()
    outbox.drain()
    assert buyer.order.state == "paid"


@pytest.mark.parametrize("cents", [239999, 1])
def test_another_amount_than_ours_is_held(buyer: Buyer, bank: StandIn, client: FlaskClient, cents: int) -> None:
    buyer.to_the_bank("card")
    bank.things[session_of(buyer)]["amount_total"] = cents
    bank.pay(session_of(buyer))
    deliver(client, bank)
    assert buyer.order.payments[0].is_held and buyer.order.captured_cents == 0


@pytest.mark.parametrize("secret", ["whsec_other", "", "whsec_old,"])
def test_a_forged_webhook_is_refused(client: FlaskClient, bank: StandIn, secret: str) -> None:
    bank.say("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"})
    headers, body = signed(bank.events[0], secret)
    assert client.post(DOOR, data=body, headers=headers).status_code == 401


@pytest.mark.parametrize("seconds", [-310, 310, 7200])
def test_stale_and_future_webhooks_are_refused_both_ways(client: FlaskClient, bank: StandIn, seconds: int) -> None:
    bank.say("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"})
    headers, body = signed(bank.events[0])
    clock.forward(timedelta(seconds=-seconds))
    assert client.post(DOOR, data=body, headers=headers).status_code == 401


@pytest.mark.parametrize("thing", [None, 7, [], "x", {}, {"metadata": None}, {"metadata": 7}, {"payment_intent": 7}, {"amount": "x"}])
@pytest.mark.parametrize("kind", sorted(reading.READERS))
def test_strange_shapes_break_nothing(client: FlaskClient, kind: str, thing: object) -> None:
    headers, body = signed({"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}})
    assert client.post(DOOR, data=body, headers=headers).status_code in {200, 400}
    outbox.drain()


def test_an_unknown_event_is_ignored(client: FlaskClient) -> None:
    headers, body = signed({"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {}}})
    assert client.post(DOOR, data=body, headers=headers).status_code == 200
    outbox.drain()
    assert db.session.scalars(select(WebhookDelivery.state)).all() == ["ignored"]


def test_the_plug_wants_its_settings(app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], stripe_webhook_secret="")
    with pytest.raises(WrongSetting, match="STRIPE_WEBHOOK_SECRET"):
        init_app(app)


def test_no_personal_data_stands_in_a_key_and_no_address_in_the_metadata(buyer: Buyer, bank: StandIn) -> None:
    buyer.to_the_bank("card", email="private@client.example")
    (key,) = bank.keys
    assert "private" not in key and len(key) <= 255
    assert "private" not in str(bank.sessions()[0]["metadata"])
    assert isinstance(gateways.of("stripe"), gateway.Stripe) and stripe.VERSION
