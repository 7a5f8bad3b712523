"""The first run: one link, one admin, no race with a stranger."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient

from app.accounts import setup
from app.accounts.models import Person
from app.lib import clock, tokens
from app.lib.db import db

ADMIN = {"name": "Ruth Calloway", "email": "ruth@firm.example", "password": "two chairs one window"}


def first_link() -> str:
    link = setup.link()
    assert link is not None
    return urlsplit(link).path


def test_the_link_makes_the_first_admin_and_signs_them_in(app: Flask, client: FlaskClient) -> None:
    assert client.get("/setup").status_code == 200
    link = first_link()
    assert client.get(link).status_code == 200
    assert client.post(link, data=ADMIN).status_code == 303
    person = Person.by_email("ruth@firm.example")
    assert person is not None and person.is_admin and person.has_password("two chairs one window")
    assert client.get("/desk/people").status_code == 200


def test_it_works_once(app: Flask, client: FlaskClient) -> None:
    link = first_link()
    client.post(link, data=ADMIN)
    eve = app.test_client()
    assert eve.get(link).status_code == 404
    assert eve.post(link, data={**ADMIN, "email": "eve@elsewhere.example"}).status_code == 404
    assert Person.by_email("eve@elsewhere.example") is None
    assert eve.get("/setup").status_code == 404 and setup.link() is None


def test_a_stranger_without_the_link_gets_nowhere(app: Flask, client: FlaskClient) -> None:
    for token in ("x", tokens.sign("another purpose", {}), ""):
        assert client.post(f"/setup/{token}", data=ADMIN).status_code in {404, 405}
    assert not setup.has_admin()


def test_the_link_grows_old(app: Flask, client: FlaskClient) -> None:
    link = first_link()
    assert client.get(link).status_code == 200
    with clock.at(clock.now() + timedelta(days=1)):
        assert client.get(link).status_code == 200


def test_a_weak_password_comes_back(app: Flask, client: FlaskClient) -> None:
    answer = client.post(first_link(), data={**ADMIN, "password": "Ruth Calloway"})
    assert answer.status_code == 422 and "too easy to guess" in answer.get_data(as_text=True)
    db.session.expire_all()
    assert not setup.has_admin()


def test_the_commands_for_whoever_has_a_shell(app: Flask, client: FlaskClient) -> None:
    run = app.test_cli_runner().invoke
    assert "/setup/" in run(args=["setup-link"]).output
    client.post(first_link(), data=ADMIN)
    assert "an admin already" in run(args=["setup-link"]).output
    link = urlsplit(run(args=["let-in", "ruth@firm.example"]).output.strip()).path
    assert client.post(link, data={"password": "another long password"}).status_code == 303
