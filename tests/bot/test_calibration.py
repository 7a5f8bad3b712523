"""Agents say right or wrong; from fifty words on they set how sure the bot must be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.bot import calibration, minds, rehearsal
from app.bot.calibration import ENOUGH, fitted
from app.bot.models import Verdict
from app.conversations.models import Conversation, Entry
from app.lib.db import db, unit_of_work
from tests.bot.conftest import Say, spoken

ClientOf = Callable[[Person], FlaskClient]


def labels(*parts: tuple[int, float, float]) -> list[tuple[float, bool]]:
    """(how many, how sure, which share of them right) as verdicts."""
    return [(sure + number / 10_000, number < share * count) for count, sure, share in parts for number in range(count)]


def test_fewer_than_fifty_words_change_nothing() -> None:
    assert fitted(labels((ENOUGH - 1, 3.0, 0.0)), 0.8, 1.5, 0.2) == 1.5


def test_the_limit_rises_when_unsure_answers_were_wrong() -> None:
    found = fitted(labels((40, 3.0, 0.95), (40, 2.0, 0.2)), 0.8, 1.5, 0.2)
    assert 2.0 < found <= 3.01


def test_the_limit_falls_when_guesses_that_it_kept_to_itself_were_right() -> None:
    assert fitted(labels((60, 1.0, 1.0)), 0.8, 1.5, 0.2) == pytest.approx(1.0)


def test_it_never_falls_to_where_foreign_words_would_be_answered() -> None:
    assert fitted(labels((60, 1.0, 1.0)), 0.8, 1.5, 1.2) == pytest.approx(1.2, abs=1e-3)
    assert fitted(labels((60, 1.0, 1.0)), 0.8, 1.5, 1.2) > 1.2


def test_when_hardly_anything_was_right_it_answers_only_what_is_surer_than_all_that_was_judged() -> None:
    assert fitted(labels((80, 2.0, 0.1)), 0.8, 1.5, 0.2) > 2.0079


def test_a_few_right_answers_at_the_top_prove_little() -> None:
    assert fitted([(3.0, True)] * 2 + [(2.0, False)] * 60, 0.8, 1.5, 0.2) > 3.0


def test_ties_are_taken_together() -> None:
    assert fitted([(2.0, True)] * 60 + [(1.0, True)] * 10 + [(1.0, False)] * 60, 0.9, 1.5, 0.2) == 2.0


def asked(say: Say, words: str) -> Entry:
    say(words)
    return spoken("bot")[-1]


def test_an_agent_judges_beside_the_conversation_and_may_change_their_mind(say: Say, grace: Person, client_of: ClientOf) -> None:
    entry = asked(say, "how much do your programs cost")
    assert entry.data["guess"]["label"] == "prices"
    desk = client_of(grace)
    page = desk.get(f"/desk/conversations/{entry.conversation_id}").text
    assert (
        "Did the bot understand?" in page
        and 'aria-pressed="true"' not in page.partition("Did the bot understand?")[2].partition("</section>")[0]
    )
    for word in ("yes", "no"):
        answer = desk.post(f"/desk/bot/verdicts/{entry.id}", data={"right": word})
        assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/desk/conversations/{entry.conversation_id}")
    (verdict,) = db.session.scalars(select(Verdict))
    assert (verdict.label, verdict.right, verdict.person_id) == ("prices", False, grace.id)


def test_what_is_no_guess_cannot_be_judged(say: Say, grace: Person, client_of: ClientOf) -> None:
    entry = asked(say, "I want to kill myself")
    customers = spoken("customer")[0]
    for one in (entry.id, customers.id, 9999):
        assert client_of(grace).post(f"/desk/bot/verdicts/{one}", data={"right": "yes"}).status_code == 404
    assert db.session.scalars(select(Verdict)).all() == []


def test_eve_judges_nothing(say: Say, eve: Person, client_of: ClientOf) -> None:
    entry = asked(say, "how much do your programs cost")
    assert client_of(eve).post(f"/desk/bot/verdicts/{entry.id}", data={"right": "yes"}).status_code == 403
    assert db.session.scalars(select(Verdict)).all() == []


@pytest.fixture
def judged(app: Flask, ada: Person, grace: Person) -> Callable[[int, bool], None]:
    """Gives a function that has so many guesses at the price judged."""

    def judge(count: int, right: bool) -> None:
        with unit_of_work():
            row = Conversation.open(ada, "chat", owner="queue")
            for _ in range(count):
                row.say(ada, "how much do your programs cost")
                guess = {"guess": {"label": "prices", "confidence": 1.0}, "source": "intent:prices"}
                entry = row.append(kind="message", voice="bot", public=True, body="480 dollars", html="480 dollars", data=guess)
                Verdict.give(entry, grace, right)

    return judge


def test_wrong_answers_make_it_silent_and_the_page_says_how_it_stands(
    judged: Callable[[int, bool], None], linus: Person, client_of: ClientOf
) -> None:
    brain = minds.brain()
    assert brain is not None
    sure = brain.guess("how much do your programs cost").confidence
    assert calibration.limit(brain) == brain.threshold < sure
    judged(ENOUGH - 1, False)
    assert calibration.limit(brain) == brain.threshold
    assert "1 are to go" in client_of(linus).get("/desk/bot/").text
    judged(1, False)
    assert calibration.limit(brain) > sure
    page = client_of(linus).get("/desk/bot/").text
    assert "fitted to what agents said" in page and "0 of 50" in page and "No sentence model is imported" in page


def test_a_verdict_on_what_it_would_guess_otherwise_now_does_not_count(app: Flask, ada: Person, grace: Person) -> None:
    with unit_of_work():
        row = Conversation.open(ada, "chat", owner="queue")
        row.say(ada, "when are you open")
        entry = row.append(
            kind="message", voice="bot", public=True, body="x", html="x", data={"guess": {"label": "prices", "confidence": 1.0}}
        )
        Verdict.give(entry, grace, False)
    brain = minds.brain()
    assert brain is not None and calibration.judged(brain) == []


def test_rehearsals_are_held_as_on_day_one(judged: Callable[[int, bool], None]) -> None:
    judged(ENOUGH + 10, False)
    (path,) = (path for path in rehearsal.paths() if path.stem == "price-then-a-person")
    assert list(rehearsal.played(path)) == []
