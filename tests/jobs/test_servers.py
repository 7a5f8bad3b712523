"""The real servers that tests lean on come up, work, and go."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest
import requests
from imap_tools import MailBoxUnencrypted

from tests import machine
from tests.mailservers import Dovecot, Mailbox, Pymap
from tests.servers import Radicale

IMAP = [pytest.param(Dovecot, marks=pytest.mark.skipif(machine.dovecot() is None, reason="no Dovecot here")), Pymap]


@pytest.mark.parametrize("kind", IMAP)
def test_imap_takes_and_gives_letters(kind: type[Dovecot] | type[Pymap]) -> None:
    with kind() as server, MailBoxUnencrypted("127.0.0.1", server.port).login(server.user, server.password) as box:
        box.append(b"Subject: hello desk\r\nFrom: ada@customer.example\r\n\r\nHelp!\r\n", "INBOX")
        assert "hello desk" in [letter.subject for letter in box.fetch()]


def test_smtp_keeps_letters_with_their_envelope(smtp_server: Mailbox) -> None:
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = "Grüße", "a@one.example", "b@two.example"
    letter.set_content("Hello")
    with smtplib.SMTP("127.0.0.1", smtp_server.controller.port) as line:
        line.send_message(letter)
    assert [(kept["Subject"], kept["X-Envelope-To"]) for kept in smtp_server.letters] == [("Grüße", "b@two.example")]


def test_caldav_makes_calendars(caldav_server: Radicale) -> None:
    made = requests.request("MKCALENDAR", f"{caldav_server.url}tests/work/", auth=("tests", ""), timeout=60)
    assert made.status_code == 201
