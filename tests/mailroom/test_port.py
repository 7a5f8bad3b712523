"""The mail port: what a mail server nearby hands over by LMTP or SMTP is kept before it is said to be, and nothing is passed on."""

from __future__ import annotations

import asyncio
import dataclasses
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from app.conversations.models import Conversation
from app.lib.db import db, unit_of_work
from app.mailroom import keeping
from app.mailroom.keeping import keep_broken
from app.mailroom.models import Incoming
from app.mailroom.port import Door, Wrong, listen, place
from app.settings import WrongSetting, read
from tests.mailroom.letters import MARY, mail
from tests.servers import free_port, wait_until
from tests.site import Site

OURS = "hello@northlight.example"
Line = Callable[[], smtplib.SMTP]


async def closed(server: asyncio.Server) -> None:
    """Stop listening, and wait until every conversation that is still open has ended."""
    server.close()
    talks = asyncio.all_tasks() - {asyncio.current_task()}
    for talk in talks:
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


@contextmanager
def opened(app: Flask, scheme: str) -> Iterator[Line]:
    """The port of this app, and a function that connects to it as a mail server would."""
    number = free_port()
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(before, mail_listen=f"{scheme}://127.0.0.1:{number}", mail_reply_to=OURS, max_upload_mb=1)
    # Nothing of the loop runs in this thread: in a worker that has opened a browser, Playwright's loop counts as running here.
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(app), loop).result(10)
    speak: type[smtplib.SMTP] = smtplib.LMTP if scheme == "lmtp" else smtplib.SMTP
    yield lambda: speak("127.0.0.1", number)
    asyncio.run_coroutine_threadsafe(closed(server), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
    app.config["SETTINGS"] = before


@pytest.fixture(params=["lmtp", "smtp"])
def line(app: Flask, request: pytest.FixtureRequest) -> Iterator[Line]:
    with opened(app, request.param) as connect:
        yield connect


def arrived() -> list[Incoming]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Incoming).order_by(Incoming.id)))


def test_a_mail_is_kept_and_becomes_a_ticket(app: Flask, line: Line) -> None:
    raw = mail("My plan does not open.", subject="Broken plan")
    with line() as server:
        assert server.sendmail(MARY, [OURS], raw) == {}
    [row] = arrived()
    assert (row.source, row.subject, row.kind) == ("port", "Broken plan", "person")
    conversation = db.session.scalars(select(Conversation)).one()
    assert conversation.subject == "Broken plan"
    assert b"My plan does not open." in row.raw


def test_an_address_with_a_mark_is_ours_and_any_other_is_not(app: Flask, line: Line) -> None:
    with line() as server:
        server.sendmail(MARY, ["hello+mark.abc@northlight.example"], mail("One"))
        for other in ("somebody@elsewhere.example", "hello@elsewhere.example", "helloo@northlight.example", "@northlight.example"):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                server.sendmail(MARY, [other], mail("Two"))
            assert refused.value.recipients[other][0] >= 500
    assert len(arrived()) == 1


def test_a_mail_for_two_of_us_comes_one_by_one(app: Flask, line: Line) -> None:
    with line() as server:
        refused = server.sendmail(MARY, [OURS, "hello+b@northlight.example"], mail("Hello"))
    assert [code for code, _ in refused.values()] == [452]
    assert len(arrived()) == 1


def test_the_same_mail_twice_is_one(app: Flask, line: Line) -> None:
    raw = mail("Hello")
    with line() as server:
        server.sendmail(MARY, [OURS], raw)
        server.sendmail(MARY, [OURS], raw)
    assert len(arrived()) == 1


def test_an_enormous_mail_is_refused(app: Flask, line: Line) -> None:
    with line() as server, pytest.raises(smtplib.SMTPResponseException) as refused:
        server.sendmail(MARY, [OURS], mail("x" * 4_000_000))
    assert refused.value.smtp_code == 552
    assert arrived() == []


@pytest.mark.parametrize("raw", [b"", b"\x00\xff\xfe", b"Subject: no end\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"])
def test_what_cannot_be_read_is_kept_all_the_same(app: Flask, line: Line, raw: bytes) -> None:
    with line() as server:
        server.sendmail(MARY, [OURS], raw)
    assert len(arrived()) == 1


