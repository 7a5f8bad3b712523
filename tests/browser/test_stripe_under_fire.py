"""Processes die with a gateway elsewhere that knows more than we do: each payment of a schedule is taken once, and none is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from app.checkout.models import Order, Payment, WebhookDelivery
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.outbox import Errand
from tests.checkout.buying import Buyer
from tests.fire import Wire, inside, let_leases_end, unfinished
from tests.integrations.stripe_stand_in import KEY, SECRET, StandIn, signed
from tests.servers import wait_until
from tests.site import Site
from tests.tripwires import Tripwires

pytestmark = pytest.mark.timeout(600)
DOOR = "/webhooks/payments/stripe"
PART = 120_000


@dataclass
class Fire:
    """A site with wires in its code, whose gateway stands elsewhere."""

    site: Site
    wires: Tripwires
    bank: StandIn
    heard: int = 0

    def deliver(self) -> None:
        """Post what the gateway has had to say since last time, as often as it takes."""
        wire = Wire(self.site)
        for event in self.bank.events[self.heard :]:
            headers, body = signed(event)
            assert wire.post(DOOR, data=body, headers=headers).status_code == 200
        self.heard = len(self.bank.events)

    def comes_to_rest(self) -> None:
        let_leases_end(self.site)
        wait_until(lambda: unfinished(self.site) == 0, "the outbox to come to rest", 180)

    def ledger(self) -> tuple[str, list[tuple[int, str, int]], list[int]]:
        """The order's state, its payments that came to something, and what the gateway has taken."""
        with inside(self.site):
            order = db.session.scalars(select(Order)).one()
            payments = [(one.number, one.state, one.captured_cents) for one in order.payments if one.state != "expired"]
            return order.state, payments, [cents for _, cents in self.bank.charges]

    def ends_as(self, state: str, parts: int) -> None:
        """Wait until so many parts are paid; when nothing is left to do it must be so still, and every dollar taken is in our books."""
        expected = (state, [(number, "succeeded", PART) for number in range(1, parts + 1)], [PART] * parts)
        self.comes_to_rest()
        self.deliver()
        wait_until(lambda: self.ledger() == expected, f"{parts} parts to be paid", 180)
        self.comes_to_rest()
        assert self.ledger() == expected


@pytest.fixture(scope="module")
def burning(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fire]:
    folder = tmp_path_factory.mktemp("fire")
    wires = Tripwires(folder)
    with StandIn() as bank:
        stripe = {
            "FRONTDESK_GATEWAY": "stripe",
            "FRONTDESK_STRIPE_SECRET_KEY": KEY,
            "FRONTDESK_STRIPE_WEBHOOK_SECRET": SECRET,
            "FRONTDESK_STRIPE_API_BASE": bank.url,
        }
        site = Site(folder, database, **wires.settings, **stripe).start()
        yield Fire(site, wires, bank)
        site.stop()


@pytest.fixture
def fire(burning: Fire) -> Fire:
    burning.site.empty()
    burning.wires.clear()
    burning.bank.forget()
    burning.heard = 0
    return burning


def at_the_plan(fire: Fire) -> Buyer:
    buyer = Buyer(Wire(fire.site), "own-practice")  # type: ignore[arg-type]
    buyer.you(email="nora@client.example", profession="physician")
    buyer.plan("four")
    return buyer


def pays(fire: Fire, buyer: Buyer) -> None:
    """Pay on the gateway's page, the one that the browser was sent to."""
    assert buyer.page is not None
    found = re.search(r"/pay/(cs_test_\d+)", buyer.page.text)
    assert found, buyer.page.text
    fire.bank.pay(found[1])


def bought(fire: Fire) -> None:
    """Four payments agreed on, the first of them made."""
    buyer = at_the_plan(fire)
    buyer.agree()
    pays(fire, buyer)
    fire.ends_as("partly_paid", 1)


def let_the_day_come(fire: Fire, number: int) -> None:
    """As a month later: this part is due now."""
    with inside(fire.site), unit_of_work():
        order = db.session.scalars(select(Order)).one()
        due = update(Errand).where(Errand.key == f"collect:{order.id}:{number}", Errand.state == "waiting").values(due_at=clock.now())
        assert db.session.execute(due).rowcount == 1


@pytest.mark.parametrize("place", ["Payment.begin@after", "begun@after"], ids=["before it is kept", "after the gateway said yes"])
def test_the_web_dies_as_it_asks_for_the_page_to_pay_on(fire: Fire, place: str) -> None:
    buyer = at_the_plan(fire)
    fire.wires.lay("gunicorn", place)
    buyer.agree()
    assert fire.wires.tripped()
    assert len(fire.bank.sessions()) == 1
    pays(fire, buyer)
    fire.ends_as("partly_paid", 1)


def delivered(fire: Fire) -> set[str]:
    with inside(fire.site):
        return set(db.session.scalars(select(WebhookDelivery.state)))


@pytest.mark.parametrize("place", ["Delivered.store@after", "nudge@before"], ids=["before it is kept", "kept, not applied"])
def test_the_web_dies_with_a_gateways_word_in_hand(fire: Fire, place: str) -> None:
    buyer = at_the_plan(fire)
    buyer.agree()
    pays(fire, buyer)
    fire.wires.lay("gunicorn", place)
    fire.ends_as("partly_paid", 1)
    assert fire.wires.tripped()
    # The money may have been known before the last of the gateway's words was applied.
    wait_until(lambda: delivered(fire) == {"done"}, "every word to be applied", 60)


@pytest.mark.parametrize(
    "place",
    ["Payment.begin@after", "begun@before", "begun@after", "Payment.hear@after"],
    ids=["before the charge is kept", "before the gateway is asked", "after the gateway took it", "before we keep that it did"],
)
def test_a_worker_dies_with_a_later_charge_of_the_schedule_in_hand(fire: Fire, place: str) -> None:
    bought(fire)
    fire.wires.lay("jobs.worker", place)
    let_the_day_come(fire, 2)
    wait_until(fire.wires.tripped, "the worker to die", 120)
    fire.ends_as("partly_paid", 2)
    with inside(fire.site):
        keys = list(db.session.scalars(select(Payment.key).where(Payment.number == 2)))
        assert len(keys) == 1


def test_while_the_gateway_is_down_a_charge_waits_and_is_then_made_once(fire: Fire) -> None:
    bought(fire)
    fire.bank.down = True
    let_the_day_come(fire, 2)
    wait_until(lambda: waiting_charges(fire) == 1, "the charge to be put off", 120)
    fire.bank.down = False
    with inside(fire.site), unit_of_work():
        db.session.execute(update(Errand).where(Errand.handler == "checkout.charge", Errand.state == "waiting").values(due_at=clock.now()))
    fire.ends_as("partly_paid", 2)


def waiting_charges(fire: Fire) -> int:
    """How many charges were tried and wait for their next turn."""
    with inside(fire.site):
        rows = select(Errand.id).where(Errand.handler == "checkout.charge", Errand.state == "waiting", Errand.attempts > 0)
        return len(list(db.session.scalars(rows)))


def test_all_four_parts_are_taken_though_each_loses_a_worker(fire: Fire) -> None:
    bought(fire)
    for number in (2, 3, 4):
        fire.wires.lay("jobs.worker", "begun@after")
        let_the_day_come(fire, number)
        wait_until(fire.wires.tripped, "the worker to die", 120)
        fire.ends_as("paid" if number == 4 else "partly_paid", number)
