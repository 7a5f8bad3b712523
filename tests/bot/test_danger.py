"""Danger is heard whoever has the conversation: the team is called, the numbers are given, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.bot.house import house
from app.bot.rules import why_a_person
from app.bot.wordings import weigh
from app.conversations.models import Availability, Conversation, Entry
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain
from app.notifications.models import Notice
from tests.bot.conftest import Say

WORDS = "I want to kill myself"


def spoken(conversation: Conversation, voices: tuple[str, ...] = ("bot", "system")) -> list[str]:
    drain()
    db.session.expire_all()
    found = select(Entry.body).where(Entry.conversation_id == conversation.id, Entry.kind == "message", Entry.voice.in_(voices))
    return list(db.session.scalars(found.order_by(Entry.seq)))


def rung(person: Person) -> list[str]:
    drain()
    db.session.expire_all()
    return list(db.session.scalars(select(Notice.title).where(Notice.person_id == person.id, Notice.topic == "desk.danger")))


@pytest.fixture
def talk(ada: Person) -> Callable[[str, str], Conversation]:
    """Gives a function that begins a conversation on a channel, owned by nobody, the queue or an agent."""

    def begin(channel: str, owner: str) -> Conversation:
        with unit_of_work():
            row = Conversation.open(ada, channel, owner=owner)
            row.say(ada, "Hello")
        drain()
        return row

    return begin


@pytest.mark.parametrize("owner", ["queue", "none"])
def test_in_the_queue_the_numbers_are_given_and_the_team_is_called(
    talk: Callable[[str, str], Conversation], ada: Person, grace: Person, owner: str
) -> None:
    row = talk("chat", owner)
    with unit_of_work():
        row.say(ada, WORDS)
    assert spoken(row) == [house().crisis]
    assert row.priority == "urgent" and [tag.slug for tag in row.tags] == ["danger"]
    assert rung(grace) == [f"Words of danger in {row.reference}"]


def test_while_a_person_has_it_they_are_called_and_the_numbers_are_given_once(
    talk: Callable[[str, str], Conversation], ada: Person, grace: Person, linus: Person
) -> None:
    row = talk("chat", "queue")
    with unit_of_work():
        Availability.of(grace).come(timedelta(hours=1))
        row.assign(grace)
        row.say(ada, WORDS)
        row.say(ada, "I mean it, I want to die")
    assert spoken(row) == [house().crisis]
    assert rung(grace) == [f"Words of danger in {row.reference}"]
    assert rung(linus) == []
    with clock.at(clock.now() + timedelta(hours=7)):
        with unit_of_work():
            row.say(ada, WORDS)
        assert spoken(row) == [house().crisis, house().crisis]


def test_by_letter_the_team_is_called_and_no_machine_answers(talk: Callable[[str, str], Conversation], ada: Person, grace: Person) -> None:
    row = talk("email", "queue")
    with unit_of_work():
        row.say(ada, WORDS, channel="email")
    assert spoken(row) == []
    assert rung(grace) == [f"Words of danger in {row.reference}"]


def test_what_the_bot_owns_it_answers_itself_and_raises_the_same_alarm_once(say: Say, grace: Person) -> None:
    row = say(WORDS)
    assert spoken(row) == [house().crisis]
    assert rung(grace) == [f"Words of danger in {row.reference}"]


def test_where_the_bot_is_off_no_machine_speaks_but_the_team_is_called(
    app: Flask, talk: Callable[[str, str], Conversation], ada: Person, grace: Person
) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], bot=False)
    row = talk("chat", "queue")
    with unit_of_work():
        row.say(ada, WORDS)
    assert spoken(row) == [] and rung(grace) == [f"Words of danger in {row.reference}"]


def test_an_agents_words_and_harmless_ones_raise_nothing(talk: Callable[[str, str], Conversation], ada: Person, grace: Person) -> None:
    row = talk("chat", "queue")
    with unit_of_work():
        row.say(ada, "This commute is killing me, ha ha")
        row.say(grace, "If you want to kill yourself, call 988.")
    assert spoken(row) == [] and rung(grace) == []


IMPATIENT = [
    "is anyone there?",
    "Anyone there?",
    "I want someone to answer me",
    "there is no point in paying",
    "I don't want to continue",
    "I want to stop",
    "I'm done",
    "I’m done for today",
    "Hello, is anyone there please??",
    "please help me",
    "can someone help me",
    "I have had enough of waiting",
    "please stop sending me emails",
    "goodbye",
    "ok thanks, bye bye",
]


@pytest.mark.parametrize("words", IMPATIENT)
def test_words_of_impatience_are_no_danger(app: Flask, words: str) -> None:
    assert weigh(words) == ""


@pytest.mark.parametrize(
    "words", ["I'm done with life", "goodbye, I won't be here tomorrow, I want to die", "I want it all to stop, I have pills"]
)
def test_the_same_words_with_more_are(app: Flask, words: str) -> None:
    assert weigh(words) == "crisis"


def test_who_asks_in_the_queue_whether_anyone_is_there_gets_no_numbers(
    talk: Callable[[str, str], Conversation], ada: Person, grace: Person
) -> None:
    row = talk("chat", "queue")
    with unit_of_work():
        row.say(ada, "is anyone there?")
    assert spoken(row) == [] and rung(grace) == [] and row.priority == "normal"


def test_no_message_waits_until_its_words_are_weighed(
    talk: Callable[[str, str], Conversation], ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, weighed = talk("chat", "queue"), list[str]()
    monkeypatch.setattr("app.bot.danger.weigh", lambda words: weighed.append(words) or "")
    with unit_of_work():
        row.say(ada, "Is my invoice ready?")
    assert weighed == []
    drain()
    assert weighed == ["Is my invoice ready?"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("I am an attorney and would like to book a call", False),
        ("Do you work with lawyers?", False),
        ("You will hear from my lawyer", True),
        ("I am calling my attorney", True),
        ("My lawyer will be in touch", True),
    ],
)
def test_a_lawyer_is_a_customer_until_one_is_brought_in(words: str, complaint: bool) -> None:
    assert (why_a_person(words) == "complaint") is complaint
