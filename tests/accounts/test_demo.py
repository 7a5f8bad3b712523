"""The demo's people: filled in once, shown only in a demo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import demo
from app.accounts.models import Person, Team
from app.lib.db import unit_of_work
from app.settings import WrongSetting
from jobs import prepare


@pytest.fixture(autouse=True)
def filled(app: Flask) -> Iterator[None]:
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, demo=True)
    with unit_of_work():
        demo.fill()
    yield
    app.config["SETTINGS"] = before


def test_the_printed_logins_work(client: FlaskClient) -> None:
    for line in demo.LOGINS:
        role, email = line.split()[:2]
        assert client.post("/sign-in", data={"email": email, "password": line.partition("password: ")[2]}).status_code == 303
        person = Person.by_email(email)
        assert person is not None and person.role == role
        client.post("/sign-out")


def test_filling_in_twice_changes_nothing(app: Flask) -> None:
    with unit_of_work():
        person = Person.by_email("ruth@northlight.example")
        assert person is not None
        person.name = "Ruth C."
        demo.fill()
    assert Person.query.count() == len(demo.PEOPLE) and Team.query.count() == len(demo.TEAMS) and person.name == "Ruth C."


def test_the_sign_in_page_shows_them_in_a_demo_only(app: Flask, client: FlaskClient) -> None:
    assert demo.PASSWORD in client.get("/sign-in").get_data(as_text=True)
    for changed in ({"demo": False}, {"env": "production"}):
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], **{"demo": True, "env": "test", **changed})
        assert demo.PASSWORD not in client.get("/sign-in").get_data(as_text=True)


def test_production_does_not_start_while_the_demo_password_opens_a_door(app: Flask, client: FlaskClient) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], env="production")
    with pytest.raises(WrongSetting, match="ruth@northlight"):
        prepare.refuse_demo()
    ruth = Person.by_email("ruth@northlight.example")
    assert ruth is not None
    with unit_of_work():
        ruth.set_password("a password of her own")
    with pytest.raises(WrongSetting) as refused:
        prepare.refuse_demo()
    assert "ruth" not in str(refused.value) and "jonah" in str(refused.value)
    told = app.test_cli_runner().invoke(args=["close-demo"]).output
    assert "jonah@northlight.example" in told and "ruth" not in told
    prepare.refuse_demo()
    assert client.post("/sign-in", data={"email": "jonah@northlight.example", "password": demo.PASSWORD}).status_code == 422
