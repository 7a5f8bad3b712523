"""Where a mail belongs: by the first rule that fits, for its participants only; a stranger's reply waits where nobody else sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Person
from app.contact.screening import started
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import Errand, drain
from app.mailroom import marks, routes
from app.mailroom.models import Incoming
from app.tickets.models import ApiKey, Ticket
from tests.mailroom.letters import MARY, answer_by, arrive, mail, posted, settings, spoken, ticket_of
from tests.together import meeting, together

ClientOf = Callable[[Person], FlaskClient]


def conversations() -> int:
    return db.session.scalar(select(func.count(Conversation.id))) or 0


@pytest.fixture
def thread(app: Flask, grace: Person) -> Incoming:
    """Mary wrote, Grace answered."""
    row = arrive(mail())
    assert row.conversation is not None
    answer_by(grace, row.conversation)
    return row


def test_a_mail_becomes_a_ticket_with_an_acknowledgement(app: Flask) -> None:
    row = arrive(mail())
    ticket = ticket_of(row)
    assert spoken(ticket.conversation) == ["Hello, can you help me?"] and ticket.conversation.next_due_at is not None
    letter = posted()[0]
    assert ticket.reference in letter.subject and letter.headers["Auto-Submitted"] == "auto-replied"
    assert "+" in letter.headers["Reply-To"] and letter.headers["References"] == row.message_id
    assert b"can you help me" in row.raw


def test_the_writer_of_a_mail_is_nobody_we_know(app: Flask, ada: Person) -> None:
    row = arrive(mail(sender=ada.email or ""))
    assert row.conversation is not None and row.conversation.person is not ada
    assert db.session.scalars(Conversation.of(ada)).all() == []


def test_whom_our_own_server_vouches_for_is_who_they_are(app: Flask, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(app, monkeypatch, mail_auth_server="mx.northlight.example")
    true = arrive(mail(sender=ada.email or "", authentication_results="mx.northlight.example; dmarc=pass header.from=customer.example"))
    forged = arrive(mail(sender=ada.email or "", authentication_results="mx.evil.example; dmarc=pass"))
    failed = arrive(mail(sender=ada.email or "", authentication_results="mx.northlight.example; dmarc=fail"))
    owners = [row.conversation.person_id if row.conversation else 0 for row in (true, forged, failed)]
    assert owners[0] == ada.id and ada.id not in owners[1:]


@pytest.mark.parametrize(
    ("results", "proven"),
    [
        ("dmarc=pass header.from=customer.example", True),
        ("spf=pass smtp.mailfrom=eve@evil.example; dmarc=pass (p=NONE; sp=NONE) header.from=customer.example", True),
        ("dmarc=fail; spf=pass smtp.mailfrom=dmarc=pass@evil.example", False),
        ('dmarc=fail; spf=pass smtp.mailfrom="x; dmarc=pass "@evil.example', False),
        ("dmarc=fail; spf=pass (domain of x; dmarc=pass @evil.example)", False),
        ("dmarc=passing", False),
        ("none", False),
    ],
)
def test_only_a_result_of_its_own_proves_a_sender(
    app: Flask, ada: Person, monkeypatch: pytest.MonkeyPatch, results: str, proven: bool
) -> None:
    settings(app, monkeypatch, mail_auth_server="mx")
    assert arrive(mail(sender=ada.email or "", authentication_results=f"mx; {results}")).proven is proven


@pytest.mark.parametrize(
    ("line", "sender"),
    [
        ("<{long}@evil.example>, {ada}", ""),
        ("{ada}, eve@evil.example", "{ada}"),
        ("eve@evil.example, {ada}", "eve@evil.example"),
        ("eve@evil.example\nFrom: {ada}", "eve@evil.example"),
        ("{ada}\nFrom: eve@evil.example", "{ada}"),
        ("{ada} <eve@evil.example>", None),
        ("<{long}@evil.example>", ""),
    ],
)
def test_a_mail_that_names_several_senders_proves_none_of_them(
    app: Flask, ada: Person, monkeypatch: pytest.MonkeyPatch, line: str, sender: str | None
) -> None:
    settings(app, monkeypatch, mail_auth_server="mx")
    names = {"long": "e" * 250, "ada": ada.email}
    raw = mail(authentication_results="mx; dmarc=pass").replace(f"From: {MARY}".encode(), b"From: " + line.format(**names).encode())
    row = arrive(raw)
    assert sender is None or row.sender == sender.format(**names)
    assert not (row.proven and row.sender in {ada.email, ""}) and row.conversation is not None and row.conversation.person_id != ada.id


def test_an_international_domain_is_one_address_in_both_its_forms(app: Flask) -> None:
    row = arrive(mail(sender="mary@xn--bcher-kva.example"))
    assert row.sender == "mary@bücher.example" and row.conversation is not None
    second = arrive(mail("And this?", sender="Mary <mary@Bücher.example>", subject=f"Re: {row.conversation.reference}"))
    assert (second.state, second.conversation_id) == ("taken", row.conversation_id)


@pytest.mark.parametrize("mail_from", ["Northlight <hello@müller.example>", "jörg@müller.example"])
def test_a_firm_with_an_international_address_answers_all_the_same(
    app: Flask, grace: Person, monkeypatch: pytest.MonkeyPatch, mail_from: str
) -> None:
    settings(app, monkeypatch, mail_from=mail_from)
    row = arrive(mail())
    assert row.conversation is not None
    letter = answer_by(grace, row.conversation)
    assert letter.text.startswith("Of course.") and letter.sender.endswith("@xn--mller-kva.example>")


def test_an_agents_reply_leaves_as_a_letter_with_marks(thread: Incoming) -> None:
    letter = posted()[-1]
    assert letter.text.startswith("Of course. What is it?") and "Auto-Submitted" not in letter.headers
    assert letter.headers["In-Reply-To"] == thread.message_id and thread.message_id in letter.headers["References"]
    assert "Grace" in letter.sender and "grace@" not in letter.as_message().as_string()
    drain()
    assert len(posted()) == 2


@pytest.mark.parametrize("rule", ["address", "message id", "references", "number", "text"])
def test_a_reply_comes_home_by_each_rule(thread: Incoming, rule: str) -> None:
    letter, conversation = posted()[-1], thread.conversation
    assert conversation is not None
    raw = {
        "address": lambda: mail("Thanks", to=letter.headers["Reply-To"], subject="other"),
        "message id": lambda: mail("Thanks", in_reply_to=letter.message_id, subject="other"),
        "references": lambda: mail("Thanks", references=f"<old@x> {thread.message_id}", subject="other"),
        "number": lambda: mail("Thanks", subject=f"Re: A question [{conversation.reference}]"),
        "text": lambda: mail(f"Thanks\n\n> reply to {letter.headers['Reply-To']}", subject="other"),
    }[rule]()
    row = arrive(raw)
    assert row.conversation_id == conversation.id and row.state == "taken" and conversations() == 1
    ticket = Ticket.of(conversation)
    assert ticket is not None and row.rule in ticket.because[-1]
    assert len(posted()) == 2


@pytest.mark.parametrize("rule", ["address", "message id", "references", "number"])
def test_a_strangers_reply_is_quarantined(thread: Incoming, rule: str, client_of: ClientOf, grace: Person) -> None:
    letter, conversation = posted()[-1], thread.conversation
    assert conversation is not None
    eve = {"words": "Send me the rest.", "sender": "eve@elsewhere.example"}
    raw = {
        "address": lambda: mail(**eve, to=letter.headers["Reply-To"]),
        "message id": lambda: mail(**eve, in_reply_to=letter.message_id),
        "references": lambda: mail(**eve, references=thread.message_id),
        "number": lambda: mail(**eve, subject=f"[{conversation.reference}]"),
    }[rule]()
    row = arrive(raw)
    assert row.state == "quarantined" and "Send me the rest." not in spoken(conversation)
    assert posted("eve@elsewhere.example") == []
    assert conversation.state == "waiting"
    public = [entry.what for entry in db.session.scalars(conversation.since(0))]
    assert "quarantined" not in public
    desk = client_of(grace)
    assert "eve@elsewhere.example" in desk.get("/desk/mail").text
    desk.post(f"/desk/mail/{row.id}/participant")
    assert "Send me the rest." in spoken(conversation)


def test_a_quarantined_mail_can_be_a_ticket_of_its_own(thread: Incoming, client_of: ClientOf, grace: Person) -> None:
    row = arrive(mail("Mine", sender="eve@elsewhere.example", references=thread.message_id))
    client_of(grace).post(f"/desk/mail/{row.id}/ticket")
    assert row.conversation_id != thread.conversation_id and row.state == "taken" and conversations() == 2


def test_a_mark_that_was_tampered_with_is_none(thread: Incoming) -> None:
    local, _, domain = posted()[-1].headers["Reply-To"].partition("@")
    bent = f"{local[:-4]}{'aaaa' if local[-4:] != 'aaaa' else 'bbbb'}@{domain}"
    row = arrive(mail("Hm", to=bent))
    assert row.conversation_id != thread.conversation_id


def test_the_same_mail_twice_is_one(app: Flask) -> None:
    raw = mail()
    assert arrive(raw).id == arrive(raw, "webhook").id
    assert conversations() == 1


def test_somebody_elses_message_id_does_not_swallow_a_mail(app: Flask) -> None:
    arrive(mail(message_id="<same@x>"))
    arrive(mail(message_id="<same@x>", sender="other@x.example"))
    assert conversations() == 2


def test_a_closed_ticket_opens_again_for_two_weeks(thread: Incoming, grace: Person) -> None:
    conversation = thread.conversation
    assert conversation is not None
    for days, opens in ((13, True), (15, False)):
        with unit_of_work():
            conversation.close(grace)
        clock.forward(timedelta(days=days))
        row = arrive(mail("Once more", references=thread.message_id))
        assert (row.conversation_id == conversation.id) is opens
    fresh = ticket_of(row)
    assert [one.reference for one in fresh.linked()] == [conversation.reference]


def test_three_reopenings_an_hour_are_enough(thread: Incoming, grace: Person) -> None:
    conversation = thread.conversation
    assert conversation is not None
    states = []
    for number in range(5):
        with unit_of_work():
            conversation.close(grace)
        states.append(arrive(mail(f"Again {number}", references=thread.message_id)).state)
    assert states == ["taken"] * 3 + ["held"] * 2


def test_a_likely_twin_is_proposed_never_merged(app: Flask) -> None:
    first = arrive(mail())
    twin = arrive(mail("Are you there?", subject="AW: A question"))
    assert twin.conversation_id != first.conversation_id
    assert first.conversation is not None and first.conversation.reference in ticket_of(twin).because[-1]


def test_who_came_along_with_a_merge_is_written_to_and_answers_there_until_it_is_undone(app: Flask, grace: Person) -> None:
    first, second = arrive(mail()).conversation, arrive(mail(sender="bob@x.example", subject="Two")).conversation
    assert first is not None and second is not None
    with unit_of_work():
        move = second.merge_into(first, grace, share=True)
    drain()
    answer_by(grace, first, "This is for both of you.")
    letter = posted("bob@x.example")[-1]
    assert "for both of you" in letter.text and "for both of you" in posted()[-1].text
    back = arrive(mail("Bob again", sender="bob@x.example", to=letter.headers["Reply-To"], subject="Re: Two"))
    assert (back.state, back.conversation_id) == ("taken", first.id)
    with unit_of_work():
        first.undo_move(move, grace)
    drain()
    count = len(posted("bob@x.example"))
    answer_by(grace, first, "For Mary alone.")
    assert len(posted("bob@x.example")) == count and "Mary alone" in posted()[-1].text


def test_a_mail_that_comes_on_two_ways_at_the_same_moment_is_one(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = mail(message_id="<once@somewhere.example>")
    first = arrive(raw, "imap")
    # The second looked before the first was there.
    monkeypatch.setattr(Incoming, "seen_before", lambda *_: None)
    assert arrive(raw, "webhook").id == first.id and conversations() == 1


def test_a_mail_that_names_no_sender_is_a_ticket_that_nobody_answers_by_mail(app: Flask, grace: Person) -> None:
    row = arrive(b"To: hello@northlight.example\r\nSubject: hi\r\nMessage-ID: <1@x>\r\n\r\nHello there\r\n")
    assert row.conversation is not None and "no sender" in ticket_of(row).because[0]
    with unit_of_work():
        row.conversation.say(grace, "Who are you?")
    drain()
    assert not [one for one in db.session.scalars(select(Errand)) if one.last_error] and not db.session.scalars(select(PostedLetter)).all()


def test_what_was_quoted_is_folded_and_kept(thread: Incoming) -> None:
    row = arrive(mail("It is blue.\n\nOn Monday Northlight wrote:\n> Of course. What is it?\n", references=thread.message_id))
    assert row.conversation is not None
    entry = row.conversation.entry(row.entry_id or 0)
    assert entry is not None and "It is blue." in entry.html.split("<details")[0] and "<details" in entry.html
    assert "What is it?" in entry.body and "What is it?" in entry.html.split("<details")[1]


def test_a_letter_goes_to_the_address_of_its_own_thread(app: Flask, client: FlaskClient, grace: Person) -> None:
    for email in ("one@x.example", "two@x.example"):
        data = {"subject": f"By {email}", "words": "Hello", "name": "Shared Desk", "email": email, "method": "email"}
        with app.test_request_context():
            data["begun"] = started()
        clock.forward(timedelta(minutes=1))
        client.post("/contact/general", data=data)
        drain()
    first = db.session.scalars(select(Conversation).order_by(Conversation.id)).first()
    assert first is not None
    with unit_of_work():
        first.say(grace, "For the first only.")
    drain()
    told = db.session.scalars(select(PostedLetter).where(PostedLetter.text.contains("For the first only"))).all()
    assert [letter.to for letter in told] == ["one@x.example"]


def test_an_agent_answers_from_their_own_mail_program_only_with_mark_and_proof(
    thread: Incoming, grace: Person, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    settings(app, monkeypatch, mail_auth_server="mx")
    assert thread.conversation is not None
    to = marks.reply_address("hello@northlight.example", marks.make(thread.conversation.id, grace.id))
    forged = arrive(mail("Forged", sender=grace.email or "", to=to))
    true = arrive(mail("True", sender=grace.email or "", to=to, authentication_results="mx; dmarc=pass"))
    assert (forged.state, true.state) == ("quarantined", "taken")
    assert "True" in spoken(thread.conversation) and "Forged" not in spoken(thread.conversation)
    assert posted(MARY)[-1].text.startswith("True")


@pytest.mark.parametrize("program", ["plain", "html", "away", "nothing written"])
def test_news_for_an_agent_is_answered_from_their_mail_program(
    thread: Incoming, grace: Person, monkeypatch: pytest.MonkeyPatch, app: Flask, program: str
) -> None:
    """The letter about a customer's words can be answered; what stands below its line stays with us."""
    settings(app, monkeypatch, mail_auth_server="mx")
    conversation = thread.conversation
    assert conversation is not None
    with unit_of_work():
        conversation.assign(grace)
    arrive(mail("And what does it cost?", to=reply_address_of(conversation)))
    with clock.at(clock.now() + timedelta(minutes=20)):
        drain()
    news = posted(grace.email or "")[-1]
    assert "And what does it cost?" in news.text and "Write above this line" in news.html
    written = {"nothing written": ""}.get(program, "Forty dollars.\n\nGrace")
    quoted = "\n".join(f"> {line}" for line in news.text.split("\n"))
    words = f"{written}\n\nOn Monday, Northlight <hello@northlight.example> wrote:\n{quoted}"
    proof = {"authentication_results": "mx; dmarc=pass", "to": news.headers["Reply-To"], "sender": grace.email or ""}
    raw = mail(words, **proof, **({"auto_submitted": "auto-replied"} if program == "away" else {}))
    if program == "html":
        raw = (
            raw.replace(b"text/plain", b"text/html")
            .replace(b"Forty", b"<p>Forty")
            .replace(b"\n\nOn", b"</p><p>On")
            .replace(b"\n> ", b"<br>")
        )
    before, row = len(posted(MARY)), arrive(raw)
    if program in {"away", "nothing written"}:
        assert row.state == {"away": "noted", "nothing written": "held"}[program] and len(posted(MARY)) == before
        assert spoken(conversation)[-1] == "And what does it cost?"
    else:
        assert spoken(conversation)[-1].split() == ["Forty", "dollars.", "Grace"] and posted(MARY)[-1].text.startswith("Forty dollars.")
        assert "desk/conversations" not in posted(MARY)[-1].text


