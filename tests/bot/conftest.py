"""The bot is on; a visitor's browser, and what was said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.bot.responder import Bot
from app.chat import first_responder
from app.conversations.models import Conversation, Entry
from app.lib.db import db
from app.lib.outbox import drain

Say = Callable[..., Conversation]


@pytest.fixture(autouse=True)
def bot_is_on(app: Flask) -> Iterator[None]:
    before, plugged = app.config["SETTINGS"], first_responder._responders[:]
    app.config["SETTINGS"] = replace(before, bot=True)
    first_responder.register(Bot())
    yield
    app.config["SETTINGS"] = before
    first_responder._responders[:] = plugged


@pytest.fixture
def say(client: FlaskClient) -> Say:
    """Write in the stranger's chat, let the worker work; gives the conversation."""

    def said(words: str, page: str = "/", email: str = "") -> Conversation:
        begun = newest()
        path = f"/chat/{begun.reference}/entries" if begun else "/chat"
        assert client.post(path, data={"words": words, "page": page, "email": email}).status_code == 303
        drain()
        found = newest()
        assert found is not None
        return found

    return said


def newest() -> Conversation | None:
    db.session.expire_all()
    return db.session.scalars(select(Conversation).order_by(Conversation.id.desc())).first()


def spoken(voice: str, kind: str = "message") -> list[Entry]:
    """What that voice said, in order."""
    found = select(Entry).where(Entry.voice == voice, Entry.kind == kind).order_by(Entry.seq)
    return list(db.session.scalars(found).unique())
