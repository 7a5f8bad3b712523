"""Addresses from before they were kept as their owners write them: an upgrade loses no thread, no block and no bounce."""

from __future__ import annotations

from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Block
from app.lib.db import add, db, unit_of_work
from app.mailroom.models import Correspondent, Incoming, Undeliverable, digest
from app.notifications.models import Suppressed
from tests.mailroom.letters import arrive, mail

OLD, NEW = "mary@xn--bcher-kva.example", "mary@bücher.example"


def upgrade() -> None:
    with unit_of_work(), Operations.context(MigrationContext.configure(db.session.connection())):
        import_module("migrations.versions.0041_addresses_in_words").upgrade()
    db.session.expire_all()


def test_a_thread_from_before_goes_on(app: Flask) -> None:
    row = arrive(mail(sender=NEW))
    assert row.conversation is not None
    with unit_of_work():
        db.session.scalars(select(Correspondent)).one().email = OLD
        row.sender, row.mark = OLD, digest(row.message_id, OLD)
    upgrade()
    again = arrive(mail(sender=OLD, message_id=row.message_id))
    assert again.id == row.id and row.sender == NEW, "the same mail is known again"
    second = arrive(mail("And this?", sender=OLD, subject=f"Re: {row.conversation.reference}"))
    assert (second.state, second.conversation_id) == ("taken", row.conversation_id)


def test_who_was_blocked_stays_so(app: Flask, grace: Person) -> None:
    with unit_of_work():
        add(Block(email=OLD, by_id=grace.id))
    upgrade()
    assert arrive(mail(sender=NEW)).state == "held"
    assert Block.covers(None, OLD) and Block.covers(None, NEW) and not Block.covers(None, "ada@bücher.example")


@pytest.mark.parametrize("twice", [False, True])
def test_where_letters_came_back_from_none_is_sent(app: Flask, twice: bool) -> None:
    with unit_of_work():
        for address in (OLD, NEW) if twice else (OLD,):
            add(Suppressed(address=address, reason="bounce"))
            add(Undeliverable(email=address, permanent=True))
    upgrade()
    for address in (OLD, NEW):
        assert Undeliverable.refuses(address) and Suppressed.holds(address)


def test_what_only_looks_like_it_stays_as_it_is(app: Flask) -> None:
    with unit_of_work():
        add(Undeliverable(email="mary@xn--.example", permanent=True))
    upgrade()
    assert db.session.scalars(select(Undeliverable.email)).all() == ["mary@xn--.example"]
    assert db.session.scalars(select(Incoming.id)).all() == []
