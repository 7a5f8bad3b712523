"""What readers do: votes, feedback, openings, ticks. One browser counts once, nobody is known, other sites cannot act."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.accounts.models import Person, Visitor
from app.help.drafts import KINDS, draft
from app.help.models import Asked, Comment, Progress, Reading, Vote
from app.help.models.blots import blotted
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.outbox import drain
from app.notifications.models import Notice

ClientOf = Callable[[Person], FlaskClient]

ARTICLE = "cancel-or-pause-a-programme"
GUIDE = "your-first-week"


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_browser_votes_once_and_may_change_its_mind(client: FlaskClient) -> None:
    answer = client.post("/help/votes", data={"subject": ARTICLE, "helpful": "yes"})
    assert answer.status_code == 200 and "Anything to add?" in answer.text
    client.post("/help/votes", data={"subject": ARTICLE, "helpful": "no"})
    assert [(vote.subject, vote.helpful) for vote in db.session.scalars(select(Vote))] == [(ARTICLE, False)]


def test_editors_hear_of_feedback_once_until_they_have_looked_but_not_of_their_own(
    client_of: ClientOf, ada: Person, eve: Person, grace: Person, linus: Person
) -> None:
    with unit_of_work():
        grace.take_grants({"editor"})
    client_of(ada).post("/help/comments", data={"subject": ARTICLE, "words": "Where is the button?"})
    client_of(grace).post("/help/comments", data={"subject": "faq:money-back", "words": "Shorter, please."})
    drain()
    heard = {notice.person_id: (notice.count, notice.body) for notice in db.session.scalars(select(Notice))}
    assert heard == {linus.id: (2, "Shorter, please."), grace.id: (1, "Where is the button?")}
    assert db.session.scalars(select(Notice.title).where(Notice.person_id == grace.id)).one().startswith("A reader wrote about “")


def test_an_agent_who_edits_nothing_finds_the_feedback_and_no_way_further(client_of: ClientOf, grace: Person) -> None:
    desk = client_of(grace)
    assert 'href="/desk/content/comments"' in desk.get("/desk/views/all").text
    shown = desk.get("/desk/content/comments").text
    assert "Nothing waits" in shown and "/desk/content/gaps" not in shown


def test_two_browsers_are_two_votes(app: Flask) -> None:
    for helpful in ("yes", "no"):
        app.test_client().post("/help/votes", data={"subject": ARTICLE, "helpful": helpful})
    assert count(Vote) == 2
    assert db.session.execute(Vote.tally()).all() == [(ARTICLE, 1, 2)]


def test_a_question_can_be_voted_on(client: FlaskClient) -> None:
    assert client.post("/help/votes", data={"subject": "faq:money-back", "helpful": "yes"}).status_code == 200
    assert db.session.scalar(select(Vote.subject)) == "faq:money-back"


@pytest.mark.parametrize("subject", ["", "no-such-thing", "faq:no", "x" * 500])
def test_votes_on_nothing_are_refused(client: FlaskClient, subject: str) -> None:
    assert client.post("/help/votes", data={"subject": subject, "helpful": "yes"}).status_code == 404


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
@pytest.mark.parametrize("address", ["votes", "comments", "readings", f"guides/{GUIDE}/steps", "searches/1/opening"])
def test_other_sites_cannot_act_for_a_reader(client: FlaskClient, address: str, headers: dict[str, str]) -> None:
    assert client.post(f"/help/{address}", data={"subject": ARTICLE}, headers=headers).status_code == 403


def test_votes_need_no_token_because_pages_are_kept(client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert client.post("/help/votes", data={"subject": ARTICLE, "helpful": "yes"}).status_code == 200


def test_feedback_reaches_the_desk_and_nobody_else(client: FlaskClient) -> None:
    client.post("/help/votes", data={"subject": ARTICLE, "helpful": "no"})
    answer = client.post("/help/comments", data={"subject": ARTICLE, "reason": "unclear", "words": "Which <b>week</b>?"})
    assert "Thank you" in answer.text
    assert db.session.scalar(select(Comment.words)) == "Which <b>week</b>?"
    assert db.session.scalar(select(Vote.reason)) == "unclear"
    assert "Which" not in client.get(f"/help/billing-and-account/{ARTICLE}").text.partition("<article")[2].partition("</article>")[0]


def test_feedback_without_words_keeps_the_page_and_says_why(client: FlaskClient) -> None:
    answer = client.post("/help/comments", data={"subject": ARTICLE, "words": ""})
    assert answer.status_code == 422 and "Write a few words" in answer.text and count(Comment) == 0


def test_machines_that_fill_everything_in_are_not_heard(client: FlaskClient) -> None:
    answer = client.post("/help/comments", data={"subject": ARTICLE, "words": "buy", "website": "http://spam.example"})
    assert answer.status_code == 422 and count(Comment) == 0


def test_openings_are_counted_by_day_without_a_person(client: FlaskClient) -> None:
    for _ in range(3):
        assert client.post("/help/readings", data={"subject": ARTICLE}).status_code == 204
    assert db.session.execute(Reading.totals()).all() == [(ARTICLE, 3)]
    assert {column.name for column in Reading.__table__.columns} == {"id", "created_at", "subject", "day", "count"}


def test_an_agent_deals_with_feedback(client_of: object, grace: Person) -> None:
    db.session.add(Comment(subject=ARTICLE, words="Please mend"))
    db.session.commit()
    browser = client_of(grace)  # type: ignore[operator]
    assert "Please mend" in browser.get("/desk/content/comments").text
    assert browser.post("/desk/content/comments/1/handling").status_code == 303
    assert "Please mend" not in browser.get("/desk/content/comments").text


def test_a_guide_remembers_what_was_ticked(client: FlaskClient) -> None:
    address = f"/help/guides/{GUIDE}/steps"
    answer = client.post(address, data={"step": "step-1-open-your-account", "done": "yes"})
    assert answer.status_code == 303 and answer.location.endswith("?steps#step-1-open-your-account")
    page = client.get(f"/help/getting-started/{GUIDE}?steps").text
    assert page.count("step--done") == 1 and "<span data-done-count>1</span> of 6" in page
    assert client.get(f"/help/guides/{GUIDE}/progress").json == {"done": ["step-1-open-your-account"], "steps": 6}
    client.post(address, data={"step": "step-1-open-your-account", "done": "no"})
    assert client.get(f"/help/guides/{GUIDE}/progress").json == {"done": [], "steps": 6}


def test_another_browser_sees_nothing_of_it(app: Flask, client: FlaskClient) -> None:
    client.post(f"/help/guides/{GUIDE}/steps", data={"step": "step-1-open-your-account", "done": "yes"})
    stranger = app.test_client()
    assert stranger.get(f"/help/guides/{GUIDE}/progress").json == {"done": [], "steps": 6}
    assert "step--done" not in stranger.get(f"/help/getting-started/{GUIDE}?steps").text


def test_a_step_that_is_not_there_is_refused(client: FlaskClient) -> None:
    for data in ({}, {"step": "nonsense"}, {"step": "after-the-first-week"}):
        assert client.post(f"/help/guides/{GUIDE}/steps", data=data).status_code == 404
    assert client.post(f"/help/guides/{ARTICLE}/steps", data={"step": "pause"}).status_code == 404


def test_who_then_writes_brings_the_progress_along(app: Flask, client: FlaskClient) -> None:
    client.post(f"/help/guides/{GUIDE}/steps", data={"step": "step-1-open-your-account", "done": "yes"})
    cookie = client.get_cookie("help_reader")
    assert cookie is not None
    with app.test_request_context("/chat", method="POST", headers={"Cookie": f"help_reader={cookie.value}"}):
        visitor = Visitor.begin()
        db.session.commit()
        found = db.session.scalars(Progress.by_person(visitor.person)).all()
        assert [(one.article, one.current, one.steps) for one in found] == [(GUIDE, 2, 6)]


def test_a_search_is_noted_without_private_things(client: FlaskClient) -> None:
    place = opening(client, "refund+for+ada@customer.example+call+202-555-0142")
    asked = db.session.scalars(select(Asked)).one()
    assert asked.words == "refund for … call …" and asked.source == "search"
    assert client.post(place, data={"key": "help:refunds-and-the-guarantee"}).status_code == 204
    db.session.expire_all()
    assert db.session.scalars(select(Asked.opened)).one() == "help:refunds-and-the-guarantee"


def opening(client: FlaskClient, words: str) -> str:
    """Where the page of results of a search tells what is opened."""
    found = re.search(r'data-address="([^"]+/opening)"', client.get(f"/help/search?q={words}").text)
    return found[1] if found else pytest.fail("no results")


def test_only_who_searched_says_what_they_opened_and_only_within_a_day(app: Flask, client: FlaskClient) -> None:
    mine, other = opening(client, "refund"), opening(app.test_client(), "booking")
    forged = [f"/help/searches/{name}/opening" for name in ("1", "2", mine.split("/")[3][:-2])]
    for place in forged:
        assert client.post(place, data={"key": "help:x"}).status_code == 404
    clock.forward(timedelta(hours=23))
    assert client.post(mine, data={"key": "help:mine"}).status_code == 204
    clock.forward(timedelta(hours=2))
    assert client.post(other, data={"key": "help:late"}).status_code == 404
    db.session.expire_all()
    assert db.session.scalars(select(Asked.opened).order_by(Asked.id)).all() == ["help:mine", ""]


def test_a_search_among_the_questions_is_noted_each_time_and_stands_on_the_gap_board_when_nothing_fits(client: FlaskClient) -> None:
    client.get("/help/faq")
    for words in ("zebra", "zebra", "refund"):
        assert client.get(f"/help/faq?q={words}").status_code == 200
    assert db.session.scalars(select(Asked.words).where(Asked.source == "faq").order_by(Asked.id)).all() == ["zebra", "zebra", "refund"]
    assert [one.words for one in db.session.scalars(Asked.gaps())] == ["zebra", "zebra"]


def test_words_are_blotted_and_cut(app: Flask) -> None:
    assert blotted("mail x.y+z@a-b.example now") == "mail … now"
    assert blotted("+1 (202) 555 0142") == "…"
    assert blotted("error 404 in step 3") == "error 404 in step 3"
    assert Asked.note("search", "a" * 500, weak=False).words == "a" * 160


def test_search_answers_while_the_database_is_away(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:

    def locked(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr(Asked, "note", locked)
    assert "Refunds" in client.get("/help/search?q=refund").text


def test_who_somebody_is_is_blotted_and_the_question_stays() -> None:
    said = "My name is Sarah Miller, 12 Oak Street, my therapist is Dr. Jonas Keller, born 3/14/1981, can I pause?"
    found = blotted(said)
    assert not any(word in found for word in ("Sarah", "Miller", "Oak", "Jonas", "Keller", "1981"))
    assert found.endswith("can I pause?") and found.startswith("My name is …")
    assert blotted("i'm Ruth, my husband Tom pays on March 3rd, 2024") == "i'm …, my husband … pays on …"
    assert blotted("my name is sarah and i want a refund") == "my name is … and i want a refund"
    assert blotted("Ada here, where is my order", ["Ada Lovelace"]) == "… here, where is my order"


@pytest.mark.parametrize(
    "words",
    [
        "i am a therapist, may i join",
        "I am looking for Steady Caseload",
        "does the doctor need a consent form",
        "this is about version 2.1.3",
        "can my husband join the call",
        "may I book 2 calls",
        "my client is late",
    ],
)
def test_what_tells_nobody_stays(words: str) -> None:
    assert blotted(words) == words


def test_a_draft_says_that_it_is_to_be_checked(app: Flask) -> None:
    with unit_of_work():
        asked = Asked.note("bot", "my name is Sarah Miller, can I pause?", weak=True)
    for kind in KINDS:
        _, text = draft(kind, [asked])
        assert "Sarah" not in text and "take out what tells who they are" in text.splitlines()[1]
        assert yaml.safe_load(text.split("---")[1])["title"] == "My name is …, can I pause?"
