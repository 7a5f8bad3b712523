"""A conversation to begin with: Ada has asked, nobody has answered."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib.db import add, unit_of_work


@pytest.fixture
def visitor(app: Flask) -> Person:
    """Somebody who wrote without an account."""
    with unit_of_work():
        return add(Person())


@pytest.fixture
def talk(ada: Person) -> Conversation:
    with unit_of_work():
        row = Conversation.open(ada, "chat", subject="Prices")
        row.say(ada, "What does the growth programme cost?", "ada-0001")
    return row
