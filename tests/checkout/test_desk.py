"""The desk: refunds, held payments, replays, chaos."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.checkout.gateways import Ask, News, Started
from app.checkout.models import Order, Payment, WebhookDelivery, bank
from app.checkout.sandbox import gateway
from app.lib import clock, outbox
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from tests.checkout.buying import DECLINED, DISPUTED, Buyer
from tests.pace import statements

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture
def admin(linus: Person, client_of: ClientOf) -> Buyer:
    """Linus's browser; it can post the forms it finds."""
    return Buyer(client_of(linus))


def refund(admin: Buyer, order: Order, **typed: str) -> None:
    admin.go(f"/desk/orders/{order.number}")
    admin.follow(admin.send(f"/desk/orders/{order.number}/refunds", **typed))
    outbox.drain()


def test_part_of_a_payment_goes_back(buyer: Buyer, admin: Buyer) -> None:
    order = buyer.buys()
    refund(admin, order, amount="400.50", reason="One session less")
    order = buyer.order
    assert (order.state, order.refunded_cents) == ("paid", 40050)
    assert [row.by.name for row in order.payments[0].refunds if row.by] == ["Linus Pauling"]
    assert db.session.scalars(select(PostedLetter).where(PostedLetter.subject.contains("$400.50 is on its way back"))).one()


def test_all_of_it_goes_back(buyer: Buyer, admin: Buyer) -> None:
    refund(admin, buyer.buys(), amount="2,400")
    assert buyer.order.state == "refunded"


@pytest.mark.parametrize("amount", ["", "0", "-5", "2400.01", "1e3", "12.345", "1,50", "1,2345", "abc", "٣", "999999999999"])
def test_a_wrong_amount_moves_nothing(buyer: Buyer, admin: Buyer, amount: str) -> None:
    refund(admin, buyer.buys(), amount=amount)
    assert buyer.order.refunded_cents == 0


def test_a_refund_sent_twice_goes_back_once(buyer: Buyer, admin: Buyer) -> None:
    order = buyer.buys()
    admin.go(f"/desk/orders/{order.number}")
    for _ in range(2):
        admin.send(f"/desk/orders/{order.number}/refunds", amount="100")
    outbox.drain()
    assert buyer.order.refunded_cents == 10000
    assert len(db.session.scalars(select(bank.SandboxRefund)).all()) == 1


def test_old_news_of_a_payment_does_not_put_the_replaced_card_back(buyer: Buyer, admin: Buyer) -> None:
    order = buyer.buys("split3")
    delivery = db.session.scalars(select(WebhookDelivery.id)).first()
    back = f"/checkout/back/{order.payments[0].token}"
    buyer.saves_another_card()
    saved = buyer.order.method_ref
    refund(admin, order, amount="10")
    assert buyer.order.method_ref == saved
    buyer.go(back)
    assert buyer.order.method_ref == saved
    admin.go(f"/desk/webhooks/{delivery}")
    admin.follow(admin.send(f"/desk/webhooks/{delivery}/replays"))
    outbox.drain()
    assert buyer.order.method_ref == saved == "pm_sandbox_5555555555554444"


def test_a_refund_can_end_the_schedule(buyer: Buyer, admin: Buyer) -> None:
    order = buyer.buys("split3")
    refund(admin, order, amount="100", stop="yes")
    waiting = db.session.scalars(
        select(outbox.Errand.key).where(outbox.Errand.state == "waiting", outbox.Errand.key.startswith("collect:"))
    ).all()
    assert waiting == []


def test_a_schedule_that_was_ended_stays_ended_with_another_card(buyer: Buyer, admin: Buyer) -> None:
    order = buyer.buys("split3")
    buyer.go(f"/receipts/{order.number}")
    kept = buyer.page
    refund(admin, order, amount="100", stop="yes")
    assert "stopped" in admin.go(f"/desk/orders/{order.number}").text
    clock.forward(timedelta(days=35))
    outbox.drain()
    order = buyer.order
    assert (order.state, order.captured_cents, order.left_cents) == ("partly_paid", 80000, 0)
    receipt = buyer.go(f"/receipts/{order.number}").text
    assert "no further payment is taken" in receipt and "Use another card" not in receipt
    buyer.page = kept
    assert buyer.send(f"/receipts/{order.number}/method").status_code == 422
    with unit_of_work():
        saved = Payment.begin(buyer.order, number=0, purpose="method", cents=0)
        saved.hear(News(state="succeeded", method_ref="pm_new"))
    outbox.drain()
    assert buyer.order.captured_cents == 80000


