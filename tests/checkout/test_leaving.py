"""About to leave: asked once, a tenth held out, never somebody who is paying."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.checkout import exits
from app.checkout.models import ExitAsk
from app.lib.db import db
from tests.checkout.buying import Buyer


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exits, "arm", lambda visit: "shown")


def asks() -> list[ExitAsk]:
    return list(db.session.scalars(select(ExitAsk).order_by(ExitAsk.id)))


def leave(buyer: Buyer, step: str = "you") -> int:
    return buyer.send("/checkout/programme/exit", step=step).status_code


def test_a_tenth_of_the_visits_is_held_out_always_the_same() -> None:
    arms = [exits.arm(f"visit {n}") for n in range(4000)]
    assert 0.08 < arms.count("held") / len(arms) < 0.12
    assert arms == [exits.arm(f"visit {n}") for n in range(4000)]


def test_it_asks_once_in_a_visit(buyer: Buyer, shown: None) -> None:
    buyer.start()
    assert [leave(buyer), leave(buyer)] == [200, 204]
    assert [(row.step, row.arm, row.choice) for row in asks()] == [("you", "shown", "")]


def test_it_offers_a_question_a_consult_and_a_letter_in_the_firms_words(buyer: Buyer, shown: None) -> None:
    buyer.start()
    page = buyer.send("/checkout/programme/exit", step="you").text
    for words in ("<dialog", "Before you go", "Ask a question", "Mail me this checkout", 'aria-labelledby="exit-title"'):
        assert words in page


def test_the_held_out_are_counted_and_see_nothing(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exits, "arm", lambda visit: "held")
    buyer.start()
    answer = buyer.send("/checkout/programme/exit", step="you")
    assert (answer.status_code, answer.text) == (204, "")
    assert [row.arm for row in asks()] == ["held"]


def test_it_asks_a_person_once_in_thirty_days_whatever_the_browser(buyer: Buyer, app: Flask, shown: None) -> None:
    buyer.you()
    assert leave(buyer, "plan") == 200
    other = Buyer(app.test_client())
    other.you()
    assert leave(other, "plan") == 204


def test_it_never_stands_in_the_way_of_somebody_who_is_paying(buyer: Buyer, shown: None) -> None:
    buyer.to_the_bank("card")
    buyer.go("/checkout/programme/pay")
    assert leave(buyer, "pay") == 204
    assert asks() == []


def test_the_choice_is_kept(buyer: Buyer, shown: None) -> None:
    buyer.start()
    page = buyer.page
    leave(buyer)
    buyer.page = page
    for choice in ("question", "stay"):
        assert buyer.send("/checkout/programme/exit/choice", choice=choice).status_code == 204
    assert asks()[0].choice == "question"
    assert buyer.send("/checkout/programme/exit/choice", choice="gold").status_code == 422


def test_a_choice_without_a_question_is_refused(buyer: Buyer) -> None:
    buyer.start()
    assert buyer.send("/checkout/programme/exit/choice", choice="mail").status_code == 422


@pytest.mark.parametrize("step", ["", "bank", "you;"])
def test_only_our_own_steps_are_left(buyer: Buyer, step: str) -> None:
    buyer.start()
    assert leave(buyer, step) == 422
