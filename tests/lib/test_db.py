"""Rows: instants keep their instant, the commit is one, and what waited for it runs after it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import StatementError

from app.accounts.models import Person
from app.conversations.models import Availability, Conversation
from app.inbox.models import Draft
from app.lib import clock
from app.lib.db import add, after_commit, claim, commit, db, let_go, roll_back, unit_of_work
from app.lib.outbox import Errand


def test_an_instant_comes_back_as_the_same_instant_in_utc(app: Flask) -> None:
    moment = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York"))
    with unit_of_work():
        row = add(Errand(handler="x", payload={}, due_at=moment))
    db.session.expire_all()
    assert row.due_at == moment.astimezone(UTC) and row.due_at.tzinfo is UTC


def test_a_naive_time_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="naive"):
        add(Errand(handler="x", payload={}, due_at=datetime(2026, 1, 1)))
    roll_back()


def test_what_waits_for_the_commit_runs_after_it_and_only_then(app: Flask) -> None:
    heard: list[str] = []
    after_commit(lambda: heard.append("lost"))
    roll_back()
    after_commit(lambda: heard.append("kept"))
    assert heard == []
    commit()
    commit()
    assert heard == ["kept"]


def test_a_claim_succeeds_once(app: Flask) -> None:
    with unit_of_work():
        person = add(Person(name="Ada"))
    take = update(Person).where(Person.id == person.id, Person.name == "Ada").values(name="Taken")
    assert (claim(take), claim(take)) == (True, False)


def test_two_who_want_the_only_row_of_its_kind_at_once_get_the_same(app: Flask) -> None:
    with unit_of_work():
        agent = add(Person(name="Grace", role="agent")).id
    ready = threading.Barrier(2)

    def wanted(_turn: int) -> int:
        with app.app_context(), app.test_request_context(), unit_of_work():
            person = db.session.get_one(Person, agent)
            ready.wait(10)
            return Availability.of(person).id

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(wanted, range(2))
    assert one == other


def test_two_windows_of_one_agent_save_a_draft_tag_and_take_part_at_once(app: Flask) -> None:
    with unit_of_work():
        agent, customer = add(Person(name="Grace", role="agent")), add(Person(name="Ada", email="ada@x.example"))
        talk = Conversation.open(customer, "chat").id
        grace = agent.id
    ready = threading.Barrier(2)

    def window(number: int) -> None:
        with app.app_context(), app.test_request_context(), unit_of_work():
            person, conversation = db.session.get_one(Person, grace), db.session.get_one(Conversation, talk)
            ready.wait(10)
            Draft.keep(conversation, person, "reply", f"Words of window {number}")
            conversation.tag("billing", person)
            conversation.take_part(person, "agent")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(window, range(2)))
    conversation = db.session.get_one(Conversation, talk)
    assert Draft.of(conversation, db.session.get_one(Person, grace))["reply"].startswith("Words of window")
    assert [tag.slug for tag in conversation.tags] == ["billing"]


def test_an_error_undoes_the_whole_piece_of_work(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work():
        add(Person(name="Ada"))
        raise ZeroDivisionError
    assert db.session.scalars(select(Person)).all() == []


def test_the_clock_moves_for_tests() -> None:
    start = clock.now()
    clock.forward(timedelta(days=1))
    assert clock.now() - start >= timedelta(days=1)
    clock.reset()
    with clock.at(datetime(2026, 3, 29, 1, 0, tzinfo=UTC)):
        assert clock.now().isoformat() == "2026-03-29T01:00:00+00:00"
    assert clock.now() - start < timedelta(minutes=1)


def test_no_lock_is_held_while_we_wait_for_another_machine(app: Flask) -> None:
    with unit_of_work():
        person = add(Person(name="Ada"))
    assert person.name == "Ada"
    let_go()
    assert not db.session().in_transaction()
    person.name = "Changed"
    with pytest.raises(RuntimeError):
        let_go()
    roll_back()
