"""The visitor's thread: said once, replayed by number, changed for five minutes, and nobody else's business."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Block, Conversation, Entry, Participant, public_stream
from app.lib import clock, live
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from tests.chat.conftest import newest

Browsers = Callable[[Person], FlaskClient]
PART = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "chat-thread"}


def address(talk: Conversation, *rest: object) -> str:
    return "/".join(["/chat", talk.reference, *map(str, rest)])


def bodies() -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(select(Entry.body).where(Entry.kind == "message").order_by(Entry.seq)))


def first_message() -> Entry:
    return db.session.scalars(select(Entry).where(Entry.kind == "message").order_by(Entry.id)).first()  # type: ignore[return-value]


def test_a_repeated_send_is_stored_once_and_answers_the_same_fragment(client: FlaskClient, talk: Conversation) -> None:
    form = {"words": "Hello?", "client_id": "0190-hello-1"}
    answers = [client.post(address(talk, "entries"), data=form, headers=PART) for _ in range(2)]
    assert answers[0].text == answers[1].text and 'id="m-0190-hello-1"' in answers[0].text
    assert bodies() == ["What does it cost?", "Hello?"]


def test_without_script_it_is_a_form_and_a_page(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    answer = client.post(address(talk, "entries"), data={"words": "Plain form", "client_id": "plain-0001"})
    assert answer.status_code == 303 and "Plain form" in client.get(answer.location.partition("#")[0]).text
    with unit_of_work():
        talk.say(at_the_desk, "Hello from Grace")
    log = client.get(address(talk, "log"))
    assert "Hello from Grace" in log.text and 'http-equiv="refresh"' in log.text
    assert "frame-ancestors 'self'" in log.headers["Content-Security-Policy"] and log.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_since_brings_what_was_missed_in_order_and_no_note(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    seen = talk.last_seq
    with unit_of_work():
        talk.note(at_the_desk, "canary-note")
        first = talk.say(at_the_desk, "One")
        talk.say(at_the_desk, "Two")
        talk.edit(at_the_desk, first, "One, changed")
    answer = client.get(address(talk, "since", seen))
    assert answer.headers["Live-Seq"] == str(newest().last_seq) and "canary" not in answer.text
    assert answer.text.index("One, changed") < answer.text.index("Two")
    again = client.get(address(talk, "since", newest().last_seq))
    assert "Two" not in again.text


def test_a_long_absence_comes_back_in_pages(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    with unit_of_work():
        for number in range(130):
            talk.say(at_the_desk, f"line {number}")
    seq, seen = 0, 0
    for _ in range(10):
        answer = client.get(address(talk, "since", seq))
        seen += answer.text.count("line ")
        seq = int(answer.headers["Live-Seq"])
        if "Live-More" not in answer.headers:
            break
    assert seen == 130 and seq == newest().last_seq
    page = client.get(address(talk))
    assert "line 129" in page.text and "line 10<" not in page.text and "Earlier messages" in page.text
    earlier = client.get(address(talk, "before", newest().last_seq - 60))
    assert "line 60<" in earlier.text and "line 129" not in earlier.text


def test_seen_shows_when_an_agent_has_read_and_not_before(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    assert "Seen" not in client.get(address(talk)).text
    with unit_of_work():
        talk.mark_read(at_the_desk, talk.last_seq)
    assert "Seen" in client.get(address(talk)).text
    assert "Seen" in client.get(address(talk, "since", newest().last_seq)).text


def test_what_agents_wave_through_is_read_but_not_seen(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    with unit_of_work():
        assert talk.mark_read(at_the_desk, talk.last_seq, looked=False)
    assert "Seen" not in client.get(address(talk)).text and talk.unread_for(at_the_desk) == 0
    with unit_of_work():
        assert talk.mark_read(at_the_desk, talk.last_seq)
        assert not talk.mark_unread(at_the_desk, 0, talk.last_seq)
    assert "Seen" in client.get(address(talk)).text


def test_a_colleague_who_was_mentioned_and_looks_has_seen_it_too(client: FlaskClient, talk: Conversation, linus: Person) -> None:
    with unit_of_work():
        talk.watch(linus)
        talk.mark_read(linus, talk.last_seq)
    assert "Seen" in client.get(address(talk)).text


def test_a_message_can_be_changed_and_taken_back_for_five_minutes(client: FlaskClient, talk: Conversation) -> None:
    entry = first_message()
    assert "What does it cost" in client.get(address(talk, "entries", entry.id, "edit")).text
    client.post(address(talk, "entries", entry.id), data={"words": "What would it cost?"})
    assert bodies() == ["What would it cost?"] and "changed" in client.get(address(talk)).text
    client.post(address(talk, "entries", entry.id, "deletion"))
    assert bodies() == [""] and "Taken back" in client.get(address(talk)).text
    assert client.post(address(talk, "entries", entry.id), data={"words": "again"}).status_code == 403


def test_after_five_minutes_it_stands(client: FlaskClient, talk: Conversation) -> None:
    entry = first_message()
    clock.forward(timedelta(minutes=6))
    assert client.get(address(talk, "entries", entry.id, "edit")).status_code == 403
    assert client.post(address(talk, "entries", entry.id), data={"words": "x"}).status_code == 403
    assert client.post(address(talk, "entries", entry.id, "deletion")).status_code == 403


def test_an_agents_message_is_not_the_visitors_to_change(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    with unit_of_work():
        entry = talk.say(at_the_desk, "mine")
        note = talk.note(at_the_desk, "hidden")
    assert client.post(address(talk, "entries", entry.id), data={"words": "x"}).status_code == 403
    assert client.get(address(talk, "entries", note.id, "edit")).status_code == 404


def test_files_are_taken_judged_and_shown(client: FlaskClient, talk: Conversation) -> None:
    sent = {"words": "", "client_id": "file-00001", "files": [(io.BytesIO(b"a plan"), "plan.txt")]}
    answer = client.post(address(talk, "entries"), data=sent, headers=PART)
    assert answer.status_code == 200 and "plan.txt" in answer.text
    link = answer.text.partition('href="/conversations/')[2].partition('"')[0]
    file = client.get(f"/conversations/{link}")
    assert file.data == b"a plan"
    file.close()
    bad = {"words": "run this", "files": [(io.BytesIO(b"MZ\x90\x00"), "x.exe")]}
    refused = client.post(address(talk, "entries"), data=bad, headers=PART)
    assert refused.status_code == 422 and "x.exe" in refused.text and "run this" not in bodies()
    many = {"words": "", "files": [(io.BytesIO(b"x"), f"{n}.txt") for n in range(6)]}
    assert client.post(address(talk, "entries"), data=many, headers=PART).status_code == 422


def test_a_refused_message_gives_the_words_back(client: FlaskClient, talk: Conversation) -> None:
    answer = client.post(address(talk, "entries"), data={"words": "y" * 10_001})
    assert answer.status_code == 422 and "y" * 500 in answer.text and 'role="alert"' in answer.text


def test_closing_reopening_and_the_copy(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    client.post(address(talk, "address"), data={"email": "visitor@customer.example", "copy": "y"})
    with unit_of_work():
        talk.say(at_the_desk, "490 dollars")
    client.post(address(talk, "closure"))
    assert newest().is_closed and "was closed" in client.get(address(talk)).text
    drain()
    clock.forward(timedelta(seconds=12))
    drain()
    letters = db.session.scalars(select(PostedLetter).where(PostedLetter.to == "visitor@customer.example")).all()
    assert ["490 dollars" in letter.text for letter in letters] == [True]
    client.post(address(talk, "entries"), data={"words": "One more thing"})
    assert newest().state == "open" and newest().reopened_count == 1


def test_a_proven_person_gets_the_copy_at_once(ada: Person, client_of: Browsers, at_the_desk: Person) -> None:
    browser = client_of(ada)
    browser.post("/chat", data={"words": "Hello"})
    browser.post(address(newest(), "copy"))
    assert db.session.scalars(select(PostedLetter)).one().to == "ada@customer.example"


@pytest.mark.parametrize("email", ["", "nonsense", "a@b", "x@y.example, z@y.example", "a@b.example\nBcc: c@d.example"])
def test_a_wrong_address_is_refused(client: FlaskClient, talk: Conversation, email: str) -> None:
    assert client.post(address(talk, "address"), data={"email": email}).status_code == 422


def test_an_unread_reply_goes_by_letter_with_a_link_to_this_conversation_only(
    client: FlaskClient, talk: Conversation, at_the_desk: Person, client_of: Browsers, eve: Person
) -> None:
    client.post(address(talk, "address"), data={"email": "visitor@customer.example"})
    with unit_of_work():
        talk.note(at_the_desk, "canary-note")
        talk.say(at_the_desk, "Here is your answer")
    drain()
    clock.forward(timedelta(minutes=4))
    drain()
    letter = db.session.scalars(select(PostedLetter)).one()
    assert letter.to == "visitor@customer.example" and "Here is your answer" in letter.text and "canary" not in letter.text
    path = letter.text.partition("http://localhost")[2].split()[0]
    phone = client.application.test_client()
    page = phone.get(phone.get(path).location)
    assert "Here is your answer" in page.text
    phone.post(address(talk, "entries"), data={"words": "Thank you, from my phone"})
    assert newest().last_voice == "customer" and newest().last_line == "Thank you, from my phone"
    assert "Here is your answer" not in phone.get("/chat/past").text
    assert phone.get(path[:-2] + "xx").status_code == 404
    clock.forward(timedelta(hours=1))
    drain()
    assert len(db.session.scalars(select(PostedLetter)).all()) == 1


def test_what_was_read_needs_no_letter(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    client.post(address(talk, "address"), data={"email": "visitor@customer.example"})
    with unit_of_work():
        talk.say(at_the_desk, "Here is your answer")
    client.post(address(talk, "marks"), data={"seq": newest().last_seq})
    clock.forward(timedelta(minutes=4))
    drain()
    assert db.session.scalar(select(PostedLetter)) is None


@pytest.mark.parametrize("channel", ["chat", "email"])
def test_an_answer_that_was_merged_away_unread_goes_by_letter_and_no_other(
    client: FlaskClient, talk: Conversation, at_the_desk: Person, channel: str
) -> None:
    client.post(address(talk, "address"), data={"email": "visitor@customer.example"})
    with unit_of_work():
        assert talk.person is not None
        before = Conversation.open(talk.person, channel)
        before.say(talk.person, "My first question")
        talk.say(at_the_desk, "This you have read")
    db.session.refresh(talk)
    client.post(address(talk, "marks"), data={"seq": talk.last_seq})
    with unit_of_work():
        if channel == "email":
            before.say(at_the_desk, "This went by mail")
        talk.say(at_the_desk, "Here is your answer")
        talk.merge_into(before, at_the_desk)
    drain()
    clock.forward(timedelta(minutes=40))
    drain()
    letters = db.session.scalars(select(PostedLetter).where(PostedLetter.text.contains("you had left our chat"))).all()
    assert ["Here is your answer" in letter.text for letter in letters] == [True]
    assert "have read" not in letters[0].text and "went by mail" not in letters[0].text
    path = letters[0].text.partition("http://localhost")[2].split()[0]
    assert "Here is your answer" in client.application.test_client().get(path, follow_redirects=True).text


def test_a_page_that_missed_a_merge_still_sends_to_where_the_conversation_goes_on(
    client: FlaskClient, talk: Conversation, at_the_desk: Person
) -> None:
    with unit_of_work():
        assert talk.person is not None
        before = Conversation.open(talk.person, "chat")
        before.say(talk.person, "My first question")
        talk.merge_into(before, at_the_desk)
    sent = client.post(address(talk, "entries"), data={"words": "Are you there?"}, headers=PART)
    assert sent.headers["Chat-Moved"] == before.reference and f"/chat/{before.reference}/entries/" in sent.text
    shown = client.get(address(talk), follow_redirects=True).text
    assert "Are you there?" in shown and "My first question" in shown


def test_a_page_that_missed_a_merge_ends_the_conversation_where_it_goes_on(
    client: FlaskClient, talk: Conversation, at_the_desk: Person
) -> None:
    with unit_of_work():
        assert talk.person is not None
        before = Conversation.open(talk.person, "chat")
        talk.merge_into(before, at_the_desk)
    assert before.reference in client.post(address(talk, "closure")).location
    db.session.expire_all()
    assert before.closure() is not None and talk.closure() is None


def test_a_letters_link_opens_what_a_conversation_was_merged_into_also_from_a_page_that_was_open_before(
    app: Flask, talk: Conversation, eve: Person, at_the_desk: Person
) -> None:
    before, after, late = (app.test_client() for _ in range(3))
    with unit_of_work():
        assert talk.person is not None
        letters = Conversation.open(talk.person, "email")
        letters.say(talk.person, "My letter")
        link = f"/chat/link/{talk.link_token(talk.person)}"
    before.get(link)
    with unit_of_work():
        talk.merge_into(letters, at_the_desk)
    assert "My letter" in after.get(link, follow_redirects=True).text
    sent = before.post(address(talk, "entries"), data={"words": "From the old page"}, follow_redirects=True)
    assert sent.status_code == 200 and sent.request.path == address(letters) and "From the old page" in sent.text
    with unit_of_work():
        other = Conversation.open(eve, "chat")
        letters.merge_into(other, at_the_desk, share=True)
        other.part_out(talk.person)
    assert late.get(link, follow_redirects=True).status_code == 404
    assert before.post(address(talk, "entries"), data={"words": "To nobody"}).status_code == 404 and "To nobody" not in bodies()


def test_a_chat_merged_into_a_thread_of_letters_goes_on_without_asking(
    client: FlaskClient, talk: Conversation, at_the_desk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work():
        letters = Conversation.open(talk.person, "email")
        letters.say(talk.person, "Dear Grace")
    told: list[str] = []
    monkeypatch.setattr(live, "send", lambda stream, text: told.append(text) if stream == public_stream(letters.id) else None)
    with unit_of_work():
        letters.say(at_the_desk, "Dear Ada")
    assert told == []
    with unit_of_work():
        talk.merge_into(letters, at_the_desk)
    with unit_of_work():
        letters.say(at_the_desk, "Here is your answer")
    assert any("Here is your answer" in text for text in told)
    assert "Here is your answer" in client.get(address(talk), follow_redirects=True).text


@pytest.mark.parametrize(("rest", "data"), [("", {"words": "You are all thieves"}), ("/deletion", {})])
def test_a_blocked_visitor_changes_nothing_of_what_they_wrote_and_is_told_why(
    client: FlaskClient, talk: Conversation, at_the_desk: Person, rest: str, data: dict[str, str]
) -> None:
    entry = db.session.scalars(select(Entry).where(Entry.voice == "customer")).one()
    with unit_of_work():
        Block.make(talk.person, at_the_desk)
    place = f"/chat/{talk.reference}/entries/{entry.id}"
    answer = client.post(f"{place}{rest}", data=data)
    assert answer.status_code == 403 and "cannot take messages from you" in answer.text
    assert client.get(f"{place}/edit").status_code == 403
    db.session.expire_all()
    assert (entry.body, entry.edited_at, entry.deleted_at) == ("What does it cost?", None, None)


def test_a_blocked_visitor_is_told_why_nothing_is_sent(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    with unit_of_work():
        Block.make(talk.person, at_the_desk)
    for headers in (PART, {}):
        refused = client.post(address(talk, "entries"), data={"words": "And another thing"}, headers=headers)
        assert refused.status_code == 403 and "We cannot take messages from you here." in refused.text
    assert bodies() == ["What does it cost?"]


def test_strangers_find_no_door(talk: Conversation, eve: Person, grace: Person, client_of: Browsers, at_the_desk: Person) -> None:
    entry = first_message()
    stranger = client_of(eve).application.test_client()
    reads = ["", "/since/0", "/before/99", "/log", f"/entries/{entry.id}/edit"]
    writes = ["/entries", f"/entries/{entry.id}", f"/entries/{entry.id}/deletion", "/typing", "/marks", "/pages", "/person", "/address"]
    writes += ["/copy", "/closure"]
    for browser in (stranger, client_of(eve), client_of(grace)):
        assert {browser.get(address(talk) + path).status_code for path in reads} == {404}
        assert {browser.post(address(talk) + path, data={"words": "x"}).status_code for path in writes} == {404}
    assert bodies() == ["What does it cost?"] and newest().state == "open"


def test_a_visitor_is_refused_another_visitors_socket(client: FlaskClient, talk: Conversation, app: object) -> None:
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Origin": "http://localhost",
    }
    stranger = client.application.test_client()
    assert stranger.get(address(talk, "live"), headers=handshake, base_url="ws://localhost").status_code == 404
    other = {**handshake, "Origin": "http://evil.example"}
    assert client.get(address(talk, "live"), headers=other, base_url="ws://localhost").status_code == 403


def test_marks_never_go_past_the_end(client: FlaskClient, talk: Conversation) -> None:
    for seq in ("99999", "-5", "x", ""):
        assert client.post(address(talk, "marks"), data={"seq": seq}).status_code == 204
    marks = db.session.scalars(select(Participant.last_read_seq).where(Participant.role == "customer")).all()
    assert marks == [newest().last_seq]
