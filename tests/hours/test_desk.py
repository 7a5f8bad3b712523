"""Special days in the desk: entered by admins, by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.hours.models import SpecialDay
from app.lib import clock
from app.lib.db import db, unit_of_work

ClientOf = Callable[[Person], FlaskClient]
DAY = {"calendar": "main", "day": "2026-12-01", "until": "", "hours": "9:00-12:00", "label": "Team day"}


@pytest.fixture(autouse=True)
def november(app: Flask) -> Iterator[None]:
    with clock.at(datetime(2026, 11, 18, 15, tzinfo=UTC)):
        yield


def rows() -> list[SpecialDay]:
    db.session.expire_all()
    return list(db.session.scalars(select(SpecialDay).order_by(SpecialDay.day)))


def test_an_admin_enters_a_day_and_removes_it(client_of: ClientOf, linus: Person) -> None:
    browser = client_of(linus)
    assert browser.post("/desk/hours/days", data=DAY).status_code == 303
    assert [(row.day, row.hours, row.label, row.by_id) for row in rows()] == [(date(2026, 12, 1), "09:00-12:00", "Team day", linus.id)]
    page = browser.get("/desk/hours").get_data(as_text=True)
    assert "Tuesday, 1 December 2026" in page and "9:00–12:00 · Team day" in page
    assert browser.post(f"/desk/hours/days/{rows()[0].id}/removal").status_code == 303
    assert rows() == []


def test_several_days_in_a_row(client_of: ClientOf, linus: Person) -> None:
    client_of(linus).post("/desk/hours/days", data={**DAY, "until": "2026-12-03", "hours": ""})
    assert [(row.day.day, row.hours) for row in rows()] == [(1, ""), (2, ""), (3, "")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": "all day"},
        {"day": "2026-02-30"},
        {"day": "2020-01-01"},
        {"until": "2026-11-01"},
        {"label": ""},
        {"calendar": "none"},
        {"until": "2029-01-01"},
    ],
)
def test_what_makes_no_sense_comes_back_with_what_was_typed(client_of: ClientOf, linus: Person, wrong: dict[str, str]) -> None:
    answer = client_of(linus).post("/desk/hours/days", data={**DAY, "label": "Kept words", **wrong})
    assert answer.status_code == 422 and rows() == []
    assert "error-summary" in answer.get_data(as_text=True)


@pytest.mark.parametrize("who", ["ada", "eve", "grace"])
def test_nobody_else_may_see_or_change_them(client_of: ClientOf, request: pytest.FixtureRequest, who: str, linus: Person) -> None:
    with unit_of_work():
        day = SpecialDay.enter("main", date(2026, 12, 1), "", "Closed", linus.id).id
    browser = client_of(request.getfixturevalue(who))
    assert browser.get("/desk/hours").status_code == 403
    assert browser.post("/desk/hours/days", data=DAY).status_code == 403
    assert browser.post(f"/desk/hours/days/{day}/removal").status_code == 403
    assert len(rows()) == 1


def test_strangers_are_refused(client: FlaskClient) -> None:
    assert client.post("/desk/hours/days", data=DAY).status_code == 401
