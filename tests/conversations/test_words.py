"""Search: every word, in any case and accent, newest first, and never what is gone."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from app.accounts.models import Person
from app.conversations.models import Conversation, Entry, marked, matching
from app.lib.db import db, unit_of_work


def found(typed: str) -> list[str]:
    return [db.session.get_one(Entry, entry_id).body for entry_id in db.session.scalars(matching(typed))]


@pytest.fixture
def said(talk: Conversation, ada: Person, grace: Person) -> Conversation:
    with unit_of_work():
        for words in ("Ça coûte combien, la première séance?", "Invoice 2024-0815 is wrong", "invoices again"):
            talk.say(ada, words)
        talk.note(grace, "Probably churning")
    return talk


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("coute", "Ça coûte combien, la première séance?"),
        ("PREMIÈRE", "Ça coûte combien, la première séance?"),
        ("invoice", "invoices again"),
        ("invoice wrong", "Invoice 2024-0815 is wrong"),
        ("2024-0815", "Invoice 2024-0815 is wrong"),
        ("churn", "Probably churning"),
    ],
)
def test_words_are_found(typed: str, first: str) -> None:
    assert found(typed)[0] == first


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize("typed", ["", " ", "zebra", '"', "'; DROP TABLE entries", "a" * 500, "NOT", "* ^ ( )", "\0", "body:x", "🙂"])
def test_strange_queries_find_nothing_and_break_nothing(typed: str) -> None:
    assert found(typed) == []


def test_an_edited_message_is_found_by_its_new_words_only(said: Conversation, ada: Person) -> None:
    with unit_of_work():
        entry = said.say(ada, "wrng word")
        said.edit(ada, entry, "right word")
    assert found("wrng") == [] and found("right word") == ["right word"]
    with unit_of_work():
        said.delete(ada, entry)
    assert found("right") == []


def test_what_was_found_is_marked_and_escaped() -> None:
    assert marked("<b>Coûte</b> cher", "coute") == Markup("&lt;b&gt;<mark>Coûte</mark>&lt;/b&gt; cher")
