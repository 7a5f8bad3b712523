"""The outbox: written with its cause, run once, tried again, and seen when it dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.lib import clock, facts, outbox
from app.lib.db import commit, db, first, roll_back, unit_of_work
from app.lib.leases import Lease
from app.lib.outbox import Errand, cancel, drain, later, reschedule, run

seen: list[str] = []


@outbox.errand("test.note")
def note(words: str) -> None:
    seen.append(words)


@outbox.errand("test.break")
def break_it() -> None:
    raise RuntimeError("the mail server is away")


@outbox.errand("test.hold")
def hold() -> None:
    raise outbox.Held(clock.now() + timedelta(hours=1))


@dataclass(frozen=True, kw_only=True)
class Happened(facts.Fact):
    """Something happened in a test."""

    words: str


@facts.on(Happened)
def hear(fact: Happened) -> None:
    seen.append(f"heard {fact.words}")


@pytest.fixture(autouse=True)
def nothing_seen(app: Flask) -> Iterator[None]:
    seen.clear()
    yield


def only_row() -> Errand:
    db.session.expire_all()
    return db.session.scalars(select(Errand)).one()


def test_what_is_rolled_back_is_never_run() -> None:
    later("test.note", words="lost")
    roll_back()
    assert drain() == 0 and seen == []


def test_who_was_second_with_a_row_still_tells_what_else_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work():
        db.session.add(Lease(name="the only one", holder="a", until=clock.now()))
    nudged: list[int] = []
    monkeypatch.setattr(outbox, "_nudges", [nudged.append])
    with unit_of_work():
        row = later("test.note", words="hello")
        assert not first(Lease(name="the only one", holder="b", until=clock.now()))
    assert nudged == [row.id]


def test_what_is_rolled_back_within_a_savepoint_nudges_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    nudged: list[int] = []
    monkeypatch.setattr(outbox, "_nudges", [nudged.append])
    with db.session.begin_nested():
        later("test.note", words="lost")
        roll_back()
    commit()
    assert nudged == []


def test_a_row_runs_once_even_when_two_workers_look_at_it() -> None:
    with unit_of_work():
        row = later("test.note", words="hello")
    assert run(row.id) is True
    assert run(row.id) is False
    assert seen == ["hello"] and only_row().state == "done"


def test_what_is_due_later_waits_for_its_time() -> None:
    with unit_of_work():
        later("test.note", due_at=clock.now() + timedelta(hours=1), words="in an hour")
    assert drain() == 0
    clock.forward(timedelta(hours=1, seconds=1))
    assert drain() == 1 and seen == ["in an hour"]


def test_a_key_moves_the_waiting_row_instead_of_doubling_it() -> None:
    soon, late = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2)
    with unit_of_work():
        later("test.note", due_at=soon, key="remind:7", words="first")
        later("test.note", due_at=late, key="remind:7", words="second")
    assert only_row().due_at == late and only_row().payload == {"words": "second"}


def test_many_timers_are_set_moved_and_called_off_at_once() -> None:
    soon, late = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2)
    with unit_of_work():
        later("test.note", due_at=soon, key="look:1", words="one")
        later("test.note", due_at=soon, key="look:2", words="two")
        later("test.note", due_at=soon, key="look:3", words="three")
    with unit_of_work():
        reschedule("test.note", {f"look:{n}": (at, {"words": str(n)}) for n, at in ((1, late), (2, None), (4, soon), (5, None))})
    clock.forward(timedelta(hours=1, seconds=1))
    drain()
    assert sorted(seen) == ["4", "three"]
    clock.forward(timedelta(hours=1))
    drain()
    assert sorted(seen) == ["4", "one", "three"]


def after_a_worker_took_it(taken: int, move: Callable[..., bool], *given: Any) -> bool:
    db.session.execute(update(Errand).where(Errand.id == taken).values(state="running"), execution_options={"synchronize_session": False})
    return move(*given)


@pytest.mark.parametrize("several", [False, True])
def test_what_is_moved_as_a_worker_takes_it_comes_once_more(several: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work():
        taken = later("test.note", key="look:1", words="as it was").id
    wanted = clock.now() + timedelta(hours=1)

    monkeypatch.setattr(outbox, "moved", partial(after_a_worker_took_it, taken, outbox.moved))
    with unit_of_work():
        if several:
            reschedule("test.note", {"look:1": (wanted, {"words": "as it is now"})})
        else:
            later("test.note", due_at=wanted, key="look:1", words="as it is now")
    rows = db.session.scalars(select(Errand).order_by(Errand.id)).all()
    assert [(row.state, row.payload["words"]) for row in rows] == [("running", "as it was"), ("waiting", "as it is now")]


def test_cancelling_by_prefix_stops_what_waits_and_nothing_else() -> None:
    with unit_of_work():
        later("test.note", key="remind:7:day", words="a")
        later("test.note", key="remind:77:day", words="b")
        cancel("remind:7:*")
    assert drain() == 1 and seen == ["b"]


def test_a_failing_row_is_tried_again_and_dies_after_eight_attempts() -> None:
    with unit_of_work():
        later("test.break")
    for _ in range(8):
        drain()
        clock.forward(timedelta(hours=13))
    row = only_row()
    assert (row.state, row.attempts) == ("dead", 8)
    assert row.last_error == "RuntimeError: the mail server is away"
    row.retry()
    commit()
    assert only_row().state == "waiting"


def test_a_held_row_waits_without_counting_an_attempt() -> None:
    with unit_of_work():
        later("test.hold")
    drain()
    assert (only_row().state, only_row().attempts) == ("waiting", 0)


def test_a_row_whose_worker_was_killed_runs_again_when_the_lease_ends() -> None:
    with unit_of_work():
        row = later("test.note", words="again")
    assert outbox.claimed(row.id)
    assert drain() == 0
    clock.forward(outbox.LEASE + timedelta(seconds=1))
    assert drain() == 1 and seen == ["again"]


def test_the_effect_of_a_worker_that_lost_its_lease_is_thrown_away() -> None:
    @outbox.errand("test.slow")
    def slow() -> None:
        db.session.execute(update(Errand).values(attempts=Errand.attempts + 1))

    with unit_of_work():
        row = later("test.slow")
    assert run(row.id) is False
    assert only_row().attempts == 1 and only_row().state == "running"


def test_a_fact_reaches_each_listener_after_the_commit() -> None:
    with unit_of_work():
        facts.tell(Happened(words="news"))
        assert seen == []
    drain()
    assert seen == ["heard news"]


def test_nobody_can_send_an_errand_that_does_not_exist() -> None:
    with pytest.raises(LookupError):
        later("test.unheard")


def test_a_nudge_is_given_after_the_commit_for_what_is_due_now() -> None:
    nudged: list[int] = []
    outbox.on_nudge(nudged.append)
    try:
        row = later("test.note", words="now")
        later("test.note", due_at=clock.now() + timedelta(days=1), words="tomorrow")
        assert nudged == []
        commit()
        assert nudged == [row.id]
    finally:
        outbox._nudges.remove(nudged.append)


def test_a_worker_that_comes_back_too_late_does_not_take_the_row_from_the_next_one() -> None:
    with unit_of_work():
        row = later("test.note", words="slow")
        errand_id = row.id
    outbox.claimed(errand_id)
    clock.forward(outbox.LEASE + timedelta(seconds=1))
    outbox.claimed(errand_id)
    outbox.fail(errand_id, 1, RuntimeError("the first one wakes up"))
    assert (only_row().state, only_row().attempts, only_row().last_error) == ("running", 2, None)


def test_an_errand_that_kills_its_worker_each_time_dies_in_the_end() -> None:
    with unit_of_work():
        errand_id = later("test.note", words="poison").id
    for _ in range(8):
        outbox.claimed(errand_id)
        clock.forward(outbox.LEASE + timedelta(seconds=1))
    assert run(errand_id) is False
    assert seen == [] and only_row().state == "dead"


def test_the_sweep_forgets_what_is_long_done_and_keeps_what_is_dead() -> None:
    with unit_of_work():
        done, dead = later("test.note", words="done"), later("test.note", words="dead")
        done_id, dead_id = done.id, dead.id
        dead.state = "dead"
    run(done_id)
    clock.forward(timedelta(days=31))
    with unit_of_work():
        outbox.sweep()
    assert only_row().id == dead_id
