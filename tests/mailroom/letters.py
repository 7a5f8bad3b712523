"""Mails for tests: written by hand, sent nowhere."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from app.mailroom.models import Incoming
from app.mailroom.receiving import receive
from app.tickets.models import Ticket

MARY = "mary@somewhere.example"


def mail(words: str = "Hello, can you help me?", sender: str = MARY, subject: str = "A question", **headers: str) -> bytes:
    """A plain mail; `in_reply_to="<x>"` becomes the header In-Reply-To."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, headers.pop("to", "hello@northlight.example"), subject
    message["Message-ID"] = headers.pop("message_id", "") or make_msgid(domain="somewhere.example")
    for name, value in headers.items():
        message["-".join(part.capitalize() for part in name.split("_"))] = value
    message.set_content(words)
    return message.as_bytes()


def arrive(raw: bytes, source: str = "imap") -> Incoming:
    with unit_of_work():
        row = receive(raw, source)
    drain()
    return row


def posted(to: str = MARY) -> list[PostedLetter]:
    return list(db.session.query(PostedLetter).filter_by(to=to).order_by(PostedLetter.id))


def answer_by(agent: Person, conversation: Conversation, words: str = "Of course. What is it?") -> PostedLetter:
    with unit_of_work():
        conversation.say(agent, words)
    drain()
    return posted()[-1]


def spoken(conversation: Conversation) -> list[str]:
    return [entry.body for entry in db.session.scalars(conversation.since(0)) if entry.is_spoken]


def ticket_of(row: Incoming) -> Ticket:
    found = Ticket.of(row.conversation) if row.conversation else None
    return found or pytest.fail("no ticket")


def settings(app: Flask, monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], **changed))
