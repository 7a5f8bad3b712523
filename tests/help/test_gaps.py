"""The gap board: questions without an answer lie in heaps, and leave when an editor has dealt with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.accounts.models import Person
from app.help import board
from app.help.gaps import gaps
from app.help.models import Asked, Reading, Vote
from app.lib import clock
from app.lib.db import db, unit_of_work


def note(words: str, source: str = "search", weak: bool = True) -> Asked:
    return Asked.note(source, words, weak=weak)


def test_questions_that_share_rare_words_lie_together(client: FlaskClient) -> None:
    for words in (
        "do you offer group supervision",
        "group supervision price",
        "supervision in groups",
        "parking at the office",
        "where can i park",
    ):
        note(words)
    found = gaps(db.session.scalars(Asked.gaps()).all())
    assert [heap.count for heap in found] == [3, 2]
    assert "supervision" in found[0].title and "park" in found[1].title


def test_the_board_hears_of_other_channels(client: FlaskClient) -> None:
    note("group supervision", source="chat")
    note("group supervision", source="bot")
    (heap,) = gaps(db.session.scalars(Asked.gaps()).all())
    assert sorted(heap.sources) == [("bot", 1), ("chat", 1)]


def test_an_answered_search_is_no_gap(client: FlaskClient) -> None:
    answered = note("refund", weak=False)
    answered.follow("help:refunds-and-the-guarantee")
    unopened = note("refund time", weak=False)
    assert db.session.scalars(Asked.gaps()).all() == [unopened]


def test_old_questions_are_left_alone(client: FlaskClient) -> None:
    note("group supervision")
    db.session.commit()
    clock.forward(timedelta(days=91))
    assert db.session.scalars(Asked.gaps()).all() == []


def test_an_editor_settles_a_heap(client_of: Callable[[Person], FlaskClient], linus: Person, grace: Person) -> None:
    first, second = note("group supervision"), note("parking")
    db.session.commit()
    kept = second.id
    editor = client_of(linus)
    assert "group supervision" in editor.get("/desk/content/gaps").text
    assert client_of(grace).post("/desk/content/gaps/settlement", data={"asked": first.id}).status_code == 403
    assert editor.post("/desk/content/gaps/settlement", data={"asked": [first.id]}).status_code == 303
    db.session.expire_all()
    assert [one.id for one in db.session.scalars(Asked.gaps())] == [kept]


def test_the_dashboard_counts(client_of: Callable[[Person], FlaskClient], linus: Person) -> None:
    for _ in range(3):
        Reading.note("ways-to-pay")
    for reader in ("a", "b", "c"):
        vote = Vote.cast("ways-to-pay", reader, helpful=reader == "a")
        if reader != "a":
            vote.explain("unclear")
    note("parking")
    note("refund", weak=False)
    db.session.commit()
    (row,) = board.rows()
    assert (row.title, row.readings, row.votes, row.share) == ("Ways to pay", 3, 3, 33)
    assert board.unhelpful([row]) == [row]
    assert board.searches() == {"all": 2, "weak": 1, "opened": 0}
    page = client_of(linus).get("/desk/content/").text
    assert "Ways to pay" in page and "33 %" in page and "parking" in page
    assert "1 of 3 found it helpful; it is hard to follow (2)" in page


def test_a_gap_becomes_a_file_to_begin_with_and_names_nobody(
    client_of: Callable[[Person], FlaskClient], linus: Person, eve: Person
) -> None:
    with unit_of_work():
        ids = [Asked.note("bot", words, weak=True).id for words in ("do you sell gift cards", "gift card for ada@practice.example?")]
    address = "/desk/content/gaps/draft.md?" + "&".join(f"asked={number}" for number in ids)
    intent = client_of(linus).get(f"{address}&kind=intent")
    assert "attachment" in intent.headers["Content-Disposition"] and "ask:" in intent.text and "do you sell gift cards" in intent.text
    assert "ada@practice" not in intent.text
    article = client_of(linus).get(f"{address}&kind=article")
    assert "status: draft" in article.text and "answers:" in article.text
    assert client_of(linus).get(f"{address}&kind=shoe").status_code == 404
    assert client_of(linus).get("/desk/content/gaps/draft.md?kind=intent&asked=x").status_code == 404
    assert client_of(eve).get(f"{address}&kind=intent").status_code == 403
    assert 'value="intent"' in client_of(linus).get("/desk/content/gaps").text


def test_the_dashboard_counts_searches_without_loading_one(app: Flask, linus: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    with unit_of_work():
        for number in range(30):
            Asked.note("search", "Couples" if number % 3 else "Lamps", weak=number % 2 == 0).follow("help:a" if number % 5 == 0 else "")
    loaded: list[object] = []
    event.listen(Asked, "load", note := lambda row, _context: loaded.append(row))
    page = client_of(linus).get("/desk/content/").text
    assert board.searches() == {"all": 30, "weak": 15, "opened": 6}
    assert board.top_searches() == [("couples", 10), ("lamps", 5)] and board.top_searches(weak=True) == [("couples", 10), ("lamps", 5)]
    event.remove(Asked, "load", note)
    assert "couples" in page and loaded == []
