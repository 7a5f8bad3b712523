"""Merging and splitting lose nothing, show nobody's words to another, and can be undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Conversation, DifferentPeople, Entry, Move
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain


def spoken(talk: Conversation) -> list[str]:
    db.session.expire_all()
    rows = select(Entry.body).where(Entry.conversation_id == talk.id, Entry.kind == "message").order_by(Entry.seq)
    return list(db.session.scalars(rows))


def test_a_merge_puts_the_words_at_the_end_and_undo_takes_them_back(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        second = Conversation.open(ada, "email", subject="Prices again")
        second.say(ada, "I also asked by mail")
        before = [row.seq for row in db.session.scalars(second.since(0, inside=True))]
        seen = talk.last_seq
        move = second.merge_into(talk, grace)
    assert spoken(talk)[-1] == "I also asked by mail" and spoken(second) == []
    assert [row.body for row in db.session.scalars(talk.since(seen)) if row.kind == "message"] == ["I also asked by mail"]
    assert second.is_closed and second.merged_into_id == talk.id
    with unit_of_work():
        talk.undo_move(move, grace)
    assert spoken(second) == ["I also asked by mail"] and second.state == "open" and second.merged_into_id is None
    assert set(before) <= {row.seq for row in db.session.scalars(second.since(0, inside=True))}
    assert talk.last_line.startswith("What does")


def test_what_is_said_in_a_merged_conversation_is_said_where_it_goes_on(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        second, third = (Conversation.open(ada, channel) for channel in ("chat", "email"))
        second.say(ada, "Me again")
        second.merge_into(talk, grace)
        talk.merge_into(third, grace)
    with unit_of_work():
        entry = second.say(ada, "Are you there?", "ada-0002")
        assert second.say(ada, "Are you there?", "ada-0002") is entry
        second.note(grace, "She asks twice")
    assert second.living() is third and (entry.conversation_id, entry.channel) == (third.id, "chat")
    assert spoken(third)[-1] == "Are you there?" and spoken(second) == spoken(talk) == [] and second.is_closed


def test_the_first_of_two_merges_is_not_undone_before_the_second(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        second, third = (Conversation.open(ada, channel) for channel in ("chat", "email"))
        second.say(ada, "Me again")
        first_move = second.merge_into(talk, grace)
        last_move = talk.merge_into(third, grace)
    with unit_of_work():
        assert not talk.undo_move(first_move, grace)
    assert spoken(third)[-1] == "Me again" and second.living() is third
    with unit_of_work():
        assert third.undo_move(last_move, grace) and talk.undo_move(first_move, grace)
    assert spoken(second) == ["Me again"] and "Me again" not in spoken(talk)


def test_what_was_split_off_does_not_go_back_to_what_was_merged_since(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        question = talk.say(ada, "And my invoice?")
        new, move = talk.split([question], grace)
        third = Conversation.open(ada, "email")
        talk.merge_into(third, grace)
    with unit_of_work():
        assert not new.undo_move(move, grace)
    assert spoken(new) == ["And my invoice?"] and spoken(talk) == []


def test_what_was_put_aside_and_merged_does_not_wake_and_is_put_aside_again_by_undo(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        second = Conversation.open(ada, "email", subject="Prices again")
        second.say(ada, "Ask me on Monday")
        second.snooze(clock.now() + timedelta(hours=1), grace)
        first = second.merge_into(talk, grace)
    with clock.at(clock.now() + timedelta(hours=2)):
        drain()
    db.session.expire_all()
    assert (second.state, second.woke) == ("closed", None)
    with unit_of_work():
        talk.undo_move(first, grace)
    assert second.state == "snoozed"
    with unit_of_work():
        last = second.merge_into(talk, grace)
    clock.forward(timedelta(hours=2))
    drain()
    with unit_of_work():
        talk.undo_move(last, grace)
    db.session.expire_all()
    assert (second.state, second.woke) == ("open", "time")


def test_a_snooze_of_what_was_merged_before_it_ended_with_the_merge_wakes_nothing(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        second = Conversation.open(ada, "email")
        second.snooze(clock.now() + timedelta(hours=1), grace)
        second.merged_into_id = talk.id
        second.set_state("closed")
    clock.forward(timedelta(hours=2))
    drain()
    db.session.expire_all()
    assert second.state == "closed" and second.current_snooze() is None


def test_who_waited_for_an_answer_waits_on_after_a_merge_into_what_was_done(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        talk.say(grace, "It costs 490 a month.")
        talk.close(grace)
        second = Conversation.open(ada, "chat")
        second.say(ada, "And for two?")
        since = second.waiting_since
        second.merge_into(talk, grace)
    assert (talk.state, talk.waiting_since, talk.closure()) == ("open", since, None)


def test_whoever_a_merge_let_in_is_out_again_when_it_is_undone(talk: Conversation, eve: Person, grace: Person) -> None:
    with unit_of_work():
        hers = Conversation.open(eve, "chat")
        hers.say(eve, "I am somebody else.")
    with unit_of_work():
        move = hers.merge_into(talk, grace, share=True)
    assert Conversation.own(eve, talk.id) is not None
    with unit_of_work():
        talk.undo_move(move, grace)
        talk.undo_move(move, grace)
    assert Conversation.own(eve, talk.id) is None and Conversation.own(eve, hers.id) is not None
    back = [entry for entry in db.session.scalars(talk.since(0, inside=True)) if entry.what == "unmoved"]
    assert len(back) == 1


def closed_before(talk: Conversation, ada: Person, grace: Person) -> tuple[Conversation, Move]:
    """Something done, into which a question that waits was merged by mistake."""
    with unit_of_work():
        talk.say(grace, "It costs 490 a month.")
        talk.close(grace)
    return by_mistake(talk, ada, grace)


def by_mistake(talk: Conversation, ada: Person, grace: Person) -> tuple[Conversation, Move]:
    """A question that waits, and its merge into `talk`."""
    with unit_of_work():
        second = Conversation.open(ada, "chat")
        second.say(ada, "And for two?")
    clock.forward(timedelta(seconds=1))
    with unit_of_work():
        return second, second.merge_into(talk, grace)


def test_what_a_merge_had_opened_is_closed_again_when_it_is_undone(talk: Conversation, ada: Person, grace: Person) -> None:
    second, move = closed_before(talk, ada, grace)
    clock.forward(timedelta(hours=1))
    with unit_of_work():
        talk.undo_move(move, grace)
    assert (talk.state, talk.waiting_since, talk.reopened_count) == ("closed", None, 0) and talk.closure() is not None
    assert second.state == "open" and second.waiting_since is not None


@pytest.mark.parametrize("voice", ["ada", "grace"])
def test_it_stays_open_when_somebody_has_spoken_there_since(talk: Conversation, ada: Person, grace: Person, voice: str) -> None:
    _, move = closed_before(talk, ada, grace)
    clock.forward(timedelta(minutes=1))
    with unit_of_work():
        talk.say({"ada": ada, "grace": grace}[voice], "One moment")
    with unit_of_work():
        talk.undo_move(move, grace)
    assert not talk.is_closed


def test_what_waited_for_the_customer_does_so_again_when_a_merge_is_undone(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        talk.say(grace, "Which one do you mean?")
        talk.set_state("waiting")
    _, move = by_mistake(talk, ada, grace)
    assert talk.state == "open"
    with unit_of_work():
        talk.undo_move(move, grace)
    assert (talk.state, talk.waiting_since) == ("waiting", None)


@pytest.mark.parametrize(("later", "state"), [(timedelta(hours=1), "snoozed"), (timedelta(hours=9), "open")])
def test_what_was_put_aside_is_so_again_when_a_merge_is_undone_before_its_time(
    talk: Conversation, ada: Person, grace: Person, later: timedelta, state: str
) -> None:
    until = clock.now() + timedelta(hours=8)
    with unit_of_work():
        talk.snooze(until, grace)
    _, move = by_mistake(talk, ada, grace)
    assert talk.state == "open"
    clock.forward(later)
    with unit_of_work():
        talk.undo_move(move, grace)
    assert talk.state == state
    if state == "snoozed":
        clock.forward(timedelta(hours=8))
        drain()
        db.session.expire_all()
        assert (talk.state, talk.woke) == ("open", "time")


def test_conversations_of_different_people_are_not_merged_by_accident(talk: Conversation, eve: Person, grace: Person) -> None:
    with unit_of_work():
        other = Conversation.open(eve, "chat")
        other.say(eve, "secret")
    with pytest.raises(DifferentPeople):
        other.merge_into(talk, grace)
    with unit_of_work():
        other.merge_into(talk, grace, share=True)
    assert Conversation.found(eve, talk.reference) is talk


def test_a_split_moves_the_chosen_words_to_a_conversation_of_their_own(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        talk.assign(grace)
        other = talk.say(ada, "By the way, my invoice is wrong")
        new, move = talk.split([other], grace)
    assert spoken(talk) == ["What does the growth programme cost?"] and spoken(new) == ["By the way, my invoice is wrong"]
    assert new.assignee is grace and new.person is ada
    with unit_of_work():
        new.undo_move(move, grace)
    assert spoken(talk)[-1] == "By the way, my invoice is wrong"
    assert new.is_closed and new.living() is talk


def test_whose_words_were_split_off_unanswered_waits_there_and_no_more_where_all_is_answered(
    talk: Conversation, ada: Person, grace: Person
) -> None:
    with unit_of_work():
        talk.say(grace, "It costs 490 a month.")
        asked = talk.say(ada, "By the way, my invoice is wrong")
        again = talk.say(ada, "Are you there?")
    with unit_of_work():
        new, move = talk.split([asked, again], grace)
    assert (new.state, new.waiting_since) == ("open", asked.created_at)
    assert (talk.state, talk.waiting_since) == ("waiting", None)
    with unit_of_work():
        new.undo_move(move, grace)
    assert (talk.state, talk.waiting_since) == ("open", asked.created_at) and new.is_closed


def test_what_was_answered_waits_for_nobody_when_it_is_split_off(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        asked, answered = talk.say(ada, "By the way, my invoice is wrong"), talk.say(grace, "I have put it right.")
        talk.say(ada, "And for two?")
        new, _ = talk.split([asked, answered], grace)
    assert (new.state, new.waiting_since) == ("waiting", None)
    first = db.session.scalars(select(Entry).where(Entry.conversation_id == talk.id, Entry.seq == 2)).one()
    assert talk.state == "open" and talk.waiting_since == first.created_at


def test_a_conversation_that_was_split_off_and_went_on_stays_when_the_split_is_undone(
    talk: Conversation, ada: Person, grace: Person
) -> None:
    with unit_of_work():
        new, move = talk.split([talk.say(ada, "By the way, my invoice is wrong")], grace)
        new.say(grace, "I have put it right.")
        new.undo_move(move, grace)
    assert spoken(new) == ["I have put it right."] and new.living() is new and not new.is_closed