def test_a_mail_that_breaks_us_is_kept_as_it_came(app: Flask, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "receive", lambda _raw, _source: 1 / 0)
    with line() as server:
        server.sendmail(MARY, [OURS], mail("Hello"))
    [row] = arrived()
    assert (row.state, row.source) == ("broken", "port")
    assert "ZeroDivisionError" in row.kind_because


AWAY = [OperationalError("x", {}, Exception("locked")), PoolExhausted("nothing free"), OSError(28, "No space left on device")]


@pytest.mark.parametrize("error", AWAY, ids=["locked", "no connection free", "disk full"])
def test_while_nothing_can_be_kept_the_sender_is_asked_to_come_again(
    app: Flask, line: Line, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_words: object) -> None:
        raise error

    monkeypatch.setattr(keeping, "receive", away)
    with line() as server, pytest.raises(smtplib.SMTPDataError) as refused:
        server.sendmail(MARY, [OURS], mail("Hello"))
    assert refused.value.smtp_code == 451
    monkeypatch.undo()
    with line() as server:
        server.sendmail(MARY, [OURS], mail("Hello"))
    assert len(arrived()) == 1


def test_many_at_once_are_all_kept(app: Flask) -> None:
    with opened(app, "smtp") as connect:

        def send(number: int) -> None:
            with connect() as server:
                server.sendmail(f"p{number}@somewhere.example", [OURS], mail(f"Mail {number}", sender=f"p{number}@somewhere.example"))

        senders = [threading.Thread(target=send, args=(number,)) for number in range(12)]
        for one in senders:
            one.start()
        for one in senders:
            one.join(60)
    assert len({row.sender for row in arrived()}) == 12


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:25", "lmtp://", "lmtp://127.0.0.1:99999", "8025"])
def test_a_place_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Wrong):
        place(url)


def test_the_door_is_shut_unless_the_setting_opens_it() -> None:
    assert read({}).mail_listen == ""
    with pytest.raises(WrongSetting, match="FRONTDESK_MAIL_LISTEN"):
        read({"FRONTDESK_MAIL_LISTEN": "http://127.0.0.1:25"})


def test_it_runs_beside_the_rest_and_goes_with_it(tmp_path: Path) -> None:
    number = free_port()
    site = Site(tmp_path, FRONTDESK_MAIL_LISTEN=f"lmtp://127.0.0.1:{number}", FRONTDESK_MAIL_REPLY_TO=OURS).start()
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = MARY, OURS, "By the port"
    message.set_content("Hello there")

    def sent() -> bool:
        try:
            with smtplib.LMTP("127.0.0.1", number) as server:
                server.send_message(message)
        except OSError:
            return False
        return True

    wait_until(sent, "the mail port", 60)
    with site.app.app_context():
        assert db.session.scalar(select(func.count(Incoming.id))) == 1
        assert db.session.scalars(select(Conversation.subject)).one() == "By the port"
    assert site.stop() == 0
    with pytest.raises(OSError):
        smtplib.LMTP("127.0.0.1", number)
    assert Door(site.app).threads is not None


def test_two_broken_mails_that_begin_alike_are_both_kept(app: Flask) -> None:
    start = b"From: mary@client.example\r\n\r\n" + b"x" * 3000
    with unit_of_work():
        first, second = (keep_broken(start + end, "port", ValueError("odd")) for end in (b"one", b"two"))
        again = keep_broken(start + b"one", "port", ValueError("odd"))
    assert first is not None and second is not None and again is None


def test_a_mail_that_cannot_even_be_kept_broken_is_asked_for_again_without_a_word_of_ours(
    app: Flask, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_words: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(keeping, "receive", wrong)
    monkeypatch.setattr(keeping, "keep_broken", wrong)
    with line() as server, pytest.raises(smtplib.SMTPDataError) as refused:
        server.sendmail(MARY, [OURS], mail("Hello"))
    assert refused.value.smtp_code == 451 and b"secret" not in refused.value.smtp_error
