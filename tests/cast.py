"""The cast: Ada the customer, Grace the agent, Linus the admin, Eve the stranger with an account of her own."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import Person
from app.accounts.sessions import SignIn
from app.lib.db import db, unit_of_work


class Browser(FlaskClient):
    """A test client whose requests share nothing but its cookies, though tests run inside one app context: each has a session of its own.

    What a test has loaded would else be there already, and a view would never read it as it does for a browser.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            db.session.rollback()
        with self.application.app_context():
            try:
                return super().open(*args, **kwargs)
            finally:
                db.session.remove()


PASSWORD = "correct horse battery"
CAST = {
    "ada": ("Ada Lovelace", "ada@customer.example", "customer"),
    "eve": ("Eve Stranger", "eve@elsewhere.example", "customer"),
    "grace": ("Grace Hopper", "grace@northlight.example", "agent"),
    "linus": ("Linus Pauling", "linus@northlight.example", "admin"),
}


def person(name: str) -> Person:
    """The named member of the cast, made when first asked for; call inside an app context."""
    full, email, role = CAST[name]
    found = Person.by_email(email)
    if found is None:
        with unit_of_work():
            found = Person.open_account(email, full, role)
            found.set_password(PASSWORD)
    return found


def signed_in(app: Flask, who: Person) -> FlaskClient:
    """A browser in which `who` has signed in."""
    client = app.test_client()
    with app.test_request_context(), unit_of_work():
        sign_in = SignIn.begin(who, "password")
        token = g.sign_in_token
        assert sign_in.id
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = token, True
    return client
