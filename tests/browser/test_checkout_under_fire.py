"""Processes die at every step of a purchase, and thirty hands press the same button: paid once, charged once, one receipt."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from app.checkout import letters
from app.checkout.models import Order, Payment, WebhookDelivery, bank
from app.checkout.sandbox.gateway import packed
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from tests.checkout.buying import GOOD, HIDDEN, Buyer
from tests.fire import HANDS, Wire, inside, let_leases_end, unfinished
from tests.jobs.test_supervisor import processes, programs
from tests.servers import wait_until
from tests.site import Site
from tests.tripwires import Tripwires

pytestmark = pytest.mark.timeout(600)
EMAIL = "nora@client.example"
OFFER = "/checkout/own-practice"
DOOR = "/webhooks/payments/sandbox"


@pytest.fixture(scope="module")
def fire(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Tripwires]]:
    """A site of its own on each database, with wires in its code."""
    folder = tmp_path_factory.mktemp("fire")
    wires = Tripwires(folder)
    site = Site(folder, database, **wires.settings).start()
    yield site, wires
    site.stop()


@pytest.fixture
def site(fire: tuple[Site, Tripwires]) -> Site:
    fire[0].empty()
    return fire[0]


@pytest.fixture
def wires(fire: tuple[Site, Tripwires]) -> Tripwires:
    fire[1].clear()
    return fire[1]


def ledger(site: Site) -> tuple[str, list[tuple[int, str]], int, int]:
    """The order's state, its payments that count, what the bank took beyond them, and how many receipts went out."""
    with inside(site):
        order = db.session.scalars(select(Order)).one()
        payments = [(payment.number, payment.state) for payment in order.payments if payment.state != "expired"]
        taken = db.session.scalar(select(func.sum(bank.SandboxCharge.cents)).where(bank.SandboxCharge.state == "succeeded")) or 0
        receipts = db.session.scalar(select(func.count(PostedLetter.id)).where(PostedLetter.to == EMAIL)) or 0
        return order.state, payments, taken - sum(one.cents for one in order.payments if one.state == "succeeded"), receipts


PAID = ("paid", [(1, "succeeded")], 0, 1)


def is_paid_once(site: Site) -> None:
    """Wait for the order to be paid; and when nothing is left to do, it must be so still."""
    let_leases_end(site)
    wait_until(lambda: ledger(site) == PAID, "the order to be paid once, with one receipt", 120)
    wait_until(lambda: unfinished(site) == 0, "the outbox to come to rest", 120)
    assert ledger(site) == PAID


@pytest.mark.parametrize("victim", ["gunicorn", "jobs.worker"])
def test_a_process_dies_at_every_step_of_a_purchase(site: Site, victim: str) -> None:
    wire = Wire(site)
    delays = iter((0.0, 0.004, 0.008, 0.012, 0.02, 0.03))

    def aim() -> Callable[[], None]:
        wait_until(lambda: any(victim in command for command in programs(site).values()), victim, 60)
        targets, delay = processes(site, victim), next(delays, 0.01)

        def shoot() -> None:
            time.sleep(delay)
            for target in targets:
                with suppress(ProcessLookupError):
                    os.kill(target, signal.SIGKILL)

        return shoot

    buyer = Buyer(wire, "own-practice")  # type: ignore[arg-type]
    wire.aim = aim
    buyer.you(email=EMAIL, profession="therapist")
    buyer.plan("card")
    buyer.agree()
    answer = buyer.card()
    wire.aim = None
    assert answer.status_code == 200
    is_paid_once(site)


def at_the_bank(site: Site, drop: bool = False) -> tuple[Wire, Buyer]:
    """A customer before the sandbox's page, whose own webhooks get lost when told so."""
    with inside(site), unit_of_work():
        bank.SandboxChaos.switch(drop=drop)
    wire = Wire(site)
    buyer = Buyer(wire, "own-practice")  # type: ignore[arg-type]
    buyer.you(email=EMAIL, profession="therapist")
    buyer.plan("card")
    return wire, buyer


def takes_the_money(buyer: Buyer) -> Any:
    """The bank has it; the customer has not come back."""
    return buyer.send(f"{buyer.session_path}/payment", number=GOOD)


@pytest.mark.parametrize("place", ["Payment.begin@after", "begun@after"], ids=["before it is kept", "after the gateway said yes"])
def test_the_web_dies_as_a_payment_begins(site: Site, wires: Tripwires, place: str) -> None:
    _, buyer = at_the_bank(site)
    wires.lay("gunicorn", place)
    buyer.agree()
    assert wires.tripped()
    buyer.card()
    is_paid_once(site)


