"""State beats arrival order: whatever order the news of a payment comes in, and however often, the order ends the same."""

from __future__ import annotations

from itertools import permutations

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.business.models import Offer
from app.checkout import till
from app.checkout.events import PaymentHeld
from app.checkout.gateways import News
from app.checkout.models import Order, Payment
from app.checkout.pricing import option_of, quote
from app.lib import outbox
from app.lib.db import db
from app.lib.mail import PostedLetter
from tests.checkout.test_pricing import TODAY

PENDING = News(state="pending", ref="cs_1")
PROCESSING = News(state="processing", charge_ref="ch_1", method_label="Visa •••• 4242")
SUCCEEDED = News(state="succeeded", charge_ref="ch_1", cents=240000, currency="usd")
FAILED = News(state="failed", failure="no")
EXPIRED = News(state="expired")
PART = News(refunds={"re_1": (40000, "done")})
ALL = News(refunds={"re_1": (40000, "done"), "re_2": (200000, "done")})
DISPUTED = News(dispute=("dp_1", "open", 240000))
WON = News(dispute=("dp_1", "won", 240000))
LOST = News(dispute=("dp_1", "lost", 240000))


def ordered(option: str = "card") -> Payment:
    offer = Offer.find("programme")
    assert offer
    order = Order.open(offer, context={}, visit="v", device="desktop")
    order.introduce(name="Nora New", email="nora@client.example", phone="", profession="")
    order.choose([], option_of(offer, option))
    found = quote(offer, [], option, TODAY)
    order.agree(found, "sandbox")
    payment = Payment.begin(order, number=1, purpose="pay", cents=found.today_cents)
    db.session.flush()
    return payment


@pytest.mark.parametrize(
    ("news", "state"),
    [
        ((PENDING, PROCESSING, SUCCEEDED), "paid"),
        ((PENDING, PROCESSING, FAILED), "failed"),
        ((PENDING, FAILED, SUCCEEDED), "paid"),
        ((PENDING, EXPIRED), "draft"),
        ((PENDING, SUCCEEDED, PART), "paid"),
        ((PENDING, SUCCEEDED, PART, ALL), "refunded"),
        ((SUCCEEDED, DISPUTED), "disputed"),
        ((SUCCEEDED, DISPUTED, WON), "paid"),
        ((SUCCEEDED, DISPUTED, LOST), "disputed"),
        ((PENDING,), "pending"),
        ((PENDING, PROCESSING), "processing"),
    ],
)
def test_every_order_of_arrival_ends_the_same(app: Flask, news: tuple[News, ...], state: str) -> None:
    for arrival in permutations(news):
        payment = ordered()
        for one in arrival:
            payment.hear(one)
        assert payment.order.state == state, arrival
        db.session.rollback()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_duplicates_in_any_order_change_nothing(app: Flask, data: st.DataObject) -> None:
    news = [PENDING, PROCESSING, SUCCEEDED, PART, ALL, DISPUTED, WON]
    arrival = data.draw(st.lists(st.sampled_from(news), max_size=12)) + data.draw(st.permutations(news))
    payment = ordered()
    for one in arrival:
        payment.hear(one)
    assert (payment.order.state, payment.taken_cents, payment.refunded_cents) == ("refunded", 240000, 240000)
    assert len(payment.refunds) == 2
    db.session.rollback()


@pytest.mark.parametrize("theirs", [{"cents": 1}, {"cents": 240001}, {"currency": "eur"}, {"cents": 0}, {"cents": -240000}])
def test_another_amount_or_currency_is_held_for_a_person(app: Flask, theirs: dict[str, object]) -> None:
    payment = ordered()
    payment.hear(News(**{"state": "succeeded", "cents": 240000, "currency": "usd", **theirs}))  # type: ignore[arg-type]
    assert payment.is_held
    assert payment.captured_cents == 0
    assert payment.order.state == "processing"
    db.session.commit()
    outbox.drain()
    letter = db.session.scalars(select(PostedLetter).order_by(PostedLetter.id)).all()
    assert [one.to for one in letter] == ["billing@northlight.example"]
    assert PaymentHeld.__name__ == "PaymentHeld"


def test_a_second_payment_for_the_same_charge_is_held(app: Flask) -> None:
    first = ordered()
    second = Payment.begin(first.order, number=1, purpose="pay", cents=240000)
    first.hear(SUCCEEDED)
    second.hear(News(state="succeeded", cents=240000, currency="usd"))
    assert second.is_held
    assert first.order.captured_cents == 240000


def test_a_refund_that_grows_under_one_ref_counts_in_full(app: Flask) -> None:
    payment = ordered()
    payment.hear(SUCCEEDED)
    for cents in (5000, 5000, 240000, 5000):
        payment.hear(News(refunds={"spiffy-1": (cents, "done")}))
    assert (payment.order.state, payment.refunded_cents, len(payment.refunds)) == ("refunded", 240000, 1)
    db.session.commit()
    outbox.drain()
    subjects = " ".join(db.session.scalars(select(PostedLetter.subject)))
    assert "$50 " in subjects and "$2,350 " in subjects


def test_a_refund_beyond_what_was_taken_is_refused(app: Flask) -> None:
    payment = ordered()
    payment.hear(SUCCEEDED)
    till.give_back(payment, 240000, reason="", by_id=None, key="a")
    with pytest.raises(ValueError, match="more than what is left"):
        till.give_back(payment, 1, reason="", by_id=None, key="b")
