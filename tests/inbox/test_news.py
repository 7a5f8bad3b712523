"""What rings at the desk: given to me, mentioned, answered, watched, nearly late; and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Membership, Person, Team
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from app.notifications.channels import topic
from app.notifications.models import Notice, PushSubscription, wished
from app.tickets.models import Ticket
from tests.pushes import Service, Subscribed, seated
from tests.standin import serving

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture
def asked(app: Flask, ada: Person) -> Conversation:
    with unit_of_work():
        row = Conversation.open(ada, "form", subject="The link is broken")
        row.say(ada, "I cannot open my plan.")
        Ticket.make(row, way="form")
    drain()
    return row


def rung(person: Person) -> list[tuple[str, str]]:
    drain()
    db.session.expire_all()
    found = select(Notice.topic, Notice.title).where(Notice.person_id == person.id, Notice.at_bell).order_by(Notice.id)
    return [(topic, title) for topic, title in db.session.execute(found)]


def test_whoever_is_given_a_conversation_hears_of_it_and_whoever_takes_one_does_not(
    asked: Conversation, grace: Person, linus: Person
) -> None:
    with unit_of_work():
        asked.assign(grace, linus)
    assert rung(grace) == [("desk.assigned", f"{linus.display_name} gave you a conversation")]
    with unit_of_work():
        asked.assign(linus, linus)
    assert rung(linus) == []


def test_an_answer_by_letter_rings_for_its_agent_and_a_chat_message_does_not(ada: Person, grace: Person, asked: Conversation) -> None:
    with unit_of_work():
        asked.assign(grace, grace)
        asked.say(ada, "Are you there?")
        chat = Conversation.open(ada, "chat")
        chat.assign(grace, grace)
        chat.say(ada, "Hello")
    assert rung(grace) == [("desk.replied", f"An answer in {asked.reference}")]


def test_words_from_before_somebody_had_the_conversation_are_no_answer_to_them(
    ada: Person, grace: Person, linus: Person, asked: Conversation
) -> None:
    with unit_of_work():
        asked.say(ada, "Are you there?")
    with unit_of_work():
        asked.assign(grace, linus)
    assert rung(grace) == [("desk.assigned", f"{linus.display_name} gave you a conversation")]
    with unit_of_work():
        asked.say(ada, "Still here?")
    assert rung(grace)[1:] == [("desk.replied", f"An answer in {asked.reference}")]


@pytest.fixture
def pushes(app: Flask) -> Iterator[str]:
    """Where a browser's push service would be."""
    Service.given, Service.status, before = [], 201, app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, push_hosts="127.0.0.1")
    with serving(Service) as url:
        yield url
    app.config["SETTINGS"] = before