def test_a_schedule_that_was_ended_stays_ended_after_a_won_dispute(buyer: Buyer, admin: Buyer) -> None:
    order = buyer.buys("split3", number=DISPUTED)
    refund(admin, order, amount="100", stop="yes")
    charge = db.session.scalars(select(bank.SandboxCharge)).one()
    gateway.end_dispute(charge, "won")
    db.session.commit()
    outbox.drain()
    clock.forward(timedelta(days=35))
    outbox.drain()
    assert (buyer.order.state, buyer.order.captured_cents) == ("partly_paid", 80000)


def due_charge(buyer: Buyer) -> None:
    """The second payment is due, and handed to the outbox: its charge waits there."""
    clock.forward(timedelta(days=32))
    collecting = outbox.Errand.due(limit=50).with_only_columns(outbox.Errand.id).where(outbox.Errand.handler == "checkout.collect")
    for errand_id in db.session.scalars(collecting).all():
        outbox.run(errand_id)
    assert buyer.order.payments[-1].state == "new"


def test_a_charge_that_waits_in_the_outbox_is_not_taken_once_the_schedule_was_stopped(
    buyer: Buyer, client_of: ClientOf, linus: Person
) -> None:
    order = buyer.buys("split3")
    due_charge(buyer)
    refund(Buyer(client_of(linus)), order, amount="100", stop="yes")
    clock.forward(timedelta(days=40))
    outbox.drain()
    order = buyer.order
    assert (order.state, order.captured_cents, order.payments[-1].state) == ("partly_paid", 80000, "expired")
    assert len(db.session.scalars(select(bank.SandboxCharge)).all()) == 1