@pytest.mark.parametrize("place", ["Delivered.store@after", "nudge@before"], ids=["before it is kept", "kept, not applied"])
def test_the_web_dies_with_a_webhook_in_hand(site: Site, wires: Tripwires, place: str) -> None:
    wire, buyer = at_the_bank(site, drop=True)
    buyer.agree()
    takes_the_money(buyer)
    with inside(site):
        headers, body = packed(db.session.scalars(select(bank.SandboxNote)).one())
    wires.lay("gunicorn", place)
    assert wire.post(DOOR, data=body, headers=headers).status_code == 200
    assert wires.tripped()
    is_paid_once(site)
    with inside(site):
        [delivery] = db.session.scalars(select(WebhookDelivery))
        assert (delivery.state, delivery.times) == ("done", 2 if place == "nudge@before" else 1)


def test_the_web_dies_while_it_applies_what_the_gateway_says(site: Site, wires: Tripwires) -> None:
    _, buyer = at_the_bank(site, drop=True)
    buyer.agree()
    wires.lay("gunicorn", "Payment.hear@after")
    buyer.follow(takes_the_money(buyer))
    assert wires.tripped()
    is_paid_once(site)


@pytest.mark.parametrize("place", ["WebhookDelivery.apply@before", "Payment.hear@after"], ids=["before it applies", "while it applies"])
def test_a_worker_dies_with_a_webhook_in_hand(site: Site, wires: Tripwires, place: str) -> None:
    _, buyer = at_the_bank(site)
    buyer.agree()
    wires.lay("jobs.worker", place)
    takes_the_money(buyer)
    wait_until(wires.tripped, "the worker to die", 60)
    with inside(site):
        assert db.session.scalars(select(Order.state)).one() == "pending"
        assert db.session.scalars(select(WebhookDelivery.state)).one() == "received"
    is_paid_once(site)


def hidden(page: Any) -> dict[str, str]:
    return {name: unescape(value) for name, value in HIDDEN.findall(page.text)}


def pressed(buyer: Buyer) -> Callable[[], Any]:
    """The pay button of the page that this buyer has open, to be pressed."""
    return partial(buyer.client.post, f"{OFFER}/payment", data={**hidden(buyer.page), "agree": "y"})


def paid(buyer: Buyer) -> Callable[[], Any]:
    """The sandbox's page that this buyer has open, to be paid."""
    return partial(buyer.client.post, f"{buyer.session_path}/payment", data={**hidden(buyer.page), "number": GOOD})


def test_thirty_hands_on_one_button_pay_once(site: Site) -> None:
    _, buyer = at_the_bank(site)
    answers = together([pressed(buyer)] * HANDS)
    ways = {answer.headers["Location"] for answer in answers if answer.status_code == 303}
    assert len(ways) == 1 and {answer.status_code for answer in answers} == {303}
    buyer.follow(answers[0])
    together([paid(buyer)] * HANDS)
    buyer.go(f"{OFFER}/plan")
    is_paid_once(site)


def second_device(site: Site) -> Buyer:
    """The same checkout opened by the signed link of a letter on another device."""
    with inside(site):
        link = letters.resume_link(db.session.scalars(select(Order)).one(), 1).removeprefix(site.url)
    other = Buyer(Wire(site), "own-practice")  # type: ignore[arg-type]
    other.go(link)
    other.follow(other.send(link, email=EMAIL))
    return other


def test_two_devices_that_pay_one_order_at_once_pay_once(site: Site) -> None:
    _, buyer = at_the_bank(site)
    two = (buyer, second_device(site))
    assert hidden(two[0].page)["key"] != hidden(two[1].page)["key"]
    answers = together([pressed(one) for one in two] * (HANDS // 2))
    assert {answer.status_code for answer in answers} == {303}
    for one, answer in zip(two, answers, strict=False):
        one.follow(answer)
    assert two[0].session_path == two[1].session_path
    together([paid(one) for one in two] * (HANDS // 2))
    is_paid_once(site)
    for one in two:
        one.follow(one.go(f"{OFFER}/pay"))
        assert "Thank you, Nora" in one.page.text  # type: ignore[union-attr]
    is_paid_once(site)


def test_one_device_pays_while_the_other_chooses_to_pay_in_parts(site: Site) -> None:
    _, buyer = at_the_bank(site)
    other = second_device(site)
    buyer.agree()
    other.go(f"{OFFER}/plan")
    other.plan("four")
    answers = together([paid(buyer), pressed(other)] * 5)
    other.follow(answers[1])
    if "Thank you" not in str(other.page and other.page.text):
        # The parts came first: the page of the other device is closed, and this one pays the first of four.
        other.card()
    wait_until(lambda: unfinished(site) == 0, "the outbox to come to rest", 120)
    with inside(site):
        [charge] = db.session.scalars(select(bank.SandboxCharge))
        [payment] = db.session.scalars(select(Payment).where(Payment.state == "succeeded"))
        order = payment.order
        assert charge.cents == payment.cents == order.installments[0].cents
        assert order.state == ("partly_paid" if len(order.installments) > 1 else "paid")
        assert not order.payments[-1].holds


def together(deeds: Sequence[Callable[[], Any]]) -> list[Any]:
    """Let all hands do their deed at the same moment."""
    start = threading.Barrier(len(deeds))

    def one(deed: Callable[[], Any]) -> Any:
        start.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))
