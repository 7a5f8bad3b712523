"""A desk with somebody at it, a visitor's browser, and a chat between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.chat import first_responder
from app.conversations.models import Availability, Conversation
from app.lib import clock
from app.lib.db import db, unit_of_work

OPEN = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Washington
SHUT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)  # a Saturday


@pytest.fixture(autouse=True)
def open_hours(app: Flask) -> Iterator[None]:
    """It is Wednesday morning, and no bot is plugged in."""
    app.extensions.get("hours", {}).clear()
    app.extensions.pop("chat.typical", None)
    before = first_responder._responders[:]
    first_responder.forget()
    with clock.at(OPEN):
        yield
    first_responder._responders[:] = before


@pytest.fixture
def at_the_desk(grace: Person) -> Person:
    """Grace takes chats."""
    with unit_of_work():
        Availability.of(grace).come(timedelta(hours=2))
    return grace


@pytest.fixture
def talk(client: FlaskClient, at_the_desk: Person) -> Conversation:
    """A stranger's chat with Grace; `client` is the stranger's browser."""
    answer = client.post("/chat", data={"words": "What does it cost?", "page": "/programmes", "client_id": "first-0001"})
    assert answer.status_code == 303
    return newest()


def newest() -> Conversation:
    db.session.expire_all()
    return db.session.scalars(select(Conversation).order_by(Conversation.id.desc())).first()  # type: ignore[return-value]


Browsers = Callable[[Person], FlaskClient]
