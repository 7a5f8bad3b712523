"""The demo's orders: each state once, made through the same doors as everybody's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts import demo as people
from app.accounts.models import Person
from app.checkout import demo, gateways
from app.checkout.models import Order, bank
from app.conversations.models import Conversation
from app.lib import clock, outbox
from app.lib.db import db, unit_of_work
from app.settings import Settings


@pytest.fixture(autouse=True)
def filled(app: Flask, shop: None) -> None:
    # The demo sells what the firm of this installation sells, not what the tests' shop does.
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], content_dir=Settings().content_dir)
    with unit_of_work():
        people.fill()
        demo.fill()
    outbox.drain()


def miriam() -> Person:
    return db.session.scalars(select(Person).where(Person.email == "miriam@practice.example")).one()


def test_every_purchase_is_there_in_its_state_and_its_time() -> None:
    orders = db.session.scalars(select(Order).order_by(Order.id)).all()
    assert [order.state for order in orders] == ["paid", "partly_paid", "refunded", "paid", "processing", "draft"]
    for order, purchase in zip(orders, demo.PURCHASES, strict=True):
        assert abs(clock.now() - purchase.ago - order.created_at) < timedelta(minutes=5)


def test_the_books_of_the_sandbox_say_the_same() -> None:
    taken = db.session.scalar(select(func.sum(bank.SandboxCharge.cents)).where(bank.SandboxCharge.state == "succeeded"))
    assert taken == sum(payment.taken_cents for order in db.session.scalars(select(Order)) for payment in order.payments)


def test_the_demo_customer_sees_theirs_in_the_account(client_of: Callable[[Person], FlaskClient]) -> None:
    page = client_of(miriam()).get("/account/orders").text
    assert "Steady Caseload" in page and "Next payment" in page and "Clear View" in page


def test_the_desk_and_the_report_have_something_to_show(client_of: Callable[[Person], FlaskClient], grace: Person) -> None:
    desk = client_of(grace)
    page = desk.get("/desk/orders").text
    assert all(purchase.name in page for purchase in demo.PURCHASES)
    with unit_of_work():
        thread = Conversation.open(miriam(), "chat")
        thread.say(miriam(), "Hello")
    beside = desk.get(f"/desk/conversations/{thread.id}").text
    assert "Steady Caseload" in beside and "partly paid" in beside


def test_another_gateway_gets_no_demo_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    before = db.session.scalar(select(func.count(Order.id)))
    monkeypatch.setattr(gateways, "chosen", lambda: SimpleNamespace(name="stripe"))
    demo.fill()
    assert db.session.scalar(select(func.count(Order.id))) == before
