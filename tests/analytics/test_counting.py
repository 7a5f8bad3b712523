"""Counting for ourselves: small events under the name of a visit, nothing typed, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.analytics import funnel
from app.analytics.models import Moment
from app.checkout.models import ExitAsk
from app.lib import clock, outbox
from app.lib.db import add, db, unit_of_work
from tests.checkout.buying import Buyer
from tests.checkout.conftest import CONTENT

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def shop(app: Flask) -> Any:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, content_dir=str(CONTENT))
    yield
    app.config["SETTINGS"] = before


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return Buyer(app.test_client())


def moments() -> list[tuple[str, str, str]]:
    return [(row.name, row.step, row.detail) for row in db.session.scalars(select(Moment).order_by(Moment.id))]


def count(buyer: Buyer, *heard: dict[str, Any], step: str = "you", offer: str = "programme") -> int:
    return buyer.send("/moments", offer=offer, step=step, moments=json.dumps(heard)).status_code


def report() -> funnel.Report:
    return funnel.report(clock.now() - timedelta(days=1), clock.now() + timedelta(minutes=1))


def test_a_page_says_that_it_was_entered_and_what_was_used(buyer: Buyer) -> None:
    buyer.start()
    assert count(buyer, {"name": "entered"}, {"name": "used", "detail": "questions"}, {"name": "left", "value": 12}) == 204
    assert moments() == [("entered", "you", ""), ("used", "you", "questions"), ("left", "you", "")]


@pytest.mark.parametrize(
    "heard",
    [
        "", "{", "[]", "7", '"x"', "null", '[{"name": "paid"}]', '[{"name": "done"}]', "[7]", '[{"name": "used", "detail": 7}]',
        '[{"name": "left", "value": -1}]', '[{"name": "left", "value": 1e99}]', '[{"name": "left", "value": true}]', "[" + "{}," * 40,
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_as_a_whole(buyer: Buyer, heard: str) -> None:
    buyer.start()
    assert buyer.send("/moments", offer="programme", step="you", moments=heard).status_code == 422
    assert moments() == []


@pytest.mark.parametrize(("offer", "step"), [("unknown", "you"), ("programme", "bank"), ("", ""), ("../site", "you")])
def test_only_our_own_steps_are_counted(buyer: Buyer, offer: str, step: str) -> None:
    buyer.start()
    assert count(buyer, {"name": "entered"}, offer=offer, step=step) == 422


def test_hostile_details_are_cut_to_plain_words(buyer: Buyer) -> None:
    buyer.start()
    count(buyer, {"name": "used", "detail": "<script>alert(1)</script>" * 9})
    assert "<" not in moments()[0][2] and len(moments()[0][2]) <= 60


def test_moments_hold_nothing_that_was_typed(buyer: Buyer) -> None:
    buyer.buys(email="secret@client.example", name="Secret Person", profession="therapist")
    outbox.drain()
    rows = db.session.scalars(select(Moment).order_by(Moment.id)).all()
    assert rows
    assert not [row for row in rows if "secret" in " ".join(str(value) for value in vars(row).values()).lower()]


def test_the_funnel_counts_visits_with_and_without_scripts(buyer: Buyer, app: Flask) -> None:
    buyer.start()
    count(buyer, {"name": "entered"})
    buyer.buys("split3", profession="physician")
    only_looked = Buyer(app.test_client())
    only_looked.start()
    count(only_looked, {"name": "entered"})
    gave_up = Buyer(app.test_client())
    gave_up.you(profession="therapist")
    gave_up.send("/checkout/programme/plan", option="")
    outbox.drain()
    found = report()
    assert [(level.step, level.entered, level.refused, level.left, level.done) for level in found.levels] == [
        ("you", 3, 0, 1, 2), ("plan", 2, 1, 1, 1), ("pay", 1, 0, 0, 1),
    ]  # fmt: skip
    assert (found.completion.hits, found.completion.all) == (1, 3)
    assert round(found.abandonment, 3) == 0.667
    assert {name: (one.hits, one.all) for name, one in found.groups["profession"].items()} == {
        "physician": (1, 1), "therapist": (0, 1), "not known": (0, 1),
    }  # fmt: skip
    assert found.groups["kind"]["split"].hits == 1
    assert found.errors == [("plan", "option", 1)]


def test_support_and_modules_are_counted(buyer: Buyer, app: Flask) -> None:
    helped = Buyer(app.test_client())
    helped.start()
    count(
        helped,
        {"name": "entered"},
        {"name": "seen", "detail": "help"},
        {"name": "used", "detail": "help"},
        {"name": "used", "detail": "chat"},
    )
    helped.buys()
    buyer.start()
    count(buyer, {"name": "entered"}, {"name": "seen", "detail": "help"})
    outbox.drain()
    found = report()
    assert found.modules["help"] == (2, 1)
    assert (found.engagement.hits, found.engagement.all) == (1, 2)
    assert (found.with_support.hits, found.with_support.all) == (1, 1)
    assert (found.without_support.hits, found.without_support.all) == (0, 1)


def test_a_phone_is_told_from_a_desktop(app: Flask) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148"
    phone = app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = agent
    Buyer(phone).buys()
    outbox.drain()
    assert (report().groups["device"]["phone"].hits, report().groups["device"]["phone"].all) == (1, 1)


def test_the_report_is_for_people_who_work_here(client: FlaskClient, eve: Person, grace: Person, client_of: ClientOf) -> None:
    assert client.get("/desk/reports/checkout").status_code == 303
    assert client_of(eve).get("/desk/reports/checkout").status_code == 403
    assert client_of(grace).get("/desk/reports/checkout").status_code == 200


def test_the_report_draws_a_full_period(buyer: Buyer, grace: Person, client_of: ClientOf) -> None:
    buyer.buys("split3", profession="physician")
    with unit_of_work():
        for n in range(20):
            add(ExitAsk(visit=f"v{n}", offer="programme", step="you", device="phone", arm="held" if n < 2 else "shown"))
    outbox.drain()
    page = client_of(grace).get("/desk/reports/checkout?days=7").text
    for words in ("Step by step", "By profession", "physician", "nobody knows yet", "Goal: at most 25 %", "Goal: at least 30 %"):
        assert words in page


@pytest.mark.parametrize("days", ["", "0", "-1", "x", "99999999"])
def test_strange_periods_break_nothing(grace: Person, client_of: ClientOf, days: str) -> None:
    assert client_of(grace).get(f"/desk/reports/checkout?days={days}").status_code == 200


def test_old_moments_go(app: Flask) -> None:
    with unit_of_work():
        Moment.note([{"visit": "v", "name": "entered", "step": "you"}])
    clock.forward(timedelta(days=401))
    with unit_of_work():
        outbox.later("analytics.forget")
    outbox.drain()
    assert moments() == []
