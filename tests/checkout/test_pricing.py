"""What an order costs and when: every schedule adds up to the total, whatever the price."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.business.models import Offer, PaymentPlan
from app.checkout.pricing import NotOffered, amount, charges, options, quote

TODAY = date(2026, 11, 21)
PLANS = st.one_of(
    st.builds(PaymentPlan, id=st.just("p"), kind=st.just("full"), title=st.just("t"), terms=st.just(""), fee=st.integers(0, 9999)),
    st.builds(
        PaymentPlan, id=st.just("p"), kind=st.just("split"), title=st.just("t"), terms=st.just(""),
        payments=st.integers(2, 24), every=st.integers(1, 6), fee=st.integers(0, 9999),
    ),
    st.builds(
        PaymentPlan, id=st.just("p"), kind=st.just("deposit"), title=st.just("t"), terms=st.just(""),
        deposit=st.integers(1, 50_000), rest_days=st.integers(1, 400),
    ),
)  # fmt: skip


@pytest.fixture
def programme(app: Flask) -> Offer:
    found = Offer.find("programme")
    assert found
    return found


@given(plan=PLANS, total=st.integers(1, 10_000_000), today=st.dates(date(2020, 1, 1), date(2060, 12, 31)))
def test_every_schedule_adds_up_and_moves_forward(plan: PaymentPlan, total: int, today: date) -> None:
    dated = charges(plan, plan.amounts(total), today)
    assert sum(charge.cents for charge in dated) == total + plan.fee
    assert [charge.number for charge in dated] == list(range(1, len(dated) + 1))
    assert dated[0].on == today
    assert all(one.on < two.on for one, two in itertools.pairwise(dated))


def test_months_keep_their_day_where_it_exists(programme: Offer) -> None:
    found = quote(programme, [], "split3", date(2026, 12, 31))
    assert [charge.on for charge in found.charges] == [date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]


def test_odd_cents_go_into_the_first_payment(programme: Offer) -> None:
    found = quote(programme, ["referrals"], "split3", TODAY)
    assert [charge.cents for charge in found.charges] == [92001, 92000, 92000]
    assert found.total_cents == 276001


def test_a_deposit_and_its_rest(programme: Offer) -> None:
    found = quote(programme, [], "deposit", TODAY)
    assert [(charge.cents, charge.on) for charge in found.charges] == [(30000, TODAY), (210000, date(2026, 12, 21))]


def test_the_four_ways_to_pay(programme: Offer) -> None:
    assert [(option.id, option.kind, option.method) for option in options(programme)] == [
        ("card", "card", "card"),
        ("ach", "ach", "ach"),
        ("split3", "split", "card"),
        ("deposit", "deposit", "card"),
    ]
    assert [option.kind for option in options(programme, {"card"})] == ["card"]


def test_what_is_not_offered_has_no_price(programme: Offer) -> None:
    with pytest.raises(NotOffered):
        quote(programme, ["yacht"], "card", TODAY)
    with pytest.raises(NotOffered):
        quote(programme, [], "gold", TODAY)


@pytest.mark.parametrize(("cents", "words"), [(240000, "$2,400"), (240050, "$2,400.50"), (5, "$0.05"), (-1200, "−$12"), (0, "$0")])
def test_money_in_words(cents: int, words: str) -> None:
    assert amount(cents, "USD") == words


def test_an_unknown_currency_keeps_its_name() -> None:
    assert amount(1200, "CHF") == "CHF 12"
