"""How a chat begins: one visitor, one conversation, in the right hands, and an honest word when nobody is here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts import demo as people
from app.accounts.models import Person, Visitor
from app.chat import demo, first_responder
from app.chat.models import CallBack, NoSlot
from app.chat.reception import call_slots
from app.chat.routes import home
from app.conversations.models import Block, Conversation, Entry, Participant
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.outbox import drain
from tests.chat.conftest import SHUT, newest
from tests.together import meeting, together

Browsers = Callable[[Person], FlaskClient]


class Echo:
    """A bot that says what it heard."""

    name = "Northlight assistant"
    broken = False

    def ready(self, page: str = "") -> bool:
        return True

    def respond(self, conversation_id: int, entry_id: int) -> None:
        if self.broken:
            raise RuntimeError("no answer")
        conversation = db.session.get_one(Conversation, conversation_id)
        conversation.answer(f"You said: {db.session.get_one(Entry, entry_id).body}", read_seq=conversation.last_seq)


@pytest.fixture
def bot(app: Flask) -> Echo:
    echo = Echo()
    first_responder.register(echo)
    return echo


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_looking_makes_no_cookie_and_no_row(client: FlaskClient) -> None:
    for path in ("/chat", "/chat/call", "/chat/past"):
        answer = client.get(path)
        assert answer.status_code == 200 and "fd_visitor" not in answer.headers.get("Set-Cookie", "")
    assert count(Visitor) == count(Conversation) == 0


def test_the_first_message_makes_the_visitor_and_goes_to_whoever_is_here(talk: Conversation, at_the_desk: Person) -> None:
    assert count(Visitor) == 1 and talk.assignee is at_the_desk and talk.opened_from["page"] == "/programmes"
    assert talk.reference == "FD-1001"


def test_the_same_form_sent_twice_begins_one_conversation(client: FlaskClient, at_the_desk: Person) -> None:
    form = {"words": "Hello", "opening_id": "0190aaaa-bbbb-cccc-dddd-eeeeffff0001", "client_id": "hello-0001"}
    first, second = client.post("/chat", data=form), client.post("/chat", data=form)
    assert first.location == second.location and count(Conversation) == 1


def test_a_form_sent_twice_at_the_same_moment_begins_one_conversation_and_both_see_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, at_the_desk: Person
) -> None:
    form = {"words": "Hello", "opening_id": "0190aaaa-bbbb-cccc-dddd-eeeeffff0009"}
    browsers = [app.test_client(), app.test_client()]
    meeting(monkeypatch, home, "begun_before")
    answers = together(*[partial(one.post, "/chat", data=form) for one in browsers])
    assert [answer.status_code for answer in answers] == [303, 303] and answers[0].location == answers[1].location
    assert [one.get(answers[0].location).status_code for one in browsers] == [200, 200] and count(Conversation) == 1


def test_two_who_ask_for_one_time_to_be_called_get_its_two_lanes(app: Flask, monkeypatch: pytest.MonkeyPatch, at_the_desk: Person) -> None:
    time = call_slots()[0]
    with unit_of_work():
        talks = [Conversation.open(add(Person(name=name)), "phone") for name in ("A", "B", "C")]
        monkeypatch.setattr(CallBack, "taken", classmethod(lambda cls, since: set()))
        for talk in talks[:2]:
            assert talk.person is not None
            CallBack.ask(talk, talk.person, "+12025550142", time)
        with pytest.raises(NoSlot):
            CallBack.ask(talks[2], talks[2].person or talks[0].person, "+12025550142", time)
    assert sorted(db.session.scalars(select(CallBack.lane))) == [0, 1]


def test_a_browser_that_lost_the_answer_gets_its_visitor_back(app: Flask, client: FlaskClient, at_the_desk: Person) -> None:
    form = {"words": "Hello", "opening_id": "0190aaaa-bbbb-cccc-dddd-eeeeffff0002"}
    app.test_client().post("/chat", data=form)
    again = client.post("/chat", data=form)
    assert again.status_code == 303 and client.get(again.location).status_code == 200
    assert count(Conversation) == 1 and count(Person) == 2


def test_an_opening_id_is_no_key_for_later(app: Flask, client: FlaskClient, eve: Person, client_of: Browsers, at_the_desk: Person) -> None:
    form = {"words": "Hello", "opening_id": "0190aaaa-bbbb-cccc-dddd-eeeeffff0003"}
    app.test_client().post("/chat", data=form)
    assert client_of(eve).post("/chat", data=form).status_code == 404
    clock.forward(timedelta(minutes=11))
    assert client.post("/chat", data=form).status_code == 404


def test_somebody_signed_in_writes_as_themself(ada: Person, client_of: Browsers, at_the_desk: Person) -> None:
    client_of(ada).post("/chat", data={"words": "Hello"})
    assert newest().person is ada and count(Visitor) == 0


def test_nobody_is_here_the_form_asks_for_an_address_and_says_when(client: FlaskClient) -> None:
    with clock.at(SHUT):
        page = client.get("/chat")
        assert "Your e-mail address" in page.text and "Opens Monday" in page.text
        assert client.post("/chat", data={"words": "Hello"}).status_code == 422
        client.post("/chat", data={"words": "Hello", "email": "new@customer.example", "name": "New"})
    talk = newest()
    assert talk.owner == "queue" and talk.person is not None
    assert (talk.person.email, talk.person.claimed_email, talk.person.role) == (None, "new@customer.example", "visitor")
    away = db.session.scalars(select(Entry).where(Entry.what == "away")).one()
    assert away.public and away.data["reply_by"].startswith("2026-11-23T14:00")
    assert db.session.scalars(select(Participant).where(Participant.wants_copy)).one().person_id == talk.person_id


def test_an_address_of_somebody_known_joins_nobody(client: FlaskClient, ada: Person, client_of: Browsers) -> None:
    with unit_of_work():
        private = Conversation.open(ada, "chat")
        private.say(ada, "my private matter")
    client.post("/chat", data={"words": "I am Ada", "email": "ada@customer.example"})
    assert newest().person is not ada
    assert client.get(f"/chat/{private.reference}").status_code == 404 and "private matter" not in client.get("/chat/past").text
    assert "I am Ada" not in client_of(ada).get("/chat/past").text


def test_the_bot_answers_first_and_steps_aside_when_asked(client: FlaskClient, bot: Echo, at_the_desk: Person) -> None:
    client.post("/chat", data={"words": "Hi"})
    drain()
    talk = newest()
    assert talk.owner == "bot" and talk.last_line == "You said: Hi"
    page = client.get(f"/chat/{talk.reference}")
    assert "Talk to a person" in page.text and "Bot" in page.text
    client.post(f"/chat/{talk.reference}/person")
    assert newest().assignee is at_the_desk
    client.post(f"/chat/{talk.reference}/entries", data={"words": "Are you a person?"})
    drain()
    assert newest().last_line == "Are you a person?"


def test_who_asks_for_a_person_when_nobody_is_there_finds_the_form_for_their_address_open(
    client: FlaskClient, bot: Echo, grace: Person
) -> None:
    client.post("/chat", data={"words": "Hi"})
    drain()
    talk = newest()
    assert '<details class="chat__address">' in client.get(f"/chat/{talk.reference}").text
    client.post(f"/chat/{talk.reference}/person")
    drain()
    assert '<details class="chat__address" open>' in client.get(f"/chat/{talk.reference}").text


def test_a_bot_that_breaks_hands_over_at_once(client: FlaskClient, bot: Echo, at_the_desk: Person) -> None:
    bot.broken = True
    client.post("/chat", data={"words": "Hi"})
    drain()
    assert newest().assignee is at_the_desk


def test_a_blocked_person_cannot_begin(ada: Person, grace: Person, client_of: Browsers) -> None:
    with unit_of_work():
        Block.make(ada, by=grace)
    refused = client_of(ada).post("/chat", data={"words": "Hello"})
    assert refused.status_code == 403 and "We cannot take messages from you here." in refused.text
    assert count(Conversation) == 0


@pytest.mark.parametrize("words", ["", "   ", "x" * 10_001])
def test_nothing_and_too_much_are_refused_with_the_form(client: FlaskClient, at_the_desk: Person, words: str) -> None:
    assert client.post("/chat", data={"words": words}).status_code == 422
    assert count(Conversation) == count(Visitor) == 0


def test_too_many_beginnings_are_stopped(client: FlaskClient, at_the_desk: Person) -> None:
    codes = [client.post("/chat", data={"words": "again"}).status_code for _ in range(8)]
    assert codes[0] == 303 and codes[-1] == 429


def test_strange_pages_and_titles_do_no_harm(client: FlaskClient, at_the_desk: Person) -> None:
    strange = {"page": "//evil.example/x", "title": "<script>x</script>" * 50, "step": "y" * 500}
    assert "<script>x" not in client.get("/chat", query_string=strange).text
    client.post("/chat", data={"words": "Hi", **strange})
    assert newest().opened_from["page"] == "/" and len(newest().opened_from["step"]) == 40


def test_a_page_that_is_no_address_and_an_id_that_is_none_do_no_harm(client: FlaskClient, at_the_desk: Person) -> None:
    assert client.get("/chat", query_string={"page": "/\t/[x"}).status_code == 200
    for opening_id in ("abc", "x" * 300):
        assert client.post("/chat", data={"words": "Hi", "opening_id": opening_id}).status_code == 422
        assert client.post("/chat/call", data={"phone": "+12025550142", "opening_id": opening_id}).status_code == 422


def test_the_demo_has_conversations_of_every_kind(app: Flask) -> None:
    with unit_of_work():
        people.fill()
        demo.fill()
    rows = db.session.scalars(select(Conversation).order_by(Conversation.id)).all()
    assert [row.state for row in rows] == ["closed", "open", "open", "open", "open"]
    assert [row.owner for row in rows] == ["agent", "agent", "agent", "queue", "queue"]
    assert all(row.created_at <= row.last_at <= clock.now() for row in rows)
