"""Offers, professions and voices: what content/ says, checked before anybody can be charged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.business import models
from app.business.models import Offer, PaymentPlan, Profession
from app.business.offers import problems
from app.settings import ROOT, read

COMMITTED = (ROOT / "content/offers/steady-caseload.md").read_text()
Write = Callable[[str, str], None]


@pytest.fixture
def write(app: Flask, tmp_path: Path) -> Iterator[Write]:
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = read({}, content_dir=str(tmp_path), env="test")
    (tmp_path / "offers").mkdir()
    yield lambda name, words: (tmp_path / "offers" / name).write_text(words) and None
    app.config["SETTINGS"] = kept


def test_the_committed_offers_are_whole(app: Flask) -> None:
    offers = Offer.all()
    assert [offer.slug for offer in offers] == ["clear-view", "steady-caseload", "own-practice", "signed-work"]
    assert list(problems()) == []
    assert all(offer.price > 0 and offer.currency == "USD" and offer.after and offer.guarantee.days == 30 for offer in offers)
    assert all({plan.kind for plan in offer.plans} >= {"full", "split"} for offer in offers)


def test_an_offer_is_found_by_name_and_by_profession(app: Flask) -> None:
    assert Offer.find("signed-work") is not None and Offer.find("../site") is None
    assert [offer.slug for offer in Offer.for_profession("physician")] == ["clear-view", "own-practice"]
    assert len(Offer.for_profession(None)) == 4


def test_add_ons_suit_and_suggest_by_profession(app: Flask) -> None:
    offer = Offer.find("own-practice")
    assert offer is not None
    membership = offer.add_on("membership")
    assert membership is not None and membership.suits("physician") and not membership.suits("therapist") and membership.suits(None)
    assert offer.add_on("none") is None and offer.plan("four") is not None


@pytest.mark.parametrize("total", [1, 99, 100, 240_000, 240_001, 479_999])
@pytest.mark.parametrize("payments", [1, 2, 3, 7])
def test_parts_make_up_the_whole_to_the_cent(total: int, payments: int) -> None:
    amounts = PaymentPlan("x", "split", "", "", payments=payments, fee=50).amounts(total)
    assert sum(amounts) == total + 50 and len(amounts) == payments
    assert max(amounts) - min(amounts) < payments and amounts[0] == max(amounts)


def test_a_deposit_leaves_the_rest_for_later() -> None:
    plan = PaymentPlan("d", "deposit", "", "", deposit=30_000)
    assert plan.amounts(240_000) == (30_000, 210_000)
    assert plan.amounts(20_000) == (20_000,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("price: 2400", "price: lots"), "price should be an amount"),
        (("price: 2400", "price: -3"), "price should be an amount"),
        (("currency: USD", "currency: usd"), "currency should be three capital letters"),
        (("id: three", "id: full"), "plans uses an id twice"),
        (("deposit: 300", "deposit: 2400"), "not between nothing and the price"),
        (("methods: [card, ach]", "methods: [card, gold]"), "names a method in 'three'"),
        (("kind: split", "kind: sometimes"), "kind is 'sometimes'"),
        (("title: Steady Caseload", "titel: Steady Caseload"), "title is missing"),
    ],
)
def test_an_offer_that_could_charge_wrongly_is_not_sold(write: Write, change: tuple[str, str], words: str) -> None:
    assert change[0] in COMMITTED
    write("steady-caseload.md", COMMITTED.replace(*change, 1))
    write("other.md", COMMITTED)
    assert [offer.slug for offer in Offer.all()] == ["other"]
    assert any(words in problem.message and problem.path == "offers/steady-caseload.md" for problem in problems())


def test_a_draft_is_not_sold(write: Write) -> None:
    write("steady-caseload.md", COMMITTED.replace("weeks: 12", "weeks: 12\nstatus: draft", 1))
    assert Offer.all() == [] and list(problems()) == []


def test_an_unknown_key_is_reported_and_does_no_harm(write: Write) -> None:
    write("steady-caseload.md", COMMITTED.replace("weeks: 12", "weeks: 12\nwheeks: 13", 1))
    assert len(Offer.all()) == 1
    assert [problem.message for problem in problems()] == ["wheeks is not known here."]


def test_professions_by_either_name(app: Flask) -> None:
    assert [one.plural for one in Profession.all()] == ["therapists", "physicians", "consultants"]
    assert Profession.find("physician") is Profession.find("physicians") is not None
    assert Profession.find("astronaut") is None
    assert all(Offer.find(one.offer) for one in Profession.all())


def test_voices_nearest_to_the_reader_come_first(app: Flask) -> None:
    assert [voice.slug for voice in models.Testimonial.choose(profession="therapist", most=2)] == ["miriam", "dev"]
    assert [voice.slug for voice in models.Testimonial.choose(offer="clear-view", most=1)] == ["dev"]
    assert [voice.featured for voice in models.Testimonial.choose(most=3)] == [True] * 3
