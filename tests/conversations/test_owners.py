"""One owner at a time, changed by comparing and setting."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from app.accounts.models import Person, Team
from app.conversations.models import Conversation, Entry, Taken
from app.lib.db import add, db, unit_of_work
from app.lib.outbox import drain


def test_whoever_answers_first_becomes_the_owner(talk: Conversation, grace: Person, linus: Person) -> None:
    with unit_of_work():
        talk.say(grace, "I take this")
        talk.say(linus, "I only add something")
    assert (talk.owner, talk.assignee) == ("agent", grace)


def test_two_agents_who_saw_it_free_cannot_both_take_it(talk: Conversation, grace: Person, linus: Person) -> None:
    assert talk.owner == "queue" and talk.assignee is None
    db.session.execute(update(Conversation).values(owner="agent", assignee_id=linus.id).execution_options(synchronize_session=False))
    with pytest.raises(Taken):
        talk.assign(grace)


def test_a_transfer_leaves_a_brief_only_we_can_read(talk: Conversation, grace: Person, linus: Person) -> None:
    with unit_of_work():
        billing = add(Team(name="Billing", slug="billing"))
        talk.assign(grace)
        talk.transfer(grace, team=billing, brief="Wants an invoice with VAT.")
    assert (talk.owner, talk.assignee, talk.team) == ("queue", None, billing)
    brief = db.session.scalars(select(Entry).where(Entry.kind == "note")).one()
    assert brief.data == {"brief": True} and not brief.public


def test_assigning_the_owner_again_changes_nothing(talk: Conversation, grace: Person) -> None:
    with unit_of_work():
        talk.assign(grace)
        seq = talk.last_seq
        talk.assign(grace)
    assert talk.last_seq == seq


def test_what_somebody_had_who_can_no_longer_come_in_waits_for_others(
    talk: Conversation, ada: Person, grace: Person, linus: Person
) -> None:
    with unit_of_work():
        letters = [Conversation.open(ada, "email", subject=subject) for subject in ("Open", "Snoozed", "Closed", "Another's")]
        for letter in letters:
            letter.say(ada, "Are you there?")
            letter.assign(linus if letter is letters[3] else grace)
        letters[1].snooze(None, grace)
        letters[2].close(grace)
    with unit_of_work():
        grace.deactivate()
    drain()
    db.session.expire_all()
    assert [letter.owner for letter in letters] == ["queue", "queue", "agent", "agent"] and letters[3].assignee is linus
    with unit_of_work():
        letters[2].say(ada, "One more thing")
    assert (letters[2].owner, letters[2].assignee) == ("queue", None)
