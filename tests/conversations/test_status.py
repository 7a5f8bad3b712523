"""Open, waiting, snoozed, closed; every change can be found again, and undone where that is promised."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import UNDO_WITHIN, Closure, Conversation, Snooze
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain


def test_closing_says_who_and_when_and_twice_is_once(talk: Conversation, grace: Person) -> None:
    with unit_of_work():
        first = talk.close(grace, "answered")
        assert talk.close(grace) is first
    assert talk.is_closed and first.by is grace and first.reason == "answered"


def test_a_customers_words_open_a_closed_conversation_and_keep_the_closure(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        talk.close(grace)
        talk.say(ada, "One more thing")
    assert talk.state == "open" and talk.reopened_count == 1
    assert db.session.scalars(select(Closure)).one().ended_at is not None and talk.closure() is None


def test_closing_can_be_undone_for_a_few_seconds_only(talk: Conversation, grace: Person) -> None:
    with unit_of_work():
        talk.say(grace, "Here you are")
        talk.close(grace)
        assert talk.undo_close(grace)
    assert talk.state == "waiting" and talk.reopened_count == 0 and db.session.scalar(select(Closure)) is None
    with unit_of_work():
        talk.close(grace)
    clock.forward(UNDO_WITHIN + timedelta(seconds=1))
    assert not talk.undo_close(grace)


def test_a_snooze_wakes_at_its_time_with_a_badge(talk: Conversation, grace: Person) -> None:
    with unit_of_work():
        talk.snooze(clock.now() + timedelta(hours=1), grace)
    assert talk.state == "snoozed"
    clock.forward(timedelta(hours=1, seconds=1))
    drain()
    db.session.refresh(talk)
    assert (talk.state, talk.woke) == ("open", "time")


def test_a_snooze_until_reply_wakes_with_the_customers_words(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        talk.snooze(None, grace)
        talk.say(ada, "Here is the paper")
    assert (talk.state, talk.woke) == ("open", "reply")
    assert db.session.scalars(select(Snooze)).one().why == "reply"


def test_snoozing_again_replaces_the_time(talk: Conversation, grace: Person) -> None:
    with unit_of_work():
        talk.snooze(clock.now() + timedelta(hours=1), grace)
        talk.snooze(clock.now() + timedelta(days=1), grace)
    clock.forward(timedelta(hours=2))
    drain()
    db.session.refresh(talk)
    assert talk.state == "snoozed"


def test_a_closed_conversation_that_is_snoozed_can_be_closed_again(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        talk.close(grace)
        talk.snooze(clock.now() + timedelta(hours=1), grace)
        assert talk.closure() is None
        talk.say(ada, "One more thing")
    with unit_of_work():
        talk.close(grace)
    assert talk.is_closed and talk.closure() is not None
