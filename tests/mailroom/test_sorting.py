"""Five classes of mail, by the signs that real mail carries."""

from __future__ import annotations

import pytest

from app.mailroom.reading import read
from app.mailroom.sorting import answers_automatically, failures, sort

DSN = (
    b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: text/plain\r\n\r\nSorry.\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    b"Final-Recipient: rfc822; Gone@customer.example\r\n"
    b"Action: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Message-ID: <ours.7@northlight.example>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
)


def mail(*headers: str, body: str = "Hello") -> bytes:
    return "\r\n".join(["From: Ada <ada@customer.example>", *headers, "", body]).encode()


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (mail("Subject: Question"), "person"),
        (mail("Auto-Submitted: no"), "person"),
        (mail("List-Id: <team.groups.example>", "List-Unsubscribe: <mailto:u@groups.example>", "Precedence: list"), "person"),
        (mail("Auto-Submitted: auto-replied", "Return-Path: <>", "Subject: Out of office"), "auto_reply"),
        (mail("Auto-Submitted: auto-generated", "Subject: Voicemail"), "auto_reply"),
        (mail("X-Autoreply: yes"), "auto_reply"),
        (mail("Subject: Automatische Antwort: Termin"), "auto_reply"),
        (mail("Return-Path: <>"), "auto_reply"),
        (mail("Precedence: bulk"), "bulk"),
        (mail("List-Unsubscribe: <https://n.example>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click", "List-Id: <n>"), "bulk"),
        (mail("X-Frontdesk-Site: our-site"), "own_loop"),
        (mail("X-Frontdesk-Site: another-site"), "person"),
        (DSN, "bounce"),
    ],
)
def test_each_mail_falls_into_its_class(raw: bytes, kind: str) -> None:
    found = sort(read(raw), "our-site")
    assert found.kind == kind and found.because


def test_a_delivery_report_names_the_address_and_the_letter() -> None:
    (failure,) = failures(read(DSN))
    assert (failure.address, failure.permanent, failure.message_id) == ("gone@customer.example", True, "<ours.7@northlight.example>")


def test_a_full_mailbox_is_no_permanent_failure() -> None:
    (failure,) = failures(read(DSN.replace(b"5.1.1", b"4.2.2")))
    assert failure.permanent is False


@pytest.mark.parametrize("sender", ["no-reply@shop.example", "noreply@shop.example", "postmaster@mx.example", "bounce+1@shop.example"])
def test_robots_get_no_acknowledgement(sender: str) -> None:
    got = read(f"From: {sender}\r\n\r\nHello".encode())
    assert not answers_automatically(sort(got, ""), got)


def test_a_person_gets_one() -> None:
    got = read(mail("Subject: Question"))
    assert answers_automatically(sort(got, ""), got)
