"""Paying in the sandbox: card, bank debit, parts and deposit; declined and recovered; twice clicked, once charged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.checkout import till
from app.checkout.gateways import Away, Declined
from app.checkout.models import Order, Payment, bank
from app.checkout.sandbox import gateway
from app.lib import clock, outbox
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from tests.checkout.buying import ASKS, DECLINED, DISPUTED, FAILS_LATER, POOR, Buyer


def letters(order: Order) -> list[str]:
    return list(db.session.scalars(select(PostedLetter.subject).where(PostedLetter.to == order.email).order_by(PostedLetter.id)))


def charged() -> int:
    """What the bank took in all, less what it gave back."""
    taken = db.session.scalars(select(bank.SandboxCharge).where(bank.SandboxCharge.state == "succeeded")).all()
    return sum(charge.cents - charge.refunded_cents for charge in taken)


def test_a_new_user_buys_with_a_card(buyer: Buyer) -> None:
    order = buyer.buys("card", ("website",))
    assert (order.state, order.captured_cents, order.left_cents) == ("paid", 288000, 0)
    assert buyer.page is not None and "Thank you" in buyer.page.text
    assert any(order.number in subject for subject in letters(order))
    assert charged() == 288000


def test_the_receipt_letter_has_number_lines_and_link(buyer: Buyer) -> None:
    order = buyer.buys("split3", ("website",))
    letter = db.session.scalars(select(PostedLetter).where(PostedLetter.to == order.email)).one()
    assert letter.asked_for
    for words in (order.number, "Website tune-up: $480", "Total: $2,880", "(paid)", "30-day money-back guarantee", "/receipts/"):
        assert words in letter.text
    assert letter.html.count("$960") >= 3


def test_three_payments_are_taken_on_their_dates(buyer: Buyer) -> None:
    order = buyer.buys("split3")
    assert (order.state, order.captured_cents, order.left_cents) == ("partly_paid", 80000, 160000)
    clock.forward(timedelta(days=32))
    outbox.drain()
    assert buyer.order.captured_cents == 160000
    clock.forward(timedelta(days=32))
    outbox.drain()
    order = buyer.order
    assert (order.state, order.captured_cents) == ("paid", 240000)
    assert charged() == 240000
    subjects = letters(order)
    assert sum("we take payment" in subject for subject in subjects) == 2
    assert sum("has arrived" in subject for subject in subjects) == 2


def test_a_deposit_holds_the_place_and_the_rest_follows(buyer: Buyer) -> None:
    order = buyer.buys("deposit")
    assert (order.state, order.captured_cents, order.left_cents) == ("partly_paid", 30000, 210000)
    clock.forward(timedelta(days=31))
    outbox.drain()
    assert buyer.order.state == "paid"
    assert charged() == 240000


def test_a_bank_debit_takes_days(buyer: Buyer) -> None:
    buyer.to_the_bank("ach")
    page = buyer.bank()
    outbox.drain()
    order = buyer.order
    assert order.state == "processing"
    assert charged() == 0
    assert "on its way" in page.text
    clock.forward(timedelta(days=5))
    outbox.drain()
    assert buyer.order.state == "paid"
    assert letters(order) == [
        f"Your bank payment is on its way, order {order.number}",
        f"Your receipt from Northlight, order {order.number}",
    ]


def test_a_bank_debit_can_come_back_and_be_paid_another_way(buyer: Buyer) -> None:
    buyer.to_the_bank("ach")
    buyer.bank(POOR)
    clock.forward(timedelta(days=5))
    outbox.drain()
    order = buyer.order
    assert order.state == "failed"
    assert any("returned" in subject for subject in letters(order))
    buyer.go("/checkout/programme/plan")
    buyer.plan("card")
    buyer.agree()
    buyer.card()
    outbox.drain()
    assert buyer.order.id == order.id
    assert buyer.order.state == "paid"
    assert charged() == 240000


def test_the_sandbox_can_fast_forward_a_debit(buyer: Buyer) -> None:
    buyer.to_the_bank("ach")
    buyer.bank()
    outbox.drain()
    charge = db.session.scalars(select(bank.SandboxCharge)).one()
    buyer.follow(buyer.send(f"/sandbox/charges/{charge.token}/settlement", outcome="succeeded"))
    outbox.drain()
    assert buyer.order.state == "paid"


def test_declined_then_recovered(buyer: Buyer) -> None:
    buyer.to_the_bank("card")
    page = buyer.card(DECLINED)
    assert "The card was declined." in page.text
    assert buyer.order.state == "pending"
    buyer.card()
    outbox.drain()
    order = buyer.order
    assert (order.state, len(order.payments)) == ("paid", 1)


def test_the_bank_may_ask_whether_it_is_you(buyer: Buyer) -> None:
    buyer.to_the_bank("card")
    assert "Is it you?" in buyer.card(ASKS).text
    page = buyer.answers(yes=False)
    assert "could not confirm" in page.text
    assert charged() == 0
    buyer.card(ASKS)
    buyer.answers(yes=True)
    outbox.drain()
    assert buyer.order.state == "paid"


@pytest.mark.parametrize("number", ["4111111111111111", "", "abc", "4242", "４２４２" * 4])
def test_only_test_numbers_are_taken(buyer: Buyer, number: str) -> None:
    buyer.to_the_bank("card")
    assert "Only the test numbers" in buyer.card(number).text
    assert charged() == 0


def test_a_double_click_pays_once(buyer: Buyer) -> None:
    buyer.you()
    buyer.plan("card")
    first = buyer.send("/checkout/programme/payment", agree="y")
    second = buyer.send("/checkout/programme/payment", agree="y")
    assert first.headers["Location"] == second.headers["Location"]
    buyer.follow(first)
    path = buyer.session_path
    for _ in range(2):
        buyer.send(f"{path}/payment", number="4242424242424242")
    buyer.go(path)
    outbox.drain()
    assert len(buyer.order.payments) == 1
    assert charged() == 240000


def test_two_tabs_pay_once(buyer: Buyer) -> None:
    buyer.you()
    buyer.plan("card")
    one = buyer.send("/checkout/programme/payment", agree="y")
    buyer.go("/checkout/programme/pay")
    two = buyer.send("/checkout/programme/payment", agree="y")
    assert one.headers["Location"] == two.headers["Location"]


def test_an_order_changed_on_the_way_is_paid_once_at_the_new_price(buyer: Buyer) -> None:
    buyer.to_the_bank("card")
    old = buyer.session_path
    old_page = buyer.page
    buyer.go("/checkout/programme/plan")
    buyer.plan("card", ("website",))
    buyer.agree()
    assert buyer.session_path != old
    new_page, buyer.page = buyer.page, old_page
    buyer.send(f"{old}/payment", number="4242424242424242")
    assert charged() == 0
    buyer.page = new_page
    buyer.card()
    outbox.drain()
    order = buyer.order
    assert (order.state, order.captured_cents, charged()) == ("paid", 288000, 288000)


def test_a_way_to_pay_that_is_chosen_while_another_is_at_the_bank_changes_nothing_there(buyer: Buyer) -> None:
    buyer.to_the_bank("split3")
    at_the_bank = buyer.page
    buyer.go("/checkout/programme/plan")
    buyer.plan("ach")
    buyer.page = at_the_bank
    buyer.card()
    outbox.drain()
    order = buyer.order
    assert (order.state, order.option, order.kind, order.method) == ("partly_paid", "split3", "split", "card")
    clock.forward(timedelta(days=32))
    outbox.drain()
    assert [(payment.number, payment.method, payment.state) for payment in buyer.order.payments][-1] == (2, "card", "succeeded")


def test_a_bought_offer_can_be_bought_again(buyer: Buyer) -> None:
    first = buyer.buys("card").id
    second = buyer.buys("card").id
    assert first != second
    assert charged() == 480000


def test_a_later_charge_that_fails_is_tried_again_on_days_one_three_and_five(buyer: Buyer) -> None:
    order = buyer.buys("split3", number=FAILS_LATER)
    clock.forward(timedelta(days=31))
    outbox.drain()
    for days in (1, 3, 5):
        clock.forward(timedelta(days=days, minutes=1))
        outbox.drain()
    order = buyer.order
    tries = [payment for payment in order.payments if payment.number == 2]
    assert [payment.state for payment in tries] == ["failed"] * 4
    assert order.state == "partly_paid"
    assert sum("did not go through" in subject for subject in letters(order)) == 4
    to_the_firm = db.session.scalars(select(PostedLetter).where(PostedLetter.subject.contains("failed for the last time"))).all()
    assert len(to_the_firm) == 1


def test_a_dispute_stops_the_schedule_and_a_won_one_takes_it_up_again(buyer: Buyer, app: Flask) -> None:
    order = buyer.buys("split3", number=DISPUTED)
    assert order.state == "disputed"
    clock.forward(timedelta(days=40))
    outbox.drain()
    assert buyer.order.captured_cents == 80000
    charge = db.session.scalars(select(bank.SandboxCharge)).one()
    gateway.end_dispute(charge, "won")
    db.session.commit()
    outbox.drain()
    assert buyer.order.captured_cents >= 160000


@pytest.mark.parametrize(
    "flags", [{"duplicate": True}, {"reorder": True}, {"delay": True}, {"duplicate": True, "reorder": True, "delay": True}]
)
def test_whatever_becomes_of_the_webhooks_the_order_is_right(buyer: Buyer, flags: dict[str, bool]) -> None:
    bank.SandboxChaos.switch(**flags)
    db.session.commit()
    buyer.to_the_bank("ach")
    buyer.bank()
    charge = db.session.scalars(select(bank.SandboxCharge)).one()
    buyer.follow(buyer.send(f"/sandbox/charges/{charge.token}/settlement", outcome="succeeded"))
    for _ in range(6):
        outbox.drain()
        clock.forward(timedelta(seconds=45))
    order = buyer.order
    assert (order.state, order.captured_cents, len(order.payments)) == ("paid", 240000, 1)
    assert sum("Your receipt" in subject for subject in letters(order)) == 1


def test_a_dropped_webhook_is_found_out_by_asking(buyer: Buyer) -> None:
    bank.SandboxChaos.switch(drop=True)
    db.session.commit()
    buyer.to_the_bank("card")
    buyer.send(f"{buyer.session_path}/payment", number="4242424242424242")
    outbox.drain()
    assert buyer.order.state == "pending"
    clock.forward(timedelta(minutes=11))
    with unit_of_work():
        till.sweep()
    outbox.drain()
    assert buyer.order.state == "paid"


def test_a_gateway_that_does_not_answer_when_the_order_was_changed_is_said(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Away("no answer")

    buyer.to_the_bank("card")
    buyer.go("/checkout/programme/plan")
    buyer.plan("split3")
    monkeypatch.setattr(gateway.Sandbox, "close", away)
    answer = buyer.send("/checkout/programme/payment", agree="y")
    assert answer.status_code == 503 and "Nothing was charged" in answer.text
    monkeypatch.undo()
    buyer.agree()
    buyer.card()
    assert (buyer.order.state, charged()) == ("partly_paid", 80000)


@pytest.mark.parametrize("no", [Away("no answer"), Declined("no such session")])
def test_who_comes_back_while_the_gateway_knows_nothing_waits_for_its_word(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch, no: Exception
) -> None:
    def refuse(*_: object) -> None:
        raise no

    buyer.to_the_bank("card")
    monkeypatch.setattr(gateway.Sandbox, "confirm", refuse)
    answer = buyer.go(f"/checkout/back/{buyer.order.payments[0].token}")
    assert buyer.follow(answer).status_code == 200


def test_the_same_key_never_makes_two_payments(buyer: Buyer) -> None:
    buyer.to_the_bank("card")
    keys = db.session.scalars(select(Payment.key)).all()
    assert len(keys) == len(set(keys)) == 1