def test_a_chat_is_pushed_to_its_agent_once_until_they_look_and_not_while_they_do(
    pushes: str, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        PushSubscription.keep(seated(grace), Subscribed(pushes).to_json())
        chat = Conversation.open(ada, "chat")
        chat.assign(grace, grace)
    desk, thread = client_of(grace), f"/desk/conversations/{chat.id}"

    def pushed(words: str) -> int:
        with unit_of_work():
            chat.say(ada, words)
        drain()
        return db.session.scalar(select(func.sum(Notice.count)).where(Notice.topic == "desk.chat", Notice.read_at.is_(None))) or 0

    assert [pushed("Hello"), pushed("Anybody?")] == [1, 2] and rung(grace) == []
    desk.post(f"{thread}/presence"), desk.post(f"{thread}/reading", data={"seq": chat.last_seq})
    assert pushed("Thank you") == 0
    clock.forward(timedelta(minutes=2))
    assert pushed("One thing more") == 1
    assert len(Service.given) == 2 and wished(grace, topic("desk.chat")) == {"push"}


def test_a_chat_of_an_agent_without_a_browser_to_push_to_is_no_news(ada: Person, grace: Person) -> None:
    with unit_of_work():
        chat = Conversation.open(ada, "chat")
        chat.assign(grace, grace)
        chat.say(ada, "Hello")
    drain()
    assert db.session.scalars(select(Notice)).all() == []


def test_whoever_has_a_conversation_before_their_eyes_needs_no_letter_about_it(
    asked: Conversation, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        asked.assign(grace, linus)
    drain()
    client_of(grace).post(f"/desk/conversations/{asked.id}/reading", data={"seq": asked.last_seq})
    clock.forward(timedelta(minutes=20))
    drain()
    assert Notice.unread(grace) == 0
    assert db.session.scalars(select(PostedLetter).where(PostedLetter.to == grace.email)).all() == []


def test_whoever_is_mentioned_hears_of_it_and_watches_from_then_on(
    ada: Person, asked: Conversation, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    desk = client_of(linus)
    desk.post(f"/desk/conversations/{asked.id}/messages", data={"words": "@grace could you look?", "kind": "note"})
    assert ("desk.mentioned", f"{linus.display_name} mentioned you") in rung(grace)
    with unit_of_work():
        asked.say(ada, "Anybody?")
    assert ("desk.watched", f"New words in {asked.reference}") in rung(grace)


def test_who_watches_hears_of_words_closing_and_reopening_until_they_stop(
    asked: Conversation, ada: Person, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    desk = client_of(grace)
    assert "Watch it" in desk.get(f"/desk/conversations/{asked.id}").text
    desk.post(f"/desk/conversations/{asked.id}/watching", data={"watch": "yes"})
    assert "Stop watching" in desk.get(f"/desk/conversations/{asked.id}").text
    with unit_of_work():
        asked.say(linus, "We look at it.")
    assert rung(grace) == [("desk.watched", f"New words in {asked.reference}")]
    with unit_of_work():
        asked.close(linus)
    assert rung(grace) == [("desk.watched", f"{asked.reference} was closed")]
    desk.post(f"/desk/conversations/{asked.id}/watching", data={"watch": "no"})
    with unit_of_work():
        asked.say(ada, "Thank you!")
    assert rung(grace) == [("desk.watched", f"{asked.reference} was closed")]


def test_nobody_hears_of_their_own_words(asked: Conversation, grace: Person) -> None:
    with unit_of_work():
        asked.watch(grace)
        asked.say(grace, "We look at it.")
    assert rung(grace) == []


def test_a_promise_that_is_nearly_late_rings_for_its_agent_or_for_the_team_while_nobody_has_it(
    asked: Conversation, grace: Person, linus: Person
) -> None:
    with unit_of_work():
        team = add(Team(name="Technical", slug="technical"))
        add(Membership(person_id=linus.id, team_id=team.id))
        asked.move_to(team)
    due = asked.next_due_at
    assert due is not None
    with clock.at(due + timedelta(seconds=5)):
        topics = {topic for topic, _ in rung(linus)}
        assert topics == {"desk.promise"}
        assert rung(grace) == []
        with unit_of_work():
            asked.assign(grace, grace)
            (Ticket.of(asked) or Ticket()).escalate(linus, "They called again.")
        assert [topic for topic, _ in rung(grace)] == ["desk.promise"]


def test_a_customer_hears_nothing_of_the_desk_and_cannot_watch(
    asked: Conversation, ada: Person, client_of: ClientOf, client: FlaskClient
) -> None:
    assert client_of(ada).post(f"/desk/conversations/{asked.id}/watching", data={"watch": "yes"}).status_code == 403
    assert client.post(f"/desk/conversations/{asked.id}/watching", data={"watch": "yes"}).status_code == 401
    assert [topic for topic, _ in rung(ada) if topic.startswith("desk.")] == []


def test_a_poor_rating_rings_for_whoever_had_it_when_it_was_closed(ada: Person, grace: Person, linus: Person, asked: Conversation) -> None:
    ticket = Ticket.of(asked) or pytest.fail("no ticket")
    with unit_of_work():
        asked.assign(grace, grace)
        asked.close(grace)
        asked.assign(linus, linus)
        ticket.rate(ada, 2, "Nobody listened.")
    assert rung(grace) == [("desk.rated", f"Rated 2 of 5, talk to them: {asked.reference}")] and rung(linus) == []
