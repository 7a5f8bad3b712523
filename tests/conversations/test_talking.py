"""What is said is numbered, stored once, replayed in order, and changed only by its author and only for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.models import Person
from app.conversations.models import Block, Blocked, Conversation, Entry, TooLate, Unsayable, watch_entries, watching
from app.lib import clock
from app.lib.db import db, unit_of_work


def lines(talk: Conversation, seq: int = 0, *, inside: bool = False) -> list[tuple[int, str, str | None]]:
    return [(row.seq, row.body, row.what) for row in db.session.scalars(talk.since(seq, inside=inside))]


def test_entries_are_numbered_from_one_without_holes(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        talk.say(grace, "It depends on the size of your practice.")
        talk.note(grace, "Has asked before.")
    rows = db.session.scalars(select(Entry.seq).where(Entry.conversation_id == talk.id).order_by(Entry.seq)).all()
    assert rows == list(range(1, talk.last_seq + 1))


def test_a_message_sent_twice_is_stored_once_and_answers_the_same(talk: Conversation, ada: Person) -> None:
    with unit_of_work():
        first = talk.say(ada, "Are you there?", "ada-0002")
        again = talk.say(ada, "Are you there?", "ada-0002")
    assert first is again
    assert db.session.scalar(select(func.count(Entry.id)).where(Entry.client_id == "ada-0002")) == 1


def test_another_persons_id_gives_nothing_away(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        note = talk.note(grace, "between us", "grace-001")
        mine = talk.say(ada, "mine", "grace-001")
    assert mine.id != note.id and mine.client_id is None and mine.body == "mine"


def test_since_replays_what_came_after_a_number_and_hides_what_is_internal(talk: Conversation, grace: Person) -> None:
    seen = talk.last_seq
    with unit_of_work():
        talk.note(grace, "internal")
        talk.say(grace, "public")
    public = lines(talk, seen)
    assert "internal" not in [body for _, body, _ in public] and public[-1][1] == "public"
    assert "internal" in [body for _, body, _ in lines(talk, seen, inside=True)]


def test_an_edit_and_a_deletion_are_replayed_too(talk: Conversation, ada: Person) -> None:
    with unit_of_work():
        entry = talk.say(ada, "teh price", "ada-0003")
        seen = talk.last_seq
        talk.edit(ada, entry, "the price")
        talk.delete(ada, entry)
    rows = db.session.scalars(talk.since(seen)).all()
    assert [row.what for row in rows] == ["edited", "deleted"]
    assert rows[0].shown is entry and entry.body == "" and entry.html == ""


def test_only_the_author_changes_a_message_and_only_for_five_minutes(talk: Conversation, ada: Person, eve: Person) -> None:
    with unit_of_work():
        entry = talk.say(ada, "mine")
    with pytest.raises(TooLate):
        talk.edit(eve, entry, "not yours")
    clock.forward(timedelta(minutes=5, seconds=1))
    with pytest.raises(TooLate):
        talk.delete(ada, entry)


@pytest.mark.parametrize("words", ["", "  \n ", "\0", "x" * 10_001])
def test_nothing_and_too_much_are_not_said(talk: Conversation, ada: Person, words: str) -> None:
    with pytest.raises(Unsayable):
        talk.say(ada, words)


def test_words_are_made_safe_when_they_are_written(talk: Conversation, ada: Person) -> None:
    with unit_of_work():
        entry = talk.say(ada, '<img src=x onerror=alert(1)> [x](javascript:alert(1)) <b data-hx-get="/x">hi</b>')
    assert "<img" not in entry.html and 'href="javascript' not in entry.html and "<b data" not in entry.html


def test_the_bot_speaks_only_while_it_owns_and_nothing_came_between(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        talk.to_bot()
        read = talk.last_seq
        talk.say(ada, "wait")
        assert talk.answer("too late", read_seq=read) is None
        assert talk.answer("in time", read_seq=talk.last_seq) is not None
        talk.say(grace, "I am a person.")
        assert talk.answer("me again", read_seq=talk.last_seq) is None
    assert talk.owner == "agent" and talk.assignee is grace


def test_the_list_columns_follow_what_is_said(talk: Conversation, ada: Person, grace: Person) -> None:
    assert talk.waiting_since is not None and talk.first_reply_at is None
    with unit_of_work():
        talk.note(grace, "thinking")
    assert talk.last_line.startswith("What does")
    with unit_of_work():
        talk.say(grace, "It costs\n\n490 a month.")
    assert (talk.last_line, talk.last_voice, talk.state, talk.waiting_since) == ("It costs 490 a month.", "agent", "waiting", None)
    with unit_of_work():
        talk.say(ada, "Thank you")
    assert (talk.state, talk.last_voice) == ("open", "customer") and talk.waiting_since is not None


def test_a_blocked_sender_is_not_heard(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        Block.make(ada, by=grace)
    with pytest.raises(Blocked):
        talk.say(ada, "hello?")


def test_watchers_see_every_entry_in_order_inside_the_transaction(talk: Conversation, grace: Person) -> None:
    seen: list[int] = []
    watch_entries(lambda conversation, entry: seen.append(entry.seq))
    try:
        with unit_of_work():
            talk.say(grace, "hello")
            talk.close(grace)
    finally:
        watching._entries.pop()
    assert seen == sorted(seen) and len(seen) >= 3
