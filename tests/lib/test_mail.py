"""Letters: written with their cause, refused when hostile, kept or sent exactly once."""

from __future__ import annotations

import email
import email.policy
import smtplib
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import dkim
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.lib import clock
from app.lib.db import commit, db, roll_back, unit_of_work
from app.lib.dkim import new_key, record_of
from app.lib.mail import Letter, PostedLetter, Refused, from_line, post
from app.lib.outbox import Errand, drain
from tests.mailservers import Mailbox


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


@pytest.fixture
def keyed(app: Flask, tmp_path: Path, smtp_server: Mailbox) -> Iterator[bytes]:
    """Letters leave by a real SMTP server, signed with a fresh key; gives the private key."""
    private = new_key()
    (tmp_path / "dkim.pem").write_bytes(private)
    before = app.config["SETTINGS"]
    ours = {"mail_dkim_key": str(tmp_path / "dkim.pem"), "mail_from": "Northlight <hello@northlight.example>", "smtp_url": smtp_server.url}
    app.config["SETTINGS"] = replace(before, **ours)
    yield private
    app.config["SETTINGS"] = before


def raw_letters(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bytes as they go over the wire."""
    found: list[bytes] = []
    real = smtplib.SMTP.sendmail

    def note(self: smtplib.SMTP, sender: str, to: Any, raw: bytes, *more: Any) -> Any:
        found.append(raw)
        return real(self, sender, to, raw, *more)

    monkeypatch.setattr(smtplib.SMTP, "sendmail", note)
    return found


@pytest.mark.parametrize("form", [PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8], ids=["PKCS 1", "PKCS 8"])
def test_letters_are_signed_and_anybody_can_check_it(
    app: Flask, keyed: bytes, form: PrivateFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = load_pem_private_key(keyed, password=None).private_bytes(Encoding.PEM, form, NoEncryption())
    Path(app.config["SETTINGS"].mail_dkim_key).write_bytes(key)
    sent = raw_letters(app, monkeypatch)
    more = {"List-Unsubscribe": "<https://northlight.example/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    with unit_of_work():
        post(Letter(to="ada@client.example", subject="Grüße", text="Hällo\n", html="<p>Hällo</p>", headers=more))
    drain()
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record_of(keyed).encode()

    assert sent[0].isascii() and dkim.verify(sent[0], dnsfunc=dns)
    assert asked == [b"frontdesk._domainkey.northlight.example."]
    signature = sent[0].partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").split(b"\r\n")[0].lower()
    covered = signature.partition(b" h=")[2].partition(b";")[0].replace(b" ", b"").split(b":")
    assert {b"from", b"to", b"subject", b"date", b"message-id", b"list-unsubscribe", b"list-unsubscribe-post"} <= set(covered)
    for changed in (sent[0].replace(b"ada@client", b"eve@client"), sent[0] + b"more\r\n"):
        assert not dkim.verify(changed, dnsfunc=dns)


def test_without_a_key_nothing_is_signed(app: Flask, smtp_server: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    app.config["SETTINGS"], before = replace(app.config["SETTINGS"], smtp_url=smtp_server.url), app.config["SETTINGS"]
    with unit_of_work():
        post(Letter(to="ada@client.example", subject="Hello", text="Hello\n"))
    drain()
    app.config["SETTINGS"] = before
    assert smtp_server.letters[0]["DKIM-Signature"] is None


def test_a_key_that_is_no_key_keeps_the_letter_here(app: Flask, keyed: bytes, smtp_server: Mailbox) -> None:
    path = Path(app.config["SETTINGS"].mail_dkim_key)
    path.write_text("not a key")
    with unit_of_work():
        row = post(Letter(to="ada@client.example", subject="Hello", text="Hello\n"))
    drain()
    db.session.refresh(row)
    assert row.state == "waiting" and smtp_server.letters == []


def test_the_command_makes_a_key_once_and_prints_its_record(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    first = app.test_cli_runner().invoke(args=["mail", "dkim", str(file)])
    again = app.test_cli_runner().invoke(args=["mail", "dkim", str(file)])
    assert first.exit_code == again.exit_code == 0
    assert "frontdesk._domainkey." in first.output and "v=DKIM1; k=rsa; p=" in first.output
    assert again.output.splitlines() == first.output.splitlines()[1:]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def through(app: Flask) -> Iterator[Callable[[Mailbox], None]]:
    """Letters leave by this server from now on."""
    before = app.config["SETTINGS"]
    yield lambda server: app.config.update(SETTINGS=replace(before, smtp_url=server.url))
    app.config["SETTINGS"] = before


def sent_to(address: str, **more: object) -> PostedLetter:
    with unit_of_work():
        post(letter(to=address, **more))
    drain()
    return only()


def test_a_letter_to_an_international_domain_goes_out_under_its_a_labels(through: Callable[[Mailbox], None]) -> None:
    with Mailbox(wide=False) as server:
        through(server)
        row = sent_to("ada@Bücher.example", sender="Grüße <hello@müller.example>", reply_to="desk@müller.example")
    (got,) = server.letters
    assert row.state == "sent" and got["X-Envelope-To"] == got["To"] == "ada@xn--bcher-kva.example"
    assert got["X-Envelope-From"] == "hello@xn--mller-kva.example" and got["From"] == "Grüße <hello@xn--mller-kva.example>"
    assert got["Reply-To"] == "desk@xn--mller-kva.example" and got["Message-ID"].endswith("@xn--mller-kva.example>")


def test_letters_before_the_at_go_out_by_a_server_that_takes_them(through: Callable[[Mailbox], None]) -> None:
    with Mailbox() as server:
        through(server)
        row = sent_to("jörg@bücher.example")
    assert row.state == "sent" and server.letters[0]["X-Envelope-To"] == server.letters[0]["To"] == "jörg@xn--bcher-kva.example"


@pytest.mark.parametrize("more", [{"reply_to": "jörg@müller.example"}, {"sender": from_line("Jörg, at home", "jörg@müller.example")}])
def test_letters_before_the_at_of_our_own_address_go_out_so_too(through: Callable[[Mailbox], None], more: dict[str, str]) -> None:
    with Mailbox() as server:
        through(server)
        row = sent_to("ada@client.example", **more)
    (got,) = server.letters
    assert row.state == "sent" and "jörg@xn--mller-kva.example" in (got["X-Envelope-From"], got["Reply-To"])


def test_the_line_of_a_sender_names_an_international_domain_by_its_a_labels() -> None:
    assert from_line("Müller", "hello@müller.example") == "=?utf-8?q?M=C3=BCller?= <hello@xn--mller-kva.example>"
    assert from_line("Grace, at home", "hello@here.example") == '"Grace, at home" <hello@here.example>'
    assert from_line("", "hello@müller.example") == "hello@xn--mller-kva.example"


@pytest.mark.parametrize(("address", "why"), [("jörg@bücher.example", "before its @"), ("ada@-ü.example", "is not the name of a domain")])
def test_an_address_that_cannot_be_sent_to_fails_once_with_a_plain_reason(
    through: Callable[[Mailbox], None], linus: Person, client_of: Callable[[Person], FlaskClient], address: str, why: str
) -> None:
    with Mailbox(wide=False) as server:
        through(server)
        row = sent_to(address)
    assert server.letters == [] and row.state == "failed" and why in (row.last_error or "")
    assert db.session.scalars(select(Errand.state)).all() == ["done"]
    page = client_of(linus).get(f"/desk/outbox/letters/{row.id}").text
    assert "It was not delivered" in page and why in page


def test_an_address_gets_so_many_automatic_letters_an_hour_and_the_rest_waits(app: Flask, smtp_server: Mailbox) -> None:
    app.config["SETTINGS"], before = replace(app.config["SETTINGS"], smtp_url=smtp_server.url, mail_per_hour=3), app.config["SETTINGS"]
    try:
        with unit_of_work():
            for number in range(3):
                post(Letter(to="ada@client.example", subject=f"said {number}", text="x\n", automatic=False))
        drain()
        smtp_server.letters.clear()
        with unit_of_work():
            for number in range(5):
                post(Letter(to="ada@client.example", subject=str(number), text="x\n"))
            post(Letter(to="bob@client.example", subject="other", text="x\n"))
            post(Letter(to="ada@client.example", subject="typed", text="x\n", automatic=False))
            post(Letter(to="ada@client.example", subject="link", text="x\n", asked_for=True))
        drain()
        assert sorted(letter["Subject"] for letter in smtp_server.letters) == ["0", "1", "2", "link", "other", "typed"]
        with clock.at(clock.now() + timedelta(minutes=61)):
            drain()
        assert sorted(letter["Subject"] for letter in smtp_server.letters) == ["0", "1", "2", "3", "4", "link", "other", "typed"]
    finally:
        app.config["SETTINGS"] = before
