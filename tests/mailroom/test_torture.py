"""Malformed, hostile and enormous mail: each ends in the right class, with its words in the ticket and its bytes kept."""

from __future__ import annotations

import base64
import struct

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Entry
from app.lib.db import commit, db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import Errand, drain
from app.mailroom.models import Incoming
from app.mailroom.reading import read
from tests.mailroom.letters import MARY, answer_by, arrive, mail, ticket_of

HEAD = b"From: Mary <mary@somewhere.example>\nTo: hello@northlight.example\nSubject: A question\nMessage-ID: <t@somewhere.example>\n"
MIXED = HEAD + b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
INVITATION = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y//EN
METHOD:{method}
BEGIN:VEVENT
UID:1@somewhere.example
DTSTAMP:20270301T090000Z
DTSTART:20270302T170000Z
DTEND:20270302T180000Z
SUMMARY:Kick-off
LOCATION:Room 4
ORGANIZER;CN=Mary:mailto:mary@somewhere.example
ATTENDEE;PARTSTAT=DECLINED;CN=Max:mailto:max@somewhere.example
END:VEVENT
END:VCALENDAR
"""


def part(kind: str, content: bytes, *more: str) -> bytes:
    lines = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *more, "", base64.encodebytes(content).decode()]
    return b"--b\n" + "\n".join(lines).encode()


def words_of(row: Incoming) -> Entry:
    return db.session.get(Entry, row.entry_id) or pytest.fail("it has no entry")


@pytest.mark.parametrize(
    "charset, declared",
    [("utf-8", ""), ("latin-1", ""), ("cp1252", ""), ("cp1252", "x-nobody-knows"), ("latin-1", "undefined")],
)
def test_raw_letters_in_headers_arrive_whole(app: Flask, charset: str, declared: str) -> None:
    head = "From: Jörg Müller <mary@somewhere.example>\nTo: hello@northlight.example\nSubject: Größe\nMessage-ID: <t@somewhere.example>\n"
    kind = f"Content-Type: text/plain; charset={declared}\n" if declared else ""
    row = arrive((head + kind + "\nFür Sie").encode(charset))
    assert (row.kind, row.state, row.subject, row.sender_name) == ("person", "taken", "Größe", "Jörg Müller")
    assert ticket_of(row).conversation.subject == "Größe" and words_of(row).body == "Für Sie"


def test_raw_letters_are_read_in_the_charset_that_the_mail_claims_when_they_are_not_utf_8() -> None:
    raw = "From: Иван <i@b.example>\nSubject: Привет\nContent-Type: text/plain; charset=windows-1251\n\nx".encode("cp1251")
    assert (read(raw).sender_name, read(raw).subject) == ("Иван", "Привет")
    other = "Subject: Größe\nContent-Type: text/plain; charset=windows-1251\n\nx".encode()
    assert read(other).subject == "Größe"


def test_encoded_words_are_joined_where_a_letter_was_cut_in_two() -> None:
    subject = "=?utf-8?q?Gr=C3?=\n =?UTF-8?Q?=BC=C3=9Fe?= and =?bogus?b?w6Q=?= =?utf-8?b?not base64?= =?iso-8859-1?q?=96?="
    assert read(f"Subject: {subject}\n\n".encode()).subject.startswith("Grüße and ä")


@pytest.mark.parametrize(
    "name", ['filename="Größe.pdf"', "filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf", 'filename="=?utf-8?q?Gr=C3=B6=C3=9Fe.pdf?="']
)
def test_a_file_keeps_the_letters_of_its_name(name: str) -> None:
    raw = MIXED + f"--b\nContent-Type: application/pdf\nContent-Disposition: attachment; {name}\n\n%PDF\n--b--\n".encode("latin-1")
    assert read(raw).files[0].name == "Größe.pdf"


@pytest.mark.parametrize("charset", ["undefined", "idna", "rot13", "zlib", "unicode_escape", "utf-7", "x\\0y", "", "'", "utf-16"])
def test_a_charset_that_nobody_knows_or_that_is_none_loses_no_words(app: Flask, charset: str) -> None:
    row = arrive(HEAD + f'Content-Type: text/plain; charset="{charset}"\n\nPlain words stay'.encode())
    assert (row.kind, row.state) == ("person", "taken")
    if charset not in {"utf-16"}:
        assert words_of(row).body == "Plain words stay"


def test_a_thousand_parts_are_one_ticket_that_says_where_the_rest_is(app: Flask) -> None:
    texts = b"".join(b"--b\nContent-Type: text/plain\n\npart %d.\n" % number for number in range(500))
    files = b"".join(
        part("text/plain", b"file %d" % number, f"Content-Disposition: attachment; filename=f{number}.txt") for number in range(500)
    )
    raw = MIXED + texts + files + b"--b--\n"
    mail, row = read(raw), arrive(raw)
    assert mail.whole and "part 499." in mail.text and len(mail.files) == 500
    entry = words_of(row)
    assert (row.kind, row.state, len(entry.attachments)) == ("person", "taken", 20) and row.raw == raw
    assert "part 0." in entry.body and "480 more files are in the original" in entry.body


def test_more_parts_than_anybody_reads_are_said_to_be_in_the_original(app: Flask) -> None:
    raw = MIXED + b"".join(b"--b\nContent-Type: text/plain\n\n%d\n" % number for number in range(2100)) + b"--b--\n"
    assert not read(raw).whole and "the original has all of it" in words_of(arrive(raw)).body


def test_thousands_of_headers_hide_neither_sender_nor_words(app: Flask) -> None:
    noise = b"".join(b"X-Header-%d: %d\n" % (number, number) for number in range(5000))
    row = arrive(noise + b"Received: again\n" * 2000 + HEAD + b"\nIn the end: hello")
    assert (row.kind, row.state, row.sender, words_of(row).body) == ("person", "taken", "mary@somewhere.example", "In the end: hello")


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b"(" * 20_000 + b"mary@somewhere.example\n\nHello",
        HEAD.replace(b"A question", b"=?utf-8?q?a?= " * 20_000) + b"\nHello",
        HEAD.replace(b"A question", b"=?" * 50_000) + b"\nHello",
        HEAD + b"Cc: " + b",".join(b"x%d@y.example" % number for number in range(5000)) + b"\n\nHello",
        HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 150_000 + b"Hello",
        HEAD + b"Content-Type: text/html\n\n" + b"<style" * 150_000 + b">Hello",
        HEAD + b"Content-Type: text/html\n\nHello" + b"<br" * 300_000,
        HEAD + b"\nHello\n" + b"a" * 900_000,
        HEAD + b"\nHello\n" + b"> a\n" * 200_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 200 + b"Hello",
    ],
    ids=[
        "brackets",
        "encoded words",
        "half words",
        "copies",
        "nested tags",
        "open styles",
        "open breaks",
        "one word",
        "quotes",
        "nested parts",
    ],
)
def test_what_is_built_to_take_for_ever_is_taken_like_any_other(app: Flask, raw: bytes) -> None:
    row = arrive(raw)
    assert (row.kind, row.state) == ("person", "taken") and row.raw == raw


def test_a_bounce_in_which_no_address_ends_is_read_in_time(app: Flask) -> None:
    head = b"Return-Path: <>\nFrom: mailer-daemon@somewhere.example\nMessage-ID: <d@somewhere.example>\n\n550 "
    assert arrive(head + b"a" * 900_000).kind == "auto_reply"


@pytest.mark.parametrize(
    ("method", "lines"),
    [
        (
            "REQUEST",
            [
                "Invitation: Kick-off",
                "When: Tuesday, 2 March 2027, 12:00 pm to 1:00 pm",
                "Where: Room 4",
                "From: Mary (mary@somewhere.example)",
            ],
        ),
        ("CANCEL", ["Called off: Kick-off"]),
        ("REPLY", ["Answer to an invitation: Kick-off", "Max (max@somewhere.example) declines"]),
    ],
)
def test_an_invitation_is_told_in_words_and_kept_as_a_file(app: Flask, method: str, lines: list[str]) -> None:
    calendar = INVITATION.format(method=method).encode()
    twice = part(f"text/calendar; method={method}; charset=utf-8", calendar) + part(
        "application/ics", calendar, "Content-Disposition: attachment"
    )
    row = arrive(MIXED + part("text/plain", b"See you there") + twice + b"--b--\n")
    entry = words_of(row)
    assert row.kind == "person" and entry.body.startswith("See you there")
    assert all(entry.body.count(line) == 1 for line in lines)
    assert [one.upload.name for one in entry.attachments] == ["invitation.ics"]


@pytest.mark.parametrize(
    "calendar", [b"", b"BEGIN:VCALENDAR", b"\xff\xfe", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:never\nEND:VEVENT\nEND:VCALENDAR"]
)
def test_a_broken_invitation_says_nothing_and_stops_nothing(app: Flask, calendar: bytes) -> None:
    row = arrive(MIXED + part("text/plain", b"See you") + part("text/calendar; method=REQUEST", calendar) + b"--b--\n")
    assert (row.kind, row.state) == ("person", "taken") and "See you" in words_of(row).body


def packed(*attributes: tuple[int, bytes]) -> bytes:
    """A parcel as MS-OXTNEF, 2.1.2 writes it; the check sums are left 0, as nobody looks at them."""
    body = b"".join(struct.pack("<BII", 2, name, len(data)) + data + b"\0\0" for name, data in attributes)
    return struct.pack("<IH", 0x223E9F78, 1) + body


def properties(*values: tuple[int, int, bytes]) -> bytes:
    rows = [struct.pack("<HHII", kind, tag, 1, len(data)) + data + b"\0" * (-len(data) % 4) for kind, tag, data in values]
    return struct.pack("<I", len(rows)) + b"".join(rows)


def test_what_is_packed_in_winmail_dat_comes_out_with_its_whole_name(app: Flask) -> None:
    long_name = properties((0x1F, 0x3707, "Größe und Preis.txt\0".encode("utf-16-le")))
    parcel = packed(
        (0x2800C, b"Words in the parcel\0"), (0x69002, b"\0" * 14), (0x18010, b"GROSSE~1.TXT\0"), (0x6800F, b"12 cm"), (0x69005, long_name)
    )
    row = arrive(MIXED + part("application/ms-tnef", parcel, "Content-Disposition: attachment; filename=winmail.dat") + b"--b--\n")
    entry = words_of(row)
    assert entry.body == "Words in the parcel"
    assert [(one.upload.name, one.upload.file.read_bytes()) for one in entry.attachments] == [("Größe und Preis.txt", b"12 cm")]


@pytest.mark.parametrize("cut", [0, 5, 9, 30, 60])
def test_a_winmail_dat_that_is_cut_off_is_named_and_stays_in_the_original(app: Flask, cut: int) -> None:
    parcel = packed((0x69002, b"\0" * 14), (0x18010, b"A.TXT\0"), (0x6800F, b"12 cm" * 10))[:cut]
    raw = (
        MIXED
        + part("text/plain", b"Look")
        + part("application/ms-tnef", parcel, "Content-Disposition: attachment; filename=winmail.dat")
        + b"--b--\n"
    )
    row = arrive(raw)
    assert row.state == "taken" and row.raw == raw and "winmail.dat was not taken" in words_of(row).body


@pytest.mark.parametrize(
    ("line", "sender", "name"),
    [
        ("Mary " * 100 + f"<{MARY}>", MARY, "Mary Mary"),
        ("=?utf-8?q?" + "=C3=BC" * 300 + f"?= <{MARY}>", MARY, "üüü"),
        (f"{MARY}, " * 50 + "mary@other.example", MARY, ""),
        ("Mary <" + "m" * 400 + "@somewhere.example>", "", "Mary <mmm"),
        ("Mary <mary@" + "somewhere." * 40 + "example>", "", "Mary <mary@somewhere.some"),
    ],
    ids=["name", "encoded", "many", "local part", "domain"],
)
def test_however_long_its_from_line_is_a_mail_is_taken_and_answered_nobody_else(
    app: Flask, grace: Person, line: str, sender: str, name: str
) -> None:
    row = arrive(mail().replace(f"From: {MARY}".encode(), f"From: {line}".encode()))
    assert (row.state, row.sender) == ("taken", sender) and row.sender_name.startswith(name) and len(row.sender_name) <= 200
    assert row.conversation is not None and row.conversation.person is not None
    with unit_of_work():
        row.conversation.say(grace, "Hello.")
    drain()
    assert {letter.to for letter in db.session.scalars(select(PostedLetter))} == ({sender} if sender else set())
    assert db.session.scalars(select(Errand.last_error).where(Errand.last_error.is_not(None))).all() == []


def test_however_long_our_own_names_are_a_reply_leaves(app: Flask, grace: Person) -> None:
    grace.name = "Grüße " * 33
    commit()
    conversation = arrive(mail()).conversation
    assert conversation is not None
    letter = answer_by(grace, conversation, "Hello.")
    assert letter.text.startswith("Hello.") and len(letter.sender) <= 320 and "Grüße Grüße" in str(letter.as_message()["From"])
