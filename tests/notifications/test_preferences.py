"""The page of preferences: channels, quiet hours, consents."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.lib.db import db, unit_of_work
from app.notifications.channels import Topic, declare, topic
from app.notifications.forms import SMS_WORDS
from app.notifications.models import Consent, QuietTime, wished

ClientOf = Callable[[Person], FlaskClient]
declare(Topic("t.choice", "A choice", channels=("bell", "mail", "sms")), Topic("t.desk", "For agents", who="agent"))


def test_ticks_are_kept(client_of: ClientOf, ada: Person) -> None:
    browser = client_of(ada)
    assert wished(ada, topic("t.choice")) == {"bell", "mail"}
    assert browser.post("/account/notifications", data={"want": ["t.choice:sms", "t.choice:pigeon", "t.desk:mail"]}).status_code == 303
    db.session.expire_all()
    assert wished(ada, topic("t.choice")) == {"sms"}
    page = browser.get("/account/notifications").get_data(as_text=True)
    assert 'value="t.choice:sms" checked' in page and 'value="t.choice:mail">' in page and "t.desk" not in page


def test_agents_see_their_topics_and_the_switch_for_pushes(client_of: ClientOf, grace: Person, ada: Person) -> None:
    assert "For agents" in client_of(grace).get("/account/notifications").get_data(as_text=True)
    assert "push-switch" not in client_of(ada).get("/account/notifications").get_data(as_text=True)


def test_quiet_hours_may_cross_midnight_and_be_given_up(client_of: ClientOf, ada: Person) -> None:
    browser = client_of(ada)
    browser.post("/account/notifications", data={"begins": "22:30", "ends": "07:00"})
    row = QuietTime.of(ada)
    assert row is not None and (row.begins, row.ends) == (81_000, 111_600)
    assert 'value="22:30"' in browser.get("/account/notifications").get_data(as_text=True)
    browser.post("/account/notifications", data={"begins": "", "ends": ""})
    assert QuietTime.of(ada) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"begins": "22:00"},
        {"begins": "22:00", "ends": ""},
        {"begins": "", "ends": "07:00"},
        {"ends": "07:00"},
        {"begins": "25:00", "ends": "07:00"},
        {"begins": "22:00", "ends": "22:00"},
    ],
)
def test_half_a_night_is_asked_again(client_of: ClientOf, ada: Person, wrong: dict[str, str]) -> None:
    assert client_of(ada).post("/account/notifications", data=wrong).status_code == 422
    assert QuietTime.of(ada) is None


def test_short_messages_need_a_tick_and_a_number(client_of: ClientOf, ada: Person) -> None:
    browser = client_of(ada)
    browser.post("/account/notifications", data={"sms": "y"})
    assert db.session.scalars(select(Consent)).all() == []
    with unit_of_work():
        ada.phone = "+12025550100"
    browser.post("/account/notifications", data={"sms": "y"})
    row = db.session.scalars(select(Consent)).one()
    assert (row.what, row.words, row.place, row.person_id) == ("sms", SMS_WORDS, "/account/notifications", ada.id)
    browser.post("/account/notifications", data={})
    assert not Consent.stands("sms", "+12025550100")


def test_a_consent_ends_where_it_is_listed_and_only_by_its_giver(client_of: ClientOf, ada: Person, eve: Person) -> None:
    with unit_of_work():
        row = Consent.give("marketing", "ada@customer.example", "Write to me.", "/checkout", ada)
    assert client_of(eve).post(f"/account/notifications/consents/{row.id}/withdrawal").status_code == 404
    assert "Write to me." in client_of(ada).get("/account/notifications").get_data(as_text=True)
    client_of(ada).post(f"/account/notifications/consents/{row.id}/withdrawal")
    assert not Consent.stands("marketing", "ada@customer.example")
