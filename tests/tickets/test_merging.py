"""A ticket that goes along with a merge keeps its promise: whoever waits there waits for the answer that was promised here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Person
from app.conversations.models import Conversation, Move
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain
from app.tickets.models import Escalation, SlaClock, SlaMark, Ticket, mend
from app.tickets.timeline import panel

MONDAY_NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday(app: Flask) -> None:
    clock.forward(MONDAY_NOON - clock.now())


def asked(ada: Person, priority: str, channel: str = "form") -> Conversation:
    """A ticket of Ada's that nobody has answered."""
    with unit_of_work():
        row = Conversation.open(ada, channel, subject="The link is broken", priority=priority)
        row.say(ada, "I cannot open my plan.")
        Ticket.make(row, kind="technical")
    drain()
    return row


def chatted(ada: Person, grace: Person) -> Conversation:
    """A chat of hers without a ticket, in which all is answered."""
    with unit_of_work():
        row = Conversation.open(ada, "chat")
        row.say(ada, "Hello")
        row.say(grace, "Hello Ada")
    drain()
    return row


def merge(source: Conversation, target: Conversation, by: Person) -> Move:
    clock.forward(timedelta(minutes=5))
    with unit_of_work():
        move = source.merge_into(target, by)
    drain()
    db.session.expire_all()
    return move


def undo(move: Move, target: Conversation, by: Person) -> None:
    with unit_of_work():
        target.undo_move(move, by)
    drain()
    db.session.expire_all()


def marks() -> list[str]:
    return list(db.session.scalars(select(SlaMark.kind).order_by(SlaMark.id)))


def running(target: str) -> int:
    """How many promises of this kind run: none may be counted late that nobody waits for."""
    clocks = select(func.count(SlaClock.id)).where(SlaClock.target == target, SlaClock.ended_at.is_(None))
    return db.session.scalar(clocks) or 0


def test_a_ticket_merged_into_a_chat_is_due_there_and_undo_brings_it_back(ada: Person, grace: Person) -> None:
    chat, source = chatted(ada, grace), asked(ada, "high")
    promised = source.next_due_at
    move = merge(source, chat, grace)
    assert (chat.next_due_at, source.next_due_at) == (promised, None) and promised is not None
    assert Ticket.of(source) is None and (found := Ticket.of(chat)) is not None and found.kind == "technical"
    undo(move, chat, grace)
    assert (chat.next_due_at, source.next_due_at) == (None, promised)
    assert Ticket.of(chat) is None and Ticket.of(source) is found and found.began_in is None


@pytest.mark.parametrize(("here", "there"), [("urgent", "low"), ("low", "urgent")])
def test_of_two_promises_the_earlier_one_is_due_where_it_goes_on(ada: Person, grace: Person, here: str, there: str) -> None:
    source, target = asked(ada, here), asked(ada, there)
    own, other = source.next_due_at, target.next_due_at
    assert own is not None and other is not None
    move = merge(source, target, grace)
    assert (target.next_due_at, source.next_due_at) == (min(own, other), None)
    undo(move, target, grace)
    assert (target.next_due_at, source.next_due_at) == (other, own)


def test_an_answer_keeps_both_promises_each_once(ada: Person, grace: Person) -> None:
    source, target = asked(ada, "urgent"), asked(ada, "low")
    merge(source, target, grace)
    with unit_of_work():
        target.say(grace, "Try again please.")
    drain()
    db.session.expire_all()
    assert marks() == ["met", "met"] and target.next_due_at is None
    assert db.session.scalars(select(SlaClock).where(SlaClock.target == "first", SlaClock.ended_at.is_(None))).all() == []


def test_a_promise_that_went_along_is_broken_where_it_goes_on(ada: Person, grace: Person) -> None:
    chat, source = chatted(ada, grace), asked(ada, "normal")
    merge(source, chat, grace)
    clock.forward(timedelta(minutes=90))
    drain()
    db.session.expire_all()
    assert "breach" in marks() and len(marks()) == len(set(marks()))
    assert db.session.scalars(select(Escalation)).one().level == 1 and chat.priority == "high"


def test_who_waited_where_we_had_answered_is_promised_a_reply_after_a_merge(ada: Person, grace: Person) -> None:
    target = asked(ada, "normal")
    with unit_of_work():
        target.say(grace, "Try again please.")
        chat = Conversation.open(ada, "chat")
        chat.say(ada, "It still does not open.")
    drain()
    db.session.expire_all()
    assert target.next_due_at is None
    move = merge(chat, target, grace)
    assert target.next_due_at is not None and running("next") == 1
    undo(move, target, grace)
    assert target.next_due_at is None and running("next") == 0


