"""What agents carry by turn is for admins to say, and holds at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.conversations.models import Availability, Conversation, Skill
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain

ClientOf = Callable[[Person], FlaskClient]


def load(agent: Person) -> str:
    return f"/desk/agents/{agent.id}/load"


def asked(person: Person, skill: str | None = None) -> Conversation:
    with unit_of_work():
        row = Conversation.open(person, "chat", skill=skill)
        row.say(person, "Hello")
    return row


def assignee(row: Conversation) -> Person | None:
    drain()
    db.session.expire_all()
    return row.assignee


def test_an_admin_says_how_much_an_agent_carries_and_a_raise_takes_from_the_queue_at_once(
    ada: Person, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    desk = client_of(linus)
    assert 'value="5"' in desk.get(f"/desk/people/{grace.id}").text
    desk.post(load(grace), data={"capacity": "0", "skills": ""})
    with unit_of_work():
        Availability.of(grace).come(timedelta(hours=1))
    row = asked(ada)
    assert assignee(row) is None
    page = desk.post(load(grace), data={"capacity": "2.5", "skills": ""}, follow_redirects=True).text
    assert 'value="2.5"' in page and assignee(row) is grace


def test_a_conversation_that_asks_for_a_skill_waits_until_somebody_here_has_it(
    ada: Person, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        Availability.of(grace).come(timedelta(hours=1))
    row = asked(ada, "spanish")
    assert assignee(row) is None
    page = client_of(linus).post(load(grace), data={"capacity": "5", "skills": "Spanish, part-time; "}, follow_redirects=True).text
    assert 'value="part-time, spanish"' in page and assignee(row) is grace
    client_of(linus).post(load(grace), data={"capacity": "5", "skills": "billing"})
    assert list(db.session.scalars(Skill.of(grace))) == ["billing"]


@pytest.mark.parametrize("capacity", ["", "many", "-1", "51", "nan", "inf"])
def test_a_number_that_is_none_changes_nothing(capacity: str, grace: Person, linus: Person, client_of: ClientOf) -> None:
    page = client_of(linus).post(load(grace), data={"capacity": capacity, "skills": "spanish"}, follow_redirects=True).text
    assert "a number from 0 to 50" in page
    assert Availability.of(grace).capacity == 5 and list(db.session.scalars(Skill.of(grace))) == []


def test_only_admins_say_so_and_only_of_people_who_work_here(
    app: Flask, ada: Person, eve: Person, grace: Person, linus: Person, client: FlaskClient, client_of: ClientOf
) -> None:
    given = {"capacity": "9", "skills": "spanish"}
    assert [client_of(who).post(load(grace), data=given).status_code for who in (eve, ada, grace)] == [403, 403, 403]
    assert client.post(load(grace), data=given).status_code in {303, 401}
    assert client_of(linus).post(load(ada), data=given).status_code == 404
    assert "Conversations by turn" not in client_of(linus).get(f"/desk/people/{ada.id}").text
    assert Availability.of(grace).capacity == 5
