"""Who may read what, and how far they have."""

from __future__ import annotations

from app.accounts.models import Link, Person
from app.conversations.models import Conversation
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain


def test_a_stranger_finds_nothing(talk: Conversation, eve: Person, visitor: Person) -> None:
    assert Conversation.found(eve, talk.reference) is None
    assert Conversation.found(visitor, talk.reference) is None
    assert Conversation.found(None, talk.reference) is None


def test_the_customer_and_the_people_here_find_it_by_its_reference(talk: Conversation, ada: Person, grace: Person) -> None:
    for words in (talk.reference, talk.reference.lower(), talk.reference.replace("-", ""), talk.reference[3:]):
        assert Conversation.found(ada, words) is talk and Conversation.found(grace, words) is talk
    for words in ("", "FD-", "FD-x", "FD-999999", "1' OR 1=1", "FD-" + "9" * 12):
        assert Conversation.found(ada, words) is None


def test_a_claimed_address_shows_nothing_and_a_proven_link_does(visitor: Person, ada: Person, eve: Person) -> None:
    with unit_of_work():
        row = Conversation.open(visitor, "chat")
        row.claim_address(visitor, "ada@customer.example")
    assert Conversation.found(ada, row.reference) is None
    with unit_of_work():
        link = Link.make(ada, visitor, "code")
    assert Conversation.found(ada, row.reference) is row and Conversation.found(eve, row.reference) is None
    assert link is not None
    with unit_of_work():
        link.undo(eve)
    assert Conversation.found(ada, row.reference) is None


def test_who_has_read_as_somebody_else_reads_nothing_more_when_the_link_is_undone(visitor: Person, ada: Person, linus: Person) -> None:
    with unit_of_work():
        row = Conversation.open(visitor, "chat")
        row.say(visitor, "Between us")
        link = Link.make(ada, visitor, "code")
        hers = Conversation.open(ada, "chat")
        hers.take_part(visitor)
    assert link is not None
    with unit_of_work():
        row.mark_read(ada, row.last_seq)
        row.say(ada, "It is me, signed in")
    with unit_of_work():
        link.undo(linus)
    drain()
    assert Conversation.own(ada, row.id) is None and Conversation.own(visitor, row.id) is row and Conversation.own(ada, hers.id) is hers


def test_whoever_was_taken_out_no_longer_sees_it(talk: Conversation, ada: Person, eve: Person) -> None:
    with unit_of_work():
        talk.take_part(eve)
    assert Conversation.found(eve, talk.reference) is talk
    with unit_of_work():
        talk.part_out(eve)
    assert Conversation.found(eve, talk.reference) is None and Conversation.found(ada, talk.reference) is talk


def test_read_marks_only_go_forward_and_not_past_the_end(talk: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        talk.say(grace, "one")
        assert talk.unread_for(ada) == 1
        assert talk.mark_read(ada, 10_000)
        assert not talk.mark_read(ada, 1)
    part = talk.part_of(ada)
    assert part is not None and part.last_read_seq == talk.last_seq and talk.unread_for(ada) == 0
    assert talk.read_by("customer") == talk.last_seq
    db.session.rollback()
