"""The next conversation goes to whoever is here, able, in the team, least laden, and known to the person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts.models import Membership, Person, Team
from app.conversations.models import Availability, Conversation, Skill, fill, place, queue_position, requeue_away
from app.lib import clock
from app.lib.db import add, unit_of_work


@pytest.fixture
def both_here(grace: Person, linus: Person) -> None:
    with unit_of_work():
        for agent in (grace, linus):
            Availability.of(agent).come()


def asked(person: Person, channel: str = "chat") -> Conversation:
    row = Conversation.open(person, channel)
    row.say(person, "hello")
    return row


def test_nobody_gets_it_while_nobody_is_here(talk: Conversation, grace: Person) -> None:
    with unit_of_work():
        assert place(talk) is None and queue_position(talk) == 1


@pytest.mark.usefixtures("both_here")
def test_conversations_are_spread_over_those_who_are_here(ada: Person, eve: Person, grace: Person, linus: Person) -> None:
    with unit_of_work():
        first, second = asked(ada), asked(eve)
        assert {place(first), place(second)} == {grace, linus}


@pytest.mark.usefixtures("both_here")
def test_a_person_comes_back_to_the_agent_they_know(ada: Person, grace: Person, linus: Person) -> None:
    with unit_of_work():
        one = asked(ada)
        known = place(one)
        assert place(asked(ada)) is known


def test_a_full_desk_gets_nothing_until_something_is_closed(ada: Person, eve: Person, grace: Person) -> None:
    with unit_of_work():
        mine = Availability.of(grace)
        mine.come()
        mine.carry(1)
        first, second = asked(ada), asked(eve)
        assert place(first) is grace and place(second) is None
        assert queue_position(second) == 1
        first.close(grace)
        assert fill() == 1 and second.assignee is grace


@pytest.mark.usefixtures("both_here")
def test_team_and_skill_are_asked_for(ada: Person, grace: Person, linus: Person) -> None:
    with unit_of_work():
        team = add(Team(name="Billing", slug="billing"))
        add(Membership(person_id=linus.id, team_id=team.id))
        add(Skill(person_id=linus.id, slug="german"))
        row = Conversation.open(ada, "chat", team=team, skill="german")
        assert place(row) is linus
        other = Conversation.open(ada, "chat", skill="french")
        assert place(other) is None


def test_a_closed_desk_takes_nothing_and_its_chats_go_back_into_the_queue(ada: Person, eve: Person, grace: Person) -> None:
    with unit_of_work():
        Availability.of(grace).come()
        row = asked(ada)
        assert place(row) is grace
    clock.forward(timedelta(minutes=2))
    with unit_of_work():
        assert place(asked(eve)) is None
        assert requeue_away() == 0
    clock.forward(timedelta(minutes=5))
    with unit_of_work():
        assert requeue_away() == 1 and row.owner == "queue"


def test_who_waits_for_an_agent_who_went_away_goes_to_somebody_else_and_who_was_answered_stays(
    ada: Person, eve: Person, grace: Person, linus: Person
) -> None:
    with unit_of_work():
        Availability.of(grace).come()
        waiting, answered = asked(ada), asked(eve)
        assert place(waiting) is place(answered) is grace
        Availability.of(grace).leave()
    clock.forward(timedelta(minutes=4))
    with unit_of_work():
        answered.say(grace, "Here it is.")
        assert requeue_away() == 0
    clock.forward(timedelta(minutes=2))
    with unit_of_work():
        Availability.of(grace).renew(), Availability.of(linus).come()
        assert requeue_away() == 1 and place(waiting, but=grace.id) is linus
        assert answered.assignee is grace


@pytest.mark.parametrize("channel", ["chat", "phone"])
def test_what_was_handed_to_an_agent_who_never_opened_the_desk_goes_back_too(
    channel: str, ada: Person, grace: Person, linus: Person
) -> None:
    with unit_of_work():
        row = asked(ada, channel)
        row.transfer(grace, agent=linus)
    clock.forward(timedelta(minutes=4))
    with unit_of_work():
        assert requeue_away() == 0
    clock.forward(timedelta(minutes=2))
    with unit_of_work():
        assert requeue_away() == 1 and row.owner == "queue"


def test_a_call_of_an_agent_who_went_away_goes_back_and_a_letter_stays(ada: Person, eve: Person, grace: Person) -> None:
    with unit_of_work():
        Availability.of(grace).come()
        call, letter = asked(ada, "phone"), asked(eve, "email")
        assert place(call) is place(letter) is grace
        Availability.of(grace).leave()
    clock.forward(timedelta(minutes=6))
    with unit_of_work():
        assert requeue_away() == 1 and (call.owner, letter.owner) == ("queue", "agent")


def test_the_queue_is_first_come_first_served(ada: Person, eve: Person) -> None:
    with unit_of_work():
        first = asked(ada)
        clock.forward(timedelta(seconds=5))
        second = asked(eve)
        assert (queue_position(first), queue_position(second)) == (1, 2)


def test_an_agent_never_answers_themself(grace: Person) -> None:
    with unit_of_work():
        Availability.of(grace).come()
        assert place(asked(grace)) is None
