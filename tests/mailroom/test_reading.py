"""Reading mail: broken, hostile and foreign mail becomes a Mail, and its words stay."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mailroom.reading import read

PLAIN = (
    b"From: Ada <ada@customer.example>\r\nTo: desk@northlight.example\r\nSubject: Hello\r\n"
    b"Message-ID: <1@customer.example>\r\n\r\nHi there\r\n"
)


def test_a_plain_mail_is_read() -> None:
    mail = read(PLAIN)
    assert (mail.sender, mail.sender_name, mail.subject, mail.text) == ("ada@customer.example", "Ada", "Hello", "Hi there\n")
    assert mail.message_id == "<1@customer.example>" and mail.recipients == ("desk@northlight.example",)


@pytest.mark.parametrize(
    ("charset", "body", "words"),
    [
        (b"utf-8", "Grüße".encode(), "Grüße"),
        (b"iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        (b"windows-1251", "Привет".encode("cp1251"), "Привет"),
        (b"x-unknown-charset", "Grüße".encode(), "Grüße"),
        (b"utf-8", "Grüße".encode("latin-1"), "Grüße"),
        (b"us-ascii", b"plain \xff", "plain ÿ"),
        (b"iso-2022-jp", "こんにちは".encode("iso-2022-jp"), "こんにちは"),
    ],
)
def test_every_charset_keeps_its_words(charset: bytes, body: bytes, words: str) -> None:
    raw = b"From: a@b.example\r\nContent-Type: text/plain; charset=" + charset + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body
    assert words in read(raw).text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"no headers at all",
        b"From: \r\nTo: undisclosed-recipients:;\r\n\r\nx",
        b"From: =?utf-8?B?????=\r\nSubject: =?bogus?Q?x?=\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\nx",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nunclosed",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!",
        b"Date: Thu, 99 Foo 20266 99:99:99 +9999\r\n\r\nx",
        b"References: " + b"<a@b> " * 5000 + b"\r\n\r\nx",
        b"Content-Type: message/rfc822\r\n\r\n" * 300 + b"deep",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe\r\n\r\nx",
    ],
)
def test_broken_mail_never_raises(raw: bytes) -> None:
    mail = read(raw)
    assert mail.message_id.startswith("<") and mail.message_id.endswith(">")


@given(st.binary(max_size=3000))
@settings(max_examples=300, deadline=None)
def test_random_bytes_never_raise(raw: bytes) -> None:
    assert read(raw).message_id


@given(st.binary(max_size=500))
@settings(max_examples=200, deadline=None)
def test_random_bytes_in_a_multipart_never_raise(raw: bytes) -> None:
    read(b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + raw + b"\r\n--b--\r\n")


def test_files_and_inline_images_are_kept_with_their_names() -> None:
    raw = (
        b"From: a@b.example\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/html\r\n\r\n<img src=cid:x@y>\r\n"
        b"--b\r\nContent-Type: image/png\r\nContent-ID: <x@y>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
        b'filename="=?utf-8?q?B=C3=A4r.pdf?="\r\n\r\n%PDF\r\n--b--\r\n'
    )
    mail = read(raw)
    assert [(file.name, file.content_id) for file in mail.files] == [("file.png", "x@y"), ("Bär.pdf", "")]
    assert "cid:x@y" in mail.html


def test_a_mail_without_an_id_gets_the_same_one_each_time() -> None:
    assert read(b"From: a@b.example\r\n\r\nx").message_id == read(b"From: a@b.example\r\n\r\nx").message_id


def test_an_attached_mail_is_kept_whole_and_its_words_are_not_taken_for_the_senders() -> None:
    raw = (
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nMine\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: other@c.example\r\nSubject: Inner\r\n\r\nTheirs\r\n--b--\r\n"
    )
    mail = read(raw)
    assert mail.text.strip() == "Mine" and b"Theirs" in mail.files[0].content
