"""Over real servers: fetched by IMAP, sent by SMTP, and two installations that answer each other stop by themselves."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain
from app.mailroom import fetching, keeping
from app.mailroom.models import Incoming, MailboxMark
from app.mailroom.receiving import receive
from tests.mailroom.letters import MARY, mail, posted, settings
from tests.mailservers import Dovecot, Mailbox, Pymap, Relay


@pytest.fixture
def box(imap_server: Dovecot | Pymap) -> Iterator[tuple[imaplib.IMAP4, str]]:
    """A signed-in connection to an empty mailbox, and its address for the setting."""
    name = "demouser" if isinstance(imap_server, Pymap) else f"desk{uuid4().hex[:8]}"
    connection = imaplib.IMAP4("127.0.0.1", imap_server.port)
    connection.login(name, imap_server.password)
    connection.select("INBOX")
    if connection.search(None, "ALL")[1][0]:
        connection.store("1:*", "+FLAGS", r"(\Deleted)")
        connection.expunge()
    yield connection, f"imap://{name}:{imap_server.password}@127.0.0.1:{imap_server.port}/INBOX"
    connection.logout()


def put(connection: imaplib.IMAP4, *raws: bytes) -> None:
    for raw in raws:
        connection.append("INBOX", "", "", raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def unseen(connection: imaplib.IMAP4) -> int:
    connection.select("INBOX")
    return len(connection.search(None, "UNSEEN")[1][0].split())


def test_mail_is_fetched_once_kept_and_then_marked_seen(
    app: Flask, box: tuple[imaplib.IMAP4, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, url = box
    settings(app, monkeypatch, imap_url=url)
    put(connection, mail("One", subject="One"), mail("Two", subject="Two"))
    assert unseen(connection) == 2
    fetching.fetch()
    assert unseen(connection) == 0 and db.session.scalar(select(func.count(Conversation.id))) == 2
    fetching.fetch()
    put(connection, mail("Three", subject="Three"))
    fetching.fetch()
    assert list(db.session.scalars(select(Incoming.subject).order_by(Incoming.id))) == ["One", "Two", "Three"]
    assert db.session.scalars(select(MailboxMark)).one().last_uid >= 3


def test_a_new_uid_validity_reads_again_and_doubles_nothing(
    app: Flask, box: tuple[imaplib.IMAP4, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, url = box
    settings(app, monkeypatch, imap_url=url)
    put(connection, mail())
    fetching.fetch()
    with unit_of_work():
        db.session.scalars(select(MailboxMark)).one().validity = 1
    fetching.fetch()
    assert db.session.scalar(select(func.count(Incoming.id))) == 1


def test_a_mail_that_cannot_be_taken_is_kept_and_holds_up_nobody(
    app: Flask, box: tuple[imaplib.IMAP4, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, url = box
    settings(app, monkeypatch, imap_url=url)
    put(connection, mail("poison"), mail("fine"))

    def choke(raw: bytes, source: str) -> Incoming:
        if b"poison" in raw:
            raise RuntimeError("cannot")
        return receive(raw, source)

    monkeypatch.setattr(keeping, "receive", choke)
    fetching.fetch()
    assert list(db.session.scalars(select(Incoming.state).order_by(Incoming.id))) == ["broken", "taken"]
    assert b"poison" in db.session.scalars(select(Incoming).order_by(Incoming.id)).first().raw  # type: ignore[union-attr]


def test_a_letter_leaves_by_smtp_and_its_answer_comes_home_by_imap(
    app: Flask, grace: Person, box: tuple[imaplib.IMAP4, str], smtp_server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, url = box
    settings(app, monkeypatch, imap_url=url, smtp_url=smtp_server.url)
    put(connection, mail())
    fetching.fetch()
    drain()
    conversation = db.session.scalars(select(Conversation)).one()
    with unit_of_work():
        conversation.say(grace, "Which browser is it? Grüße")
    drain()
    acknowledgement, reply = smtp_server.letters
    assert acknowledgement["Auto-Submitted"] == "auto-replied" and reply["Auto-Submitted"] is None
    assert "Which browser is it? Grüße" in reply.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Grüße" in reply.get_body(("html",)).get_content()  # type: ignore[union-attr]
    answer = EmailMessage(policy=policy.SMTP)
    answer["From"], answer["To"], answer["Subject"] = MARY, reply["Reply-To"], f"Re: {reply['Subject']}"
    answer["Message-ID"], answer["In-Reply-To"] = "<a1@somewhere.example>", reply["Message-ID"]
    answer.set_content("Firefox.")
    put(connection, answer.as_bytes())
    fetching.fetch()
    drain()
    db.session.expire_all()
    assert conversation.last_line == "Firefox." and conversation.state == "open"
    assert len(smtp_server.letters) == 2


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Flask]:
    """A second installation, with a database and a key of its own."""
    made = create_app(
        env="test",
        instance_dir=str(tmp_path),
        secret_key="quite another key, long enough too",
        log_level="ERROR",
        mail_from="desk@other.example",
    )
    with made.app_context():
        db.create_all()
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Frontdesk-Site", "In-Reply-To", "References", "Message-ID")


@pytest.mark.parametrize("strip", [(), MARKS], ids=["an honest relay", "a relay that strips every mark of a machine"])
def test_two_installations_that_acknowledge_each_other_stop_after_three_letters(
    app: Flask, other: Flask, imap_server: Dovecot | Pymap, strip: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each one's letters are the other's mail: sent by SMTP, delivered into mailboxes, fetched by IMAP."""
    if isinstance(imap_server, Pymap):
        pytest.skip("pymap has one mailbox; this needs two")
    ours, theirs = f"ours{uuid4().hex[:8]}", f"theirs{uuid4().hex[:8]}"
    homes = {"northlight.example": ours, "other.example": theirs}
    with Relay(imap_server.port, imap_server.password, homes, strip) as relay:
        for place, user in ((app, ours), (other, theirs)):
            box = f"imap://{user}:{imap_server.password}@127.0.0.1:{imap_server.port}/INBOX"
            settings(place, monkeypatch, smtp_url=relay.url, imap_url=box)
        relay.put(ours, mail("Hello", sender="desk@other.example", auto_submitted="no"))
        rounds = [exchanged(app, other, relay) for _ in range(10)]
    assert 1 <= len(relay.letters) <= 3 and rounds[-1] == rounds[-2] == len(relay.letters)
    assert strip or {str(letter["Auto-Submitted"]) for letter in relay.letters} == {"auto-replied"}


def exchanged(app: Flask, other: Flask, relay: Relay) -> int:
    """Each fetches and sends once; gives how many letters have gone through the relay so far."""
    for place in (app, other):
        with place.app_context():
            fetching.fetch()
            drain()
            db.session.remove()
    return len(relay.letters)


def test_without_a_mailbox_nothing_is_fetched(app: Flask) -> None:
    fetching.fetch()
    assert posted() == []