def test_a_charge_that_was_at_the_gateway_when_the_schedule_was_stopped_goes_back(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = buyer.buys("split3").id
    due_charge(buyer)
    start = gateway.Sandbox.start

    def stopped_meanwhile(self: gateway.Sandbox, ask: Ask) -> Started:
        with unit_of_work():
            Order.locked(order_id).stop()
        clock.forward(timedelta(seconds=1))
        return start(self, ask)

    monkeypatch.setattr(gateway.Sandbox, "start", stopped_meanwhile)
    outbox.drain()
    outbox.drain()
    order = buyer.order
    assert (order.captured_cents, order.refunded_cents) == (160000, 80000)
    assert [refund.reason for refund in order.payments[-1].refunds] == ["It came after the schedule was stopped."]


def test_a_charge_that_was_known_to_be_on_its_way_when_the_schedule_was_stopped_stays(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = buyer.buys("split3").id
    due_charge(buyer)
    slow = Started(ref="slow", news=News(state="processing"))
    monkeypatch.setattr(gateway.Sandbox, "start", lambda *_: slow)
    outbox.drain()
    payment = buyer.order.payments[-1]
    assert (payment.number, payment.state) == (2, "processing")
    clock.forward(timedelta(hours=1))
    with unit_of_work():
        Order.locked(order_id).stop()
    clock.forward(timedelta(days=3))
    with unit_of_work():
        Payment.locked(payment.id).hear(News(state="succeeded"))
    outbox.drain()
    order = buyer.order
    assert (order.captured_cents, order.refunded_cents, order.payments[-1].refunds) == (160000, 0, [])


def test_the_list_of_orders_asks_as_much_for_many_as_for_one(buyer: Buyer, client_of: ClientOf, grace: Person) -> None:
    browser, counts = client_of(grace), []
    for orders in (1, 6):
        for _ in range(orders):
            buyer.buys("split3")
            with unit_of_work():
                buyer.order.payments[0].hold("amount", "Another sum")
        db.session.expunge_all()
        counts.append(statements(browser, "/desk/orders"))
    assert counts[0] == counts[1]


def test_the_page_of_an_order_asks_as_much_for_many_charges_as_for_one(buyer: Buyer, client_of: ClientOf, linus: Person) -> None:
    order = buyer.buys("split3", number=DISPUTED)
    browser, number, linus_id, counts = client_of(linus), order.number, linus.id, []
    for tries in (range(1), range(1, 6)):
        for one in tries:
            with unit_of_work():
                payment = Payment.begin(buyer.order, number=2, purpose="charge", cents=80000)
                payment.hear(News(state="succeeded", refunds={f"r{one}": (100, "done")}, dispute=(f"d{one}", "won", 100)))
                payment.refunds[0].by_id = linus_id
                sums = {"cents": 80000, "currency": "USD", "state": "succeeded", "label": "Card"}
                db.session.add(bank.SandboxCharge(payment=payment.token, disputes=[bank.SandboxDispute(state="won")], **sums))
        db.session.expunge_all()
        counts.append(statements(browser, f"/desk/orders/{number}"))
    assert counts[0] == counts[1]


def held(buyer: Buyer) -> Payment:
    buyer.to_the_bank("card")
    with unit_of_work():
        Payment.locked(buyer.order.payments[0].id).hear(News(state="succeeded", cents=100, currency="usd"))
    outbox.drain()
    return buyer.order.payments[0]


@pytest.mark.parametrize(("verdict", "state", "captured"), [("accepted", "paid", 100), ("returned", "failed", 0)])
def test_a_person_decides_what_becomes_of_a_held_payment(buyer: Buyer, admin: Buyer, verdict: str, state: str, captured: int) -> None:
    hold = held(buyer).holds[0]
    assert "a payment is held" in admin.go("/desk/orders").text
    admin.go(f"/desk/orders/{buyer.order.number}")
    for _ in range(2):
        admin.follow(admin.send(f"/desk/holds/{hold.id}/verdict", verdict=verdict))
    outbox.drain()
    order = buyer.order
    assert (order.state, order.captured_cents) == (state, captured)
    assert order.payments[0].holds[0].verdict == verdict
    assert len(order.payments[0].refunds) == (0 if verdict == "accepted" else 1)


def test_who_got_a_held_payment_back_can_pay_again(buyer: Buyer, admin: Buyer) -> None:
    hold = held(buyer).holds[0]
    admin.go(f"/desk/orders/{buyer.order.number}")
    admin.follow(admin.send(f"/desk/holds/{hold.id}/verdict", verdict="returned"))
    with unit_of_work():
        payment = Payment.locked(buyer.order.payments[0].id)
        payment.hear(News(refunds={"re_1": (100, "done")}))
    assert "What you paid goes back" in buyer.go(f"/receipts/{buyer.order.number}").text
    buyer.go("/checkout/programme/plan")
    buyer.plan("card")
    buyer.agree()
    buyer.card()
    order = buyer.order
    assert (order.state, order.captured_cents, order.refunded_cents) == ("paid", 240000, 0)


def test_a_webhook_can_be_applied_again_and_changes_nothing(buyer: Buyer, admin: Buyer) -> None:
    buyer.buys()
    delivery = db.session.scalars(select(WebhookDelivery)).one()
    page = admin.go(f"/desk/webhooks/{delivery.id}")
    assert "session.completed" in page.text and "whsec" not in page.text
    admin.follow(admin.send(f"/desk/webhooks/{delivery.id}/replays"))
    outbox.drain()
    assert (buyer.order.state, buyer.order.captured_cents) == ("paid", 240000)
    assert len(db.session.scalars(select(PostedLetter)).all()) == 1


def test_the_chaos_switch(admin: Buyer) -> None:
    admin.go("/desk/webhooks")
    admin.follow(admin.send("/desk/sandbox/chaos", duplicate="on", drop="on"))
    now = bank.SandboxChaos.current()
    assert (now.duplicate, now.reorder, now.delay, now.drop) == (True, False, False, True)
    admin.follow(admin.send("/desk/sandbox/chaos"))
    db.session.expire_all()
    assert not bank.SandboxChaos.current().drop


def test_orders_are_found_by_name_address_and_number(buyer: Buyer, admin: Buyer) -> None:
    order = buyer.buys(name="Zelda Quick", email="zelda@client.example")
    for words in ("zelda", "QUICK", order.number):
        assert order.number in admin.go(f"/desk/orders?q={words}").text
    assert "zelda@client.example" not in admin.go("/desk/orders?q=nobody").text
    assert "zelda@client.example" not in admin.go("/desk/orders?state=refunded").text


def test_an_order_that_nobody_finished_can_be_looked_at(buyer: Buyer, admin: Buyer) -> None:
    buyer.you()
    assert admin.go(f"/desk/orders/{buyer.order.number}").status_code == 200


def test_a_charge_that_succeeded_says_nothing_of_an_earlier_refusal(buyer: Buyer, admin: Buyer) -> None:
    buyer.to_the_bank()
    buyer.card(DECLINED)
    outbox.drain()
    assert "The card was declined." in admin.go(f"/desk/orders/{buyer.order.number}").text
    buyer.card()
    outbox.drain()
    assert "The card was declined." not in admin.go(f"/desk/orders/{buyer.order.number}").text


@pytest.mark.parametrize("query", ["?page=0", "?page=-1", "?page=99999", "?page=x", "?state=%00", "?q=%25", "?q=" + "9" * 40])
def test_strange_queries_break_nothing(admin: Buyer, query: str) -> None:
    assert admin.go(f"/desk/orders{query}").status_code == 200
