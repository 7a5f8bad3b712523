"""Findability: the search keeps what editors promise, forgives typos, and admits when it has no answer."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from flask import Flask

from app.help import library
from app.help.commands import labelled_queries
from app.help.questions import asked_of_articles
from app.lib.search.evaluate import evaluate, mistyped
from app.settings import ROOT
from tests.places import Place

QUERIES = ROOT / "content" / "help" / "queries.jsonl"


@pytest.mark.parametrize(("typos", "least"), [(0, 0.98), (1, 0.95), (2, 0.90)])
def test_promised_questions_find_their_answer_first(app: Flask, typos: int, least: float) -> None:
    dice = random.Random(7)
    labelled = [replace(one, query=mistyped(one.query, typos, dice)) for one in asked_of_articles(library.catalog())]
    score = evaluate(library.library().index, labelled)
    assert score.queries > 300 and score.recall_1 >= least and score.recall_5 >= least, [one.query for one in score.missed]


def test_other_peoples_words_find_it_too(app: Flask) -> None:
    labelled = labelled_queries(QUERIES, library.catalog(), None)
    score = evaluate(library.library().index, [one for one in labelled if one.relevant])
    assert score.recall_1 >= 0.92 and score.recall_5 >= 0.98, [one.query for one in score.missed]
    assert score.weak <= 0.2


def test_what_nobody_here_knows_is_weak(app: Flask) -> None:
    strangers = [one.query for one in labelled_queries(QUERIES, library.catalog(), None) if not one.relevant]
    assert len(strangers) >= 5 and all(library.find(query).weak for query in strangers)


def test_there_is_enough_to_find(app: Flask) -> None:
    catalog = library.catalog()
    assert len(library.articles()) >= 40 and len(library.faqs()) >= 60
    assert all(catalog.by_category[category.slug] for category in catalog.categories)
    assert sum(article.guide for article in library.articles()) >= 6
    assert all(library.faqs(at=where) for where in ("checkout", "widget", "home"))


def test_related_articles_are_known_before_anybody_asks(app: Flask) -> None:
    catalog = library.catalog()
    assert all(len(catalog.related(article)) >= 2 for article in library.articles())


def test_passages_can_be_quoted(app: Flask) -> None:
    article = library.article("refunds-and-the-guarantee")
    assert article is not None
    found = {passage.heading: passage for passage in article.passages()}
    assert found["After the 30 days"].url == "/help/billing-and-account/refunds-and-the-guarantee#after-the-30-days"
    assert "end at any time" in found["After the 30 days"].text and "](" not in found["After the 30 days"].text
    faq = library.faq("money-back")
    assert faq is not None and faq.passages()[0].text.startswith("Write one line within 30 days")


def test_the_command_measures_any_tree(place: Place) -> None:
    folder = place.folder / "tree"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "cancel.md").write_text("# Cancel a booking\n\nWords.")
    (folder / "pay.md").write_text("---\ntitle: Pay by card\n---\nWords.")
    queries = place.folder / "q.jsonl"
    lines = [
        {"q": "cancle boking", "relevant": ["a/cancel.md"]},
        {"q": "card payment", "relevant": ["pay.md"]},
        {"q": "zeppelin", "relevant": []},
    ]
    queries.write_text("\n".join(map(json.dumps, lines)))
    done = place.app.test_cli_runner().invoke(args=["search", "eval", "--content", str(folder), "--queries", str(queries)])
    assert done.exit_code == 0, done.output
    words = done.output.split()
    for name in ("R@1", "R@5", "MRR"):
        assert words[words.index(name) + 1] == "1.000"
    assert "weak rate" in done.output and "p50" in done.output and "p95" in done.output and "index" in done.output


def test_a_broken_line_of_queries_is_named(place: Place) -> None:
    queries = place.folder / "q.jsonl"
    queries.write_text('{"q": "x", "relevant": []}\nnonsense\n')
    done = place.app.test_cli_runner().invoke(args=["search", "eval", "--queries", str(queries)])
    assert done.exit_code == 1 and "q.jsonl:2: not a labelled query" in done.output
