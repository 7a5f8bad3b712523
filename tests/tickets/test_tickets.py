"""Tickets: promises kept and broken are told once each, by themselves, and explain themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, event, select, update

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.outbox import Errand, cancel, drain
from app.tickets import policies
from app.tickets.models import Escalation, SlaClock, SlaMark, Ticket, TooLateToRate, mend, recompute, recompute_all

MONDAY_NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday(app: Flask) -> None:
    """Noon on a Monday at the firm's place."""
    clock.forward(MONDAY_NOON - clock.now())


@pytest.fixture
def ticket(app: Flask, ada: Person) -> Ticket:
    with unit_of_work():
        conversation = Conversation.open(ada, "form", subject="The link is broken")
        conversation.say(ada, "I cannot open my plan.")
        made = Ticket.make(conversation, kind="technical", priority="normal", because="The form said so.")
    drain()
    return made


def kinds(ticket: Ticket) -> list[tuple[str, str]]:
    said = select(SlaClock.target, SlaMark.kind).join(SlaMark).where(SlaClock.ticket_id == ticket.id).order_by(SlaMark.id)
    return [(target, kind) for target, kind in db.session.execute(said)]


def pass_time(**by: float) -> None:
    clock.forward(timedelta(**by))
    drain()
    db.session.expire_all()


def test_a_new_ticket_knows_when_an_answer_is_due(ticket: Ticket) -> None:
    assert ticket.conversation.next_due_at is not None
    left = ticket.conversation.next_due_at - MONDAY_NOON
    assert timedelta(minutes=59) < left < timedelta(minutes=61)
    assert ticket.promised_at == ticket.conversation.next_due_at and ticket.because == ["The form said so."]


def test_each_warning_and_the_breach_are_told_once(ticket: Ticket) -> None:
    for _ in range(4):
        pass_time(minutes=31)
    assert kinds(ticket) == [("first", "50"), ("first", "75"), ("first", "90"), ("first", "breach")]
    with unit_of_work():
        recompute(ticket)
    assert len(kinds(ticket)) == 4


def test_a_broken_promise_goes_up_a_level_by_itself(ticket: Ticket) -> None:
    pass_time(minutes=61)
    pass_time(minutes=1)
    assert ticket.level == 1 and ticket.conversation.priority == "high"
    assert db.session.scalars(select(Escalation)).one().by_id is None


def test_an_answer_in_time_meets_the_promise_and_stops_the_clock(ticket: Ticket, grace: Person) -> None:
    clock.forward(timedelta(minutes=10))
    with unit_of_work():
        ticket.conversation.say(grace, "Try again please.")
    drain()
    pass_time(hours=5)
    assert kinds(ticket) == [("first", "met")]
    assert ticket.conversation.next_due_at is None


def test_the_bots_answer_and_an_acknowledgement_meet_nothing(ticket: Ticket) -> None:
    with unit_of_work():
        ticket.conversation.announce("We have your message.")
    drain()
    assert ("first", "met") not in kinds(ticket)


def test_a_clients_promise_is_shorter(app: Flask, ada: Person) -> None:
    with unit_of_work():
        conversation = Conversation.open(ada, "form")
        conversation.say(ada, "Hello?")
        made = Ticket.make(conversation, tier="client", priority="normal")
    assert made.policy_id == "clients"


def test_a_nightly_look_finds_no_drift(ticket: Ticket) -> None:
    with unit_of_work():
        assert recompute_all([ticket]) == 0


def test_a_look_at_many_tickets_reads_no_more_often_than_one_at_few(app: Flask, ada: Person, grace: Person) -> None:
    with unit_of_work():
        for number in range(12):
            Ticket.make(asked(ada, grace, number))
    drain()
    few, many = reads(2), reads(12)
    assert few == many <= 12


def asked(customer: Person, agent: Person, number: int) -> Conversation:
    """A conversation in which two of three have been answered."""
    conversation = Conversation.open(customer, "form", subject=f"Question {number}")
    conversation.say(customer, "Hello?")
    if number % 3:
        conversation.say(agent, "Hello.")
    return conversation


def reads(most: int) -> int:
    seen = []
    db.session.expunge_all()
    note = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    with unit_of_work():
        assert recompute_all(db.session.scalars(Ticket.living(0, most)).all()) == 0
    event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_a_look_that_nobody_asked_for_mends_what_was_kept_wrong(ticket: Ticket, grace: Person) -> None:
    with unit_of_work():
        ticket.conversation.say(grace, "Here it is.")
    drain()
    with unit_of_work():
        first = db.session.scalars(select(SlaClock).where(SlaClock.target == "first")).one()
        right, first.ended_at = first.ended_at, clock.now() + timedelta(days=3)
    with unit_of_work():
        assert recompute_all([ticket]) == 1
    assert first.ended_at == right


def wrong_due(ticket: Ticket) -> None:
    ticket.conversation.next_due_at = clock.now()


def wrong_policy(ticket: Ticket) -> None:
    ticket.policy_id = "clients"


def lost_clock(ticket: Ticket) -> None:
    db.session.execute(delete(SlaMark))
    db.session.execute(delete(SlaClock).where(SlaClock.ticket_id == ticket.id, SlaClock.target == "first"))


