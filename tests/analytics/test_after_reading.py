"""Requests after reading: which articles sent their readers to us, and the article beside what they wrote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from app.accounts.models import Person
from app.analytics.after_reading import asked_after_reading
from app.conversations.models import Conversation
from app.help.models import Reading
from app.lib import clock
from app.lib.db import db

ClientOf = Callable[[Person], FlaskClient]
PAGE = "/help/billing-and-account/ways-to-pay"


def write(person: Person, **came_from: Any) -> Conversation:
    conversation = Conversation.open(person, "form", subject="A question", opened_from=came_from)
    conversation.say(person, "Do you take checks?")
    db.session.commit()
    return conversation


def test_who_wrote_from_an_article_is_counted_for_it(ada: Person) -> None:
    for came_from in ({"article": "ways-to-pay"}, {"page": PAGE}, {"page": PAGE, "title": "Ways to pay"}):
        write(ada, **came_from)
    for elsewhere in (
        {"page": "/"},
        {"page": "/help/"},
        {"article": "no-such"},
        {"article": "refunds-and-the-guarantee", "page": "/contact"},
    ):
        write(ada, **elsewhere)
    for _ in range(10):
        Reading.note("ways-to-pay")
    found = [(one.article.id, one.asked, one.readings, one.share) for one in asked_after_reading()]
    assert found == [("ways-to-pay", 3, 10, 30), ("refunds-and-the-guarantee", 1, 0, None)]


def test_what_is_older_than_a_month_no_longer_counts(ada: Person) -> None:
    write(ada, page=PAGE)
    clock.forward(timedelta(days=31))
    assert asked_after_reading() == []


def test_editors_see_it_beside_the_votes(ada: Person, linus: Person, client_of: ClientOf) -> None:
    assert "Nobody wrote from an article." in client_of(linus).get("/desk/content/").text
    write(ada, page=PAGE)
    part = client_of(linus).get("/desk/content/").text.partition("Requests after reading")[2]
    assert f'<a href="{PAGE}">Ways to pay</a>' in part


def test_the_agent_sees_the_article_that_was_read(ada: Person, grace: Person, client_of: ClientOf) -> None:
    asked = write(ada, article="ways-to-pay", page="/contact")
    other = write(ada, page="/")
    agent = client_of(grace)
    link = f'Wrote from “<a href="{PAGE}">Ways to pay</a>”'
    assert link in agent.get(f"/desk/conversations/{asked.id}").text
    assert "Wrote from" not in agent.get(f"/desk/conversations/{other.id}").text
