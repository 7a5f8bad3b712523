"""Search: every word, in any case and accent, newest first, and never what is gone."""

from __future__ import annotations

import pytest
from flask import Flask
from markupsafe import Markup
from sqlalchemy import insert, text

from app.accounts.models import Person
from app.conversations.models import Conversation, Entry, Phrase, marked, matching, words
from app.lib.db import db, unit_of_work


def found(typed: str) -> list[str]:
    return [db.session.get_one(Entry, entry_id).body for entry_id in db.session.scalars(matching(typed, 50))]


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


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize(
    ("phrase", "those"),
    [
        ("wrong is", []),
        ("2024-0815 IS wrong", ["Invoice 2024-0815 is wrong"]),
        ("invoice", ["Invoice 2024-0815 is wrong"]),
        ("combien la premiere", ["Ça coûte combien, la première séance?"]),
        ("", []),
        ('" OR "', []),
    ],
)
def test_a_phrase_is_found_as_it_stands(phrase: str, those: list[str]) -> None:
    assert found(Phrase(phrase)) == those


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


@pytest.mark.parametrize("latest", [1, 3, 50_000])
def test_the_newest_places_come_first_and_none_is_missed(
    talk: Conversation, ada: Person, monkeypatch: pytest.MonkeyPatch, latest: int
) -> None:
    monkeypatch.setattr(words, "LATEST", latest)
    with unit_of_work():
        said = [talk.say(ada, f"zeppelin {number}" if number % 2 else "cloud").id for number in range(8)]
    odd = said[1::2]
    assert list(db.session.scalars(matching("zepp", 2))) == odd[:1:-1]
    assert list(db.session.scalars(matching("zepp", 50))) == odd[::-1]
    assert sorted(db.session.scalars(matching("zepp"))) == odd


def test_no_entry_is_taken_apart_for_a_search(app: Flask, talk: Conversation) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("FTS5 has no other way")
    rows = [{"seq": 100 + n, "body": f"cloud {n} " + "over the hills and far away " * 4} for n in range(400)]
    same = {"conversation_id": talk.id, "kind": "message", "voice": "customer", "channel": "chat", "public": True, "data": {}}
    with unit_of_work():
        db.session.execute(insert(Entry), [{**same, **row} for row in rows])
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE entries"))
    asked = matching("zepp", 50).compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = "\n".join(db.session.connection().exec_driver_sql(f"EXPLAIN {asked}".replace("%", "%%")).scalars())
    assert "words_fts" in plan and "to_tsvector" not in plan
