"""Letters: written with their cause, refused when hostile, kept or sent exactly once."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from flask import Flask
from sqlalchemy import select

from app.lib.db import commit, db, roll_back, unit_of_work
from app.lib.mail import Letter, PostedLetter, Refused, post
from app.lib.outbox import Errand, drain


class Box(MessageHandler):
    def __init__(self) -> None:
        super().__init__()
        self.letters: list[email.message.Message] = []

    def handle_message(self, message: email.message.Message) -> None:
        self.letters.append(message)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def box(app: Flask) -> Iterator[Box]:
    handler = Box()
    server = Controller(handler, hostname="127.0.0.1", port=free_port())
    server.start()
    object.__setattr__(app.config["SETTINGS"], "smtp_url", f"smtp://127.0.0.1:{server.port}")
    yield handler
    object.__setattr__(app.config["SETTINGS"], "smtp_url", "")
    server.stop()


def letter(**more: object) -> Letter:
    return Letter(**{"to": "ada@customer.example", "subject": "Your booking", "text": "See you.\n", **more})  # type: ignore[arg-type]


def only() -> PostedLetter:
    db.session.expire_all()
    return db.session.scalars(select(PostedLetter)).one()


def test_without_a_mail_server_the_letter_is_kept_for_the_desk(app: Flask) -> None:
    with unit_of_work():
        post(letter())
    drain()
    assert only().state == "kept"


def test_a_letter_of_a_rolled_back_cause_never_leaves(app: Flask, box: Box) -> None:
    post(letter())
    roll_back()
    drain()
    assert box.letters == []


def test_a_letter_reaches_a_real_server_once_with_its_parts(app: Flask, box: Box) -> None:
    pdf = ("a.pdf", "application/pdf", b"%PDF")
    invitation = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    with unit_of_work():
        post(
            letter(
                subject="Grüße ✓",
                html="<p>See you.</p>",
                attachments=[
                    ("invite.ics", "text/calendar; method=REQUEST; charset=utf-8", invitation),
                    pdf,
                ],
            )
        )
    drain()
    drain()
    assert [item["To"] for item in box.letters] == ["ada@customer.example"]
    got = email.message_from_bytes(box.letters[0].as_bytes(), policy=email.policy.default)
    kinds = [part.get_content_type() for part in got.walk()]
    assert "text/plain" in kinds and "text/html" in kinds and "text/calendar" in kinds and "application/pdf" in kinds
    assert got["Subject"] == "Grüße ✓" and got["Auto-Submitted"] == "auto-generated" and got["Message-ID"]
    assert only().state == "sent"


def test_a_server_that_is_down_leaves_the_letter_waiting(app: Flask) -> None:
    object.__setattr__(app.config["SETTINGS"], "smtp_url", "smtp://127.0.0.1:9")
    with unit_of_work():
        post(letter())
    drain()
    object.__setattr__(app.config["SETTINGS"], "smtp_url", "")
    errand = db.session.scalars(select(Errand)).one()
    assert only().state == "waiting" and errand.state == "waiting" and "ConnectionRefused" in (errand.last_error or "")


@pytest.mark.parametrize(
    "more",
    [
        {"to": "ada@customer.example\nBcc: all@evil.example"},
        {"subject": "Hello\r\nBcc: all@evil.example"},
        {"headers": {"X-A": "1\nX-B: 2"}},
        {"to": "a@x.example, b@x.example"},
        {"to": "nobody"},
    ],
)
def test_header_tricks_are_refused(app: Flask, more: dict[str, object]) -> None:
    with pytest.raises(Refused):
        post(letter(**more))
    commit()
