"""The bot in a chat: it answers once, never after a person, and brings people with a brief."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.bot.house import PERSON, House
from app.bot.responder import Bot
from app.conversations.models import Availability, Conversation
from app.help.models import Asked
from app.lib import clock, content
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from app.tickets.models import Ticket
from tests.bot.conftest import Say, newest, spoken


def test_it_answers_says_what_it_is_and_offers_a_person(client: FlaskClient, say: Say) -> None:
    talk = say("what are your opening hours")
    page = client.get(f"/chat/{talk.reference}").text
    assert talk.owner == "bot" and "8:00 to 18:00" in page and '<span class="badge">Bot</span>' in page
    assert f'form="chat-chip" name="words" value="{PERSON}"' in page and 'id="chat-chip"' in page
    log = client.get(f"/chat/{talk.reference}/log").text
    assert 'id="chat-chip"' in log and f'value="{PERSON}"' in log


def test_the_quick_reply_brings_a_person_at_the_first_press(grace: Person, say: Say) -> None:
    with unit_of_work():
        Availability.of(grace).come(timedelta(hours=2))
    say("what are your opening hours")
    talk = say(PERSON)
    assert (talk.owner, talk.assignee) == ("agent", grace)
    (brief,) = spoken("bot", "note")
    assert "Asked for a person" in brief.body and "intent:opening-hours" in brief.body and not brief.public


def test_the_brief_is_for_the_desk_alone(client: FlaskClient, say: Say) -> None:
    talk = say("this is a scam")
    assert "complaint" in spoken("bot", "note")[0].body and talk.priority == "high"
    assert "Sounds like a complaint" not in client.get(f"/chat/{talk.reference}/since/0").text


def test_two_weak_answers_hand_over_and_stand_on_the_gap_board(say: Say) -> None:
    say("what is the weather in boston")
    talk = say("blah fnord zork")
    assert talk.owner == "queue"
    asked = db.session.scalars(select(Asked).where(Asked.source == "bot")).all()
    assert [one.words for one in asked] == ["what is the weather in boston", "blah fnord zork"]


def test_danger_alarms_people_at_once(say: Say) -> None:
    talk = say("I want to kill myself")
    assert talk.owner == "queue" and talk.priority == "urgent" and "988" in spoken("bot")[0].body


def test_it_never_speaks_after_a_person_did(say: Say, grace: Person) -> None:
    talk = say("hello")
    with unit_of_work():
        asked = talk.say(talk.person, "when are you open")  # type: ignore[arg-type]
        talk.say(grace, "Hi, Grace here.")
    before = len(spoken("bot"))
    with unit_of_work():
        Bot().respond(talk.id, asked.id)
    drain()
    assert len(spoken("bot")) == before and db.session.get_one(Conversation, talk.id).owner == "agent"


def test_an_agent_who_is_quicker_wins_the_race(say: Say, grace: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = say("hello")
    seen = talk.last_seq
    with unit_of_work():
        talk.say(grace, "I am faster.")
    with unit_of_work():
        assert db.session.get_one(Conversation, talk.id).answer("Too late", read_seq=seen) is None


def test_a_repeated_errand_answers_once(say: Say) -> None:
    talk = say("when are you open")
    asked = spoken("customer")[0]
    with unit_of_work():
        Bot().respond(talk.id, asked.id)
    assert len(spoken("bot")) == 1


def test_it_is_silent_where_the_house_says_so(say: Say) -> None:
    talk = say("does it cost extra", page="/checkout/steady-caseload")
    assert talk.owner == "queue" and spoken("bot") == []


def test_danger_is_answered_even_where_the_bot_is_silent(say: Say) -> None:
    talk = say("I want to kill myself", page="/checkout/steady-caseload")
    assert talk.owner == "queue" and talk.priority == "urgent" and "988" in spoken("bot")[0].body


@pytest.mark.parametrize("answers", ["never", ""])
def test_a_house_with_a_wrong_word_for_its_hours_leaves_it_to_people(app: Flask, answers: str) -> None:
    assert not House(answers=answers).is_on and House().is_on


def test_a_flow_can_end_in_a_ticket(say: Say) -> None:
    for words in ("where is my order", "No, I bought as a guest", "2041", "ada@practice.example"):
        talk = say(words)
    ticket = Ticket.of(talk)
    assert ticket is not None and talk.owner == "queue"
    brief = spoken("bot", "note")[0].body
    assert "2041" in brief and "ada@practice.example" in brief


def test_the_address_told_in_a_flow_is_where_the_answer_goes(say: Say, grace: Person) -> None:
    for words in ("where is my order", "No, I bought as a guest", "NL-10042", "Guest@buyer.example"):
        talk = say(words)
    assert talk.person is not None and talk.person.claimed_email == "guest@buyer.example"
    with unit_of_work():
        talk.say(grace, "It left yesterday")
    drain()
    clock.forward(timedelta(minutes=40))
    drain()
    sent = select(PostedLetter.to).where(PostedLetter.text.contains("It left yesterday"))
    assert db.session.scalars(sent).all() == ["guest@buyer.example"]


def test_eve_cannot_answer_for_somebody_else(app: Flask, say: Say) -> None:
    talk = say("hello")
    assert app.test_client().post(f"/chat/{talk.reference}/entries", data={"words": PERSON}).status_code in {403, 404}
    assert newest().owner == "bot"  # type: ignore[union-attr]


def test_the_linter_finds_nothing_in_the_firms_own_files(app: Flask) -> None:
    assert [problem for problem in content.checked() if problem.path.startswith("bot")] == []