def test_a_question_that_was_split_off_a_ticket_is_promised_nothing_there_any_more(ada: Person, grace: Person) -> None:
    source = asked(ada, "normal")
    with unit_of_work():
        source.say(grace, "Try again please.")
        question = source.say(ada, "And my invoice is wrong.")
    drain()
    assert running("next") == 1
    with unit_of_work():
        new, move = source.split([question], grace)
    drain()
    db.session.expire_all()
    assert (source.next_due_at, running("next")) == (None, 0)
    undo(move, new, grace)
    assert source.next_due_at is not None and running("next") == 1


def test_what_was_said_before_in_the_thread_that_it_came_to_answers_nothing(ada: Person, grace: Person) -> None:
    source = asked(ada, "normal")
    promised = source.next_due_at
    clock.forward(timedelta(minutes=2))
    target = chatted(ada, grace)
    merge(source, target, grace)
    assert target.next_due_at == promised and marks() == []


def test_a_ticket_that_is_merged_twice_keeps_its_promise_and_comes_back_step_by_step(ada: Person, grace: Person) -> None:
    chat, source, last = chatted(ada, grace), asked(ada, "high"), chatted(ada, grace)
    promised = source.next_due_at
    merge(source, chat, grace)
    second = merge(chat, last, grace)
    assert (source.next_due_at, chat.next_due_at, last.next_due_at) == (None, None, promised)
    undo(second, last, grace)
    assert (source.next_due_at, chat.next_due_at, last.next_due_at) == (None, promised, None)


def test_the_nightly_look_leaves_a_promise_where_it_is(ada: Person, grace: Person) -> None:
    source, target = asked(ada, "urgent"), asked(ada, "low")
    merge(source, target, grace)
    due = target.next_due_at
    with unit_of_work():
        mend(0, 100)
    db.session.expire_all()
    assert (target.next_due_at, source.next_due_at) == (due, None)


def test_the_panel_beside_the_thread_names_both_promises(ada: Person, grace: Person) -> None:
    source, target = asked(ada, "urgent"), asked(ada, "low")
    merge(source, target, grace)
    shown = panel(target)
    assert shown is not None and {"First reply", f"First reply ({source.reference})"} <= {row.name for row in shown.rows}


def test_no_other_ticket_is_made_of_what_was_merged(ada: Person, grace: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    chat, source = chatted(ada, grace), asked(ada, "high")
    merge(source, chat, grace)
    desk = client_of(grace)
    assert "Make it a ticket" not in desk.get(f"/desk/conversations/{source.id}").text
    assert "Technical · high" in desk.get(f"/desk/conversations/{chat.id}").text
    desk.post(f"/desk/tickets/{source.id}/ticket")
    desk.post(f"/desk/tickets/{source.id}/effort", data={"minutes": "5"})
    assert [ticket.minutes_spent() for ticket in db.session.scalars(select(Ticket))] == [5]


def test_a_customer_finds_a_merged_request_under_both_numbers_and_in_the_list_once(
    ada: Person, grace: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    source, target = asked(ada, "urgent"), asked(ada, "low")
    merge(source, target, grace)
    hers = client_of(ada)
    for reference in (source.reference, target.reference):
        assert "We are on it" in hers.get(f"/account/requests/{reference}", follow_redirects=True).text
    listed = hers.get("/account/requests").text
    assert listed.count(f"/account/requests/{target.reference}") == 1 and source.reference not in listed
    hers.post(f"/account/requests/{source.reference}/entries", data={"words": "Are you there?"})
    db.session.expire_all()
    assert target.last_line == "Are you there?"


def test_a_signed_link_still_opens_a_request_that_was_merged(ada: Person, grace: Person, client: FlaskClient) -> None:
    source, target = asked(ada, "normal"), chatted(ada, grace)
    with unit_of_work():
        token = source.link_token(ada)
    merge(source, target, grace)
    page = client.get(f"/account/requests/link/{token}", follow_redirects=True)
    assert page.status_code == 200 and "I cannot open my plan." in page.text
    client.post(f"/account/requests/{target.reference}/entries", data={"words": "Are you there?"})
    db.session.expire_all()
    assert target.last_line == "Are you there?"


def test_words_from_the_old_page_of_a_request_that_went_into_a_chat_are_said_there(
    ada: Person, grace: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    with unit_of_work():
        old = Conversation.open(ada, "form", subject="No ticket came of it")
        old.say(ada, "I cannot open my plan.")
    chat, hers = chatted(ada, grace), client_of(ada)
    merge(old, chat, grace)
    page = hers.post(f"/account/requests/{old.reference}/entries", data={"words": "Are you there?"}, follow_redirects=True)
    assert page.request.path == f"/chat/{chat.reference}" and "Are you there?" in page.text
    empty = hers.post(f"/account/requests/{old.reference}/entries", data={"words": ""}, follow_redirects=True)
    assert empty.status_code == 200 and empty.request.path == f"/chat/{chat.reference}"