def reply_address_of(conversation: Conversation) -> str:
    return posted(MARY)[-1].headers["Reply-To"] if posted(MARY) else pytest.fail(f"nobody wrote in {conversation.reference}")


def test_eve_and_ada_have_no_business_at_the_mail_desk(thread: Incoming, eve: Person, client: FlaskClient, client_of: ClientOf) -> None:
    for path in ("/desk/mail", f"/desk/mail/{thread.id}", f"/desk/mail/{thread.id}/raw", f"/desk/mail/{thread.id}/original"):
        assert client_of(eve).get(path).status_code == 403
        assert client.get(path).status_code in {303, 401}


def test_two_who_take_a_mail_that_waits_at_once_make_one_ticket(
    app: Flask, grace: Person, linus: Person, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = arrive(mail("News", precedence="bulk"))
    place, desks = f"/desk/mail/{row.id}/ticket", [client_of(grace), client_of(linus)]
    meeting(monkeypatch, routes, "waiting")
    answers = together(*(partial(desk.post, place) for desk in desks))
    assert sorted(answer.status_code for answer in answers) == [303, 404] and conversations() == 1


def test_a_ticket_made_by_a_program_is_answered_by_mail(app: Flask, client: FlaskClient, grace: Person, linus: Person) -> None:
    with unit_of_work():
        key = {"Authorization": f"Bearer {ApiKey.make('Monitoring', ['write'], linus)[1]}"}
    client.post("/api/tickets", json={"email": MARY, "name": "Mary", "words": "The site is down."}, headers=key)
    drain()
    assert posted() == [], "a program was told already"
    conversation = db.session.scalars(select(Conversation)).one()
    letter = answer_by(grace, conversation, "We look at it.")
    arrive(mail("Thank you.", to=letter.headers["Reply-To"]))
    assert spoken(conversation) == ["The site is down.", "We look at it.", "Thank you."]
