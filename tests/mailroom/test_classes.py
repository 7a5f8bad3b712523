"""Five classes of mail, and what is hostile, broken or endless: each ends in the right place, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib import signatures
from app.lib.db import db, unit_of_work
from app.lib.mail import Letter, post
from app.lib.outbox import drain
from app.mailroom import keeping
from app.mailroom.models import Correspondent, Incoming, Undeliverable
from app.mailroom.outgoing import site_mark
from tests.mailroom.letters import MARY, answer_by, arrive, mail, posted, settings, spoken, ticket_of
from tests.mailservers import Mailbox

ClientOf = Callable[[Person], FlaskClient]
SECRET = "a secret of sixteen or more"


def report(message_id: str, address: str = MARY, status: str = "5.1.1") -> bytes:
    own_id = f"<{status}.{address}.{abs(hash(message_id))}>"
    head = f"From: mailer-daemon@x.example\nTo: hello@northlight.example\nSubject: failed\nMessage-ID: {own_id}\n"
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    words = "--b\nContent-Type: text/plain\n\nNo such user\n"
    failed = f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: {status}\n"
    state = f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n{failed}"
    returned = f"\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\n\n--b--\n"
    return (head + kind + words + state + returned).encode()


def test_a_bounce_marks_letter_and_address_and_is_told_in_the_thread(app: Flask, grace: Person) -> None:
    conversation = arrive(mail()).conversation
    assert conversation is not None
    letter = answer_by(grace, conversation)
    row = arrive(report(letter.message_id))
    assert row.kind == "bounce" and letter.state == "failed" and Undeliverable.refuses(MARY)
    assert "bounced" in {tag.name for tag in conversation.tags}
    count = len(posted())
    answer_by(grace, conversation, "Hello?")
    assert len(posted()) == count


def test_a_bounce_of_an_international_address_is_known_by_its_a_labels(app: Flask) -> None:
    arrive(mail(sender="mary@bücher.example"))
    letter = posted("mary@bücher.example")[-1]
    arrive(report(letter.message_id, "mary@xn--bcher-kva.example"))
    db.session.expire_all()
    assert letter.state == "failed" and Undeliverable.refuses("mary@bücher.example")


def test_a_letter_that_cannot_leave_is_told_in_its_thread(
    app: Flask, grace: Person, monkeypatch: pytest.MonkeyPatch, client_of: ClientOf
) -> None:
    conversation = arrive(mail(sender="mary@bücher.example")).conversation
    assert conversation is not None
    with unit_of_work():
        db.session.scalars(select(Correspondent)).one().email = "jörg@bücher.example"
    with Mailbox(wide=False) as server:
        settings(app, monkeypatch, smtp_url=server.url)
        with unit_of_work():
            conversation.say(grace, "Of course. What is it?")
        drain()
    (letter,) = posted("jörg@bücher.example")
    db.session.expire_all()
    assert letter.state == "failed" and "bounced" in {tag.name for tag in conversation.tags}
    page = client_of(grace).get(f"/desk/conversations/{conversation.id}").text
    assert "A letter to jörg@bücher.example was not delivered: The address has letters before its @" in page


def test_a_bounce_of_a_letter_about_something_else_is_told_in_no_thread(app: Flask, grace: Person) -> None:
    conversation = arrive(mail()).conversation
    assert conversation is not None
    with unit_of_work():
        letter = post(Letter(to=MARY, subject="Your receipt", text="Thanks.", about=f"order:{conversation.id}"))
    arrive(report(letter.message_id))
    db.session.expire_all()
    assert letter.state == "failed" and Undeliverable.refuses(MARY) and not conversation.tags


def test_a_forged_bounce_of_another_address_does_nothing(app: Flask, grace: Person) -> None:
    conversation = arrive(mail()).conversation
    assert conversation is not None
    letter = answer_by(grace, conversation)
    row = arrive(report(letter.message_id, address="ada@customer.example"))
    assert row.state == "held" and not Undeliverable.refuses("ada@customer.example") and letter.state != "failed"


def test_out_of_office_is_told_and_moves_no_clock(app: Flask, grace: Person) -> None:
    first = arrive(mail())
    assert first.conversation is not None
    answer_by(grace, first.conversation)
    row = arrive(mail("I am away.", references=first.message_id, auto_submitted="auto-replied"))
    assert row.kind == "auto_reply" and first.conversation.state == "waiting"
    assert spoken(first.conversation) == ["Hello, can you help me?", "Of course. What is it?"]


def test_a_machines_notice_is_a_ticket_that_nobody_acknowledges(app: Flask) -> None:
    row = arrive(mail("You have a voicemail.", auto_submitted="auto-generated"))
    assert ticket_of(row) and posted() == []


def test_bulk_waits_and_our_own_loop_is_only_noted(app: Flask) -> None:
    newsletter = arrive(mail(precedence="bulk"))
    own = arrive(mail(x_frontdesk_site=site_mark()))
    assert (newsletter.state, own.state) == ("bulk", "noted")
    assert db.session.scalar(select(func.count(Conversation.id))) == 0 and posted() == []


def test_auto_submitted_no_and_a_list_are_persons(app: Flask) -> None:
    assert arrive(mail(auto_submitted="no")).kind == "person"
    assert arrive(mail(list_id="<group.x.example>")).kind == "person"


def test_automatic_letters_to_one_address_have_a_budget(app: Flask) -> None:
    for number in range(6):
        last = arrive(mail(f"Number {number}", subject=f"Subject {number}"))
    assert len(posted()) == 3
    assert "enough automatic letters" in ticket_of(last).because[-1]


TORTURE = {
    "empty": b"",
    "nothing but a line": b"\r\n",
    "binary": bytes(range(256)) * 20,
    "no sender": b"Subject: hi\n\nhello",
    "unknown charset": b"From: a@b.example\nContent-Type: text/plain; charset=martian\n\n\xff\xfehi",
    "wrong charset": b"From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n\xe4\xf6\xfc",
    "long subject": b"From: a@b.example\nSubject: " + b"x" * 5000 + b"\n\nhi",
    "header trick": b"From: a@b.example\nSubject: =?utf-8?q?hi=0d=0aBcc:=20eve@x.example?=\n\nhi",
    "many references": b"From: a@b.example\nReferences: " + b" ".join(b"<%d@x>" % n for n in range(5000)) + b"\n\nhi",
    "huge text": b"From: a@b.example\n\n" + b"word " * 400_000,
    "nested": b"From: a@b.example\n" + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(300)),
    "nul bytes": b"From: a@b.example\nSubject: a\0b\n\nw\0rds",
    "endless sender": b"From: " + b"a" * 3000 + b"@b.example\n\nhi",
    "two senders": b"From: a@b.example\nFrom: c@d.example\n\nhi",
    "only html": b"From: a@b.example\nContent-Type: text/html\n\n<style>p{}</style><p>Hello</p><script>alert(1)</script><p>you</p>",
    "program": b'From: a@b.example\nContent-Type: application/x-msdownload; name="tool.exe"\nContent-Disposition: attachment\n\nMZ\x90',
}


@pytest.mark.parametrize("name", sorted(TORTURE))
def test_what_is_broken_is_kept_whole_and_lands_somewhere(app: Flask, name: str) -> None:
    row = arrive(TORTURE[name])
    assert row.raw == TORTURE[name] and row.state in {"taken", "held", "bulk", "broken", "noted"}
    assert posted("eve@x.example") == []


def test_html_is_read_without_its_tags_and_shown_without_its_scripts(app: Flask, grace: Person, client_of: ClientOf) -> None:
    row = arrive(TORTURE["only html"])
    assert row.conversation is not None and spoken(row.conversation) == ["Hello\nyou"]
    answer = client_of(grace).get(f"/desk/mail/{row.id}/original")
    assert "<p>Hello</p>" in answer.text and "script" not in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_inline_pictures_come_from_the_mail_and_nothing_from_elsewhere(app: Flask, grace: Person, client_of: ClientOf) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = MARY, "hello@northlight.example", "Look"
    message.set_content("Look")
    message.add_alternative('<p onclick="x()">See <img src="cid:one"> <img src="https://track.example/x.gif"></p>', subtype="html")
    message.get_payload()[1].add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<one>")  # type: ignore[index,union-attr]
    row = arrive(message.as_bytes())
    answer = client_of(grace).get(f"/desk/mail/{row.id}/original")
    assert "data:image/png;base64" in answer.text and "onclick" not in answer.text
    assert "img-src data:" in answer.headers["Content-Security-Policy"]


def test_a_program_is_not_taken_and_the_entry_says_so(app: Flask) -> None:
    row = arrive(TORTURE["program"])
    assert row.conversation is not None and "tool.exe was not taken" in spoken(row.conversation)[0]


def test_a_provider_hands_in_mail_only_with_a_signature(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = mail()
    assert client.post("/webhooks/mail", data=raw, headers={"X-Frontdesk-Signature": signatures.sign("", raw)}).status_code == 401
    settings(app, monkeypatch, mail_in_secret=SECRET)
    for header in ("", "t=1,v1=00", signatures.sign("another secret", raw), signatures.sign(SECRET, raw + b"x")):
        assert client.post("/webhooks/mail", data=raw, headers={"X-Frontdesk-Signature": header}).status_code == 401
    assert db.session.scalar(select(func.count(Incoming.id))) == 0
    good = {"X-Frontdesk-Signature": signatures.sign(SECRET, raw)}
    assert client.post("/webhooks/mail", data=raw, headers=good).status_code == 202
    assert client.post("/webhooks/mail", data=raw, headers=good).get_json()["state"] == "taken"
    assert db.session.scalar(select(func.count(Incoming.id))) == 1


def test_a_sound_mail_comes_again_when_the_database_was_away(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT", None, Exception("the database is away"))

    settings(app, monkeypatch, mail_in_secret=SECRET)
    raw = mail()
    good = {"X-Frontdesk-Signature": signatures.sign(SECRET, raw)}
    monkeypatch.setattr(keeping, "receive", away)
    assert client.post("/webhooks/mail", data=raw, headers=good).status_code == 503
    assert db.session.scalars(select(Incoming)).all() == []


def test_what_a_provider_hands_in_and_we_cannot_take_is_kept_as_it_came(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(app, monkeypatch, mail_in_secret=SECRET)
    raw = mail()
    monkeypatch.setattr(keeping, "receive", lambda _raw, _source: 1 / 0)
    good = {"X-Frontdesk-Signature": signatures.sign(SECRET, raw)}
    assert client.post("/webhooks/mail", data=raw, headers=good).get_json()["state"] == "broken"
    assert client.post("/webhooks/mail", data=raw, headers=good).get_json() == {"id": None, "state": "broken"}
    row = db.session.scalars(select(Incoming)).one()
    assert (row.state, row.source, row.raw) == ("broken", "webhook", raw) and "ZeroDivisionError" in row.kind_because