def lost_mark(ticket: Ticket) -> None:
    db.session.execute(delete(SlaMark).where(SlaMark.kind == "75"))


def lost_timer(ticket: Ticket) -> None:
    cancel(f"sla:{ticket.id}")


def another_start(ticket: Ticket) -> None:
    db.session.execute(update(SlaClock).values(started_at=clock.now()))


@pytest.mark.parametrize("spoil", [wrong_due, wrong_policy, lost_clock, lost_mark, lost_timer, another_start])
def test_the_nightly_look_finds_whatever_was_kept_wrong_and_mends_it_once(ticket: Ticket, spoil: Callable[[Ticket], None]) -> None:
    pass_time(minutes=46)
    right = kept(ticket)
    with unit_of_work():
        assert mend(0, 10) == (None, 0)
    with unit_of_work():
        spoil(ticket)
    db.session.expire_all()
    with unit_of_work():
        assert mend(0, 10) == (None, 1)
    db.session.expire_all()
    assert kept(ticket) == right
    with unit_of_work():
        assert mend(0, 10) == (None, 0)


def kept(ticket: Ticket) -> tuple[object, ...]:
    """All that is kept of a ticket's promises."""
    clocks = db.session.execute(select(SlaClock.target, SlaClock.policy_id, SlaClock.started_at, SlaClock.due_at).order_by(SlaClock.target))
    timers = db.session.scalars(select(Errand.due_at).where(Errand.key == f"sla:{ticket.id}", Errand.state == "waiting"))
    return ticket.policy_id, ticket.conversation.next_due_at, clocks.all(), sorted(kinds(ticket)), timers.all()


def test_the_nightly_look_goes_on_where_it_stopped(app: Flask, ada: Person, grace: Person) -> None:
    with unit_of_work():
        numbers = [Ticket.make(asked(ada, grace, number)).id for number in range(3)]
    drain()
    with unit_of_work():
        assert mend(0, 2) == (numbers[1], 0)
        assert mend(numbers[1], 2) == (None, 0)


def test_a_snoozed_ticket_is_due_never(ticket: Ticket, grace: Person) -> None:
    with unit_of_work():
        ticket.conversation.say(grace, "Tomorrow then.")
        ticket.conversation.snooze(clock.now() + timedelta(days=1), grace)
    drain()
    db.session.expire_all()
    assert ticket.conversation.next_due_at is None


def test_tickets_do_not_stand_in_circles(app: Flask, ticket: Ticket, ada: Person) -> None:
    with unit_of_work():
        child = Ticket.make(Conversation.open(ada, "form"))
        child.put_under(ticket)
    with pytest.raises(ValueError, match="itself"):
        ticket.put_under(child)
    with unit_of_work():
        ticket.link(child)
        ticket.link(child)
    assert child.linked() == [ticket] and ticket.linked() == [child] and ticket.children() == [child]


def test_time_and_calls_are_written_down(ticket: Ticket, grace: Person) -> None:
    with unit_of_work():
        ticket.spend(20, grace, "Looked at the logs")
        ticket.log_call(grace, inbound=True, minutes=7, outcome="reached", words="She sees it now.")
    assert ticket.minutes_spent() == 20
    for senseless in (0, -5, 24 * 60 + 1):
        with pytest.raises(ValueError, match="minute"):
            ticket.spend(senseless, grace)


def test_a_closing_is_rated_once_and_for_a_week(ticket: Ticket, ada: Person, grace: Person) -> None:
    with pytest.raises(TooLateToRate):
        ticket.rate(ada, 5)
    with unit_of_work():
        ticket.conversation.say(grace, "Done.")
        ticket.conversation.close(grace)
        first = ticket.rate(ada, 2, "Slow.")
    with unit_of_work():
        assert ticket.rate(ada, 5, "Better.").id == first.id
    assert first.agent_id == grace.id and first.stars == 5
    with pytest.raises(ValueError, match="one and five"):
        ticket.rate(ada, 6)
    clock.forward(timedelta(days=8))
    with pytest.raises(TooLateToRate):
        ticket.rate(ada, 1)


def test_a_bad_rating_asks_for_a_talk(ticket: Ticket, ada: Person, grace: Person) -> None:
    with unit_of_work():
        ticket.conversation.close(grace)
        ticket.rate(ada, 1, "Nobody listened.")
    drain()
    db.session.expire_all()
    assert [tag.slug for tag in ticket.conversation.tags] == ["follow-up"]


def test_nobody_sees_anothers_ticket(ticket: Ticket, ada: Person, eve: Person, grace: Person) -> None:
    assert db.session.scalars(Ticket.seen_by(eve)).all() == []
    assert db.session.scalars(Ticket.seen_by(None)).all() == []
    assert db.session.scalars(Ticket.seen_by(ada)).all() == [ticket] == db.session.scalars(Ticket.seen_by(grace)).all()


def test_the_committed_policies_are_sound(app: Flask) -> None:
    assert list(policies.problems()) == []
    assert [policy.id for policy in policies.policies()] == ["clients", "standard"]
    assert policies.choose(tier="client").id == "clients" and policies.choose(team="sales").id == "standard"
