"""The agents' tools: canned replies, macros, the playbook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Conversation, Entry
from app.inbox import macros, playbook
from app.inbox.filling import fill
from app.inbox.models import Canned, Macro
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.outbox import drain

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture
def talk(app: Flask, ada: Person) -> Conversation:
    with unit_of_work():
        conversation = Conversation.open(ada, "chat")
        conversation.say(ada, "Hello?")
    return conversation


def test_blanks_are_filled_or_fall_back_or_are_named() -> None:
    words = 'Hello {{ customer.first_name|default("there") }}, {{ agent.name }} here. {{ order.number }}'
    filled = fill(words, {"customer.first_name": "", "agent.name": "Grace"})
    assert filled.words.startswith("Hello there, Grace here.") and filled.missing == ("order.number",)


def test_a_blank_is_words_and_never_a_program() -> None:
    for sly in ("{{ 7*7 }}", "{{ config }}", "{{ ''.__class__ }}", "{% for x in y %}"):
        assert fill(sly, {}).words == sly


def test_a_canned_reply_is_written_found_and_used(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    browser = client_of(grace)
    data = {"title": "Greeting", "slug": "hi", "words": "Hello {{ customer.first_name }}!"}
    assert browser.post("/desk/canned/new", data=data).status_code == 303
    found = browser.get(f"/desk/conversations/{talk.id}/canned?q=greet").text
    assert "Hello Ada!" in found
    assert "Hello Ada!" not in browser.get(f"/desk/conversations/{talk.id}/canned?q=nothing").text


@pytest.mark.parametrize(
    "data",
    [
        {"title": "", "slug": "hi", "words": "x"},
        {"title": "Hi", "slug": "Not A Slug!", "words": "x"},
        {"title": "Hi", "slug": "hi", "words": ""},
        {"title": "Hi", "slug": "hi", "words": "{{ 7*7 }}"},
        {"title": "Hi", "slug": "taken", "words": "x"},
    ],
)
def test_a_wrong_canned_reply_is_refused_with_what_was_typed(data: dict[str, str], grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        add(Canned(title="Taken", slug="taken", words="x"))
    assert client_of(grace).post("/desk/canned/new", data=data).status_code == 422


def test_a_canned_reply_is_changed_and_thrown_away(grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        row = add(Canned(title="Old", slug="old", words="x"))
    browser, number = client_of(grace), row.id
    assert browser.post(f"/desk/canned/{number}", data={"title": "New", "slug": "old", "words": "y"}).status_code == 303
    assert "New" in browser.get("/desk/canned").text
    assert browser.post(f"/desk/canned/{number}/removal").status_code == 303
    assert browser.get(f"/desk/canned/{number}").status_code == 404


def test_a_canned_reply_is_used_when_it_is_sent_and_the_most_used_is_offered_first(
    talk: Conversation, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        first, second = (add(Canned(title=title, slug=title.lower(), words="Here you are.")) for title in ("First", "Second"))
    browser, path = client_of(grace), f"/desk/conversations/{talk.id}"
    assert f'data-canned="{second.id}"' in browser.get(f"{path}/canned").text
    assert [row.title for row in db.session.scalars(Canned.fitting(grace))] == ["First", "Second"]
    reply = {"kind": "reply", "words": "Here you are.", "seen": talk.last_seq, "canned": f" {second.id} {second.id} x"}
    assert f" {second.id} {second.id} x" in browser.post(f"{path}/messages", data={**reply, "words": ""}).text
    for _ in range(2):
        browser.post(f"{path}/messages", data={**reply, "client_id": "canned-0001"})
    browser.post(f"{path}/messages", data={**reply, "kind": "note", "client_id": "canned-0002"})
    db.session.expire_all()
    assert [(row.title, row.uses) for row in db.session.scalars(Canned.fitting(grace))] == [("Second", 1), ("First", 0)]
    assert first.uses == 0


def test_a_macro_speaks_and_acts_at_once(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    browser = client_of(grace)
    browser.post("/desk/macros/new", data={"title": "Done", "words": "Bye {{ customer.first_name }}.", "actions": "tag happy\nclose"})
    macro = db.session.scalars(select(Macro)).one()
    browser.post(f"/desk/conversations/{talk.id}/macro", data={"macro": macro.id})
    db.session.expire_all()
    assert talk.state == "closed" and [tag.slug for tag in talk.tags] == ["happy"]
    assert "Bye Ada." in db.session.scalars(select(Entry.body)).all()


def test_a_macro_is_changed_by_the_form_that_made_it(grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        number = add(Macro(title="Done", words="Bye.", actions=[{"do": "tag", "with": "happy"}, {"do": "close", "with": ""}], uses=3)).id
    browser, place = client_of(grace), f"/desk/macros/{number}"
    assert place in browser.get("/desk/canned").text
    form = browser.get(place).text
    assert "Bye." in form and "tag happy\nclose" in form
    wrong = browser.post(place, data={"title": "Done", "words": "Good-bye.", "actions": "dance"})
    assert wrong.status_code == 422 and "Good-bye." in wrong.text and "dance" in wrong.text
    assert browser.post(place, data={"title": "Over", "words": "", "actions": "priority high"}).status_code == 303
    macro = db.session.scalars(select(Macro).execution_options(populate_existing=True)).one()
    assert (macro.title, macro.words, macro.actions, macro.uses) == ("Over", "", [{"do": "priority", "with": "high"}], 3)
    assert browser.get("/desk/macros/999").status_code == 404


def test_a_macro_sent_twice_speaks_once_and_not_before_its_agent_has_read_what_came(
    talk: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        macro, seen = add(Macro(title="Thanks", words="Thank you!", actions=[])), talk.last_seq
        talk.say(ada, "Wait!")
    desk, path = client_of(grace), f"/desk/conversations/{talk.id}/macro"
    assert "Nothing was done yet." in desk.post(path, data={"macro": macro.id, "seen": seen}, follow_redirects=True).text
    for _ in range(2):
        desk.post(path, data={"macro": macro.id, "seen": talk.last_seq, "client_id": "macro-0001"})
    assert list(db.session.scalars(select(Entry.body).where(Entry.kind == "message"))).count("Thank you!") == 1


def test_a_macro_answers_a_letter_after_ten_seconds_and_closes_it_then(ada: Person, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        letter = Conversation.open(ada, "email", subject="An invoice")
        letter.say(ada, "Where is it?")
        macro = add(Macro(title="Thanks", words="Thank you!", actions=[{"do": "tag", "with": "happy"}, {"do": "close", "with": ""}]))
    client_of(grace).post(f"/desk/conversations/{letter.id}/macro", data={"macro": macro.id})
    db.session.expire_all()
    assert letter.state == "open" and [tag.slug for tag in letter.tags] == ["happy"]
    clock.forward(timedelta(seconds=11))
    drain()
    db.session.expire_all()
    assert letter.state == "closed" and letter.last_line == "Thank you!"


def test_a_macro_that_cannot_do_all_does_nothing_and_says_why(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        macro = add(Macro(title="x", words="Thank you!", actions=[{"do": "tag", "with": "!!!"}]))
    answer = client_of(grace).post(f"/desk/conversations/{talk.id}/macro", data={"macro": macro.id}, follow_redirects=True)
    assert answer.status_code == 200 and "Thank you!" not in db.session.scalars(select(Entry.body)).all()


def test_a_macro_with_an_unknown_blank_does_nothing_at_all(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        macro = add(Macro(title="x", words="{{ order.number }}", actions=[{"do": "close", "with": ""}]))
    client_of(grace).post(f"/desk/conversations/{talk.id}/macro", data={"macro": macro.id})
    db.session.expire_all()
    assert talk.state == "open"


@pytest.mark.parametrize("lines", ["explode", "tag", "close now", "priority purple", "team nowhere", "tag !!!", "untag _"])
def test_a_senseless_action_is_named(lines: str, app: Flask) -> None:
    with pytest.raises(macros.Unfit, match=lines.split()[0]):
        macros.parse(lines)


def test_the_playbook_is_read_and_searched(app: Flask, grace: Person, client_of: ClientOf) -> None:
    assert len(playbook.plays()) >= 5 and list(playbook.problems()) == []
    page = client_of(grace).get("/desk/playbook?q=distress")
    assert "clinical question" in page.text and "Not now" not in page.text
    assert "988" in client_of(grace).get("/desk/playbook/clinical-question").text
    assert client_of(grace).get("/desk/playbook/../../etc/passwd").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/desk/canned",
        "/desk/canned/new",
        "/desk/canned/1",
        "/desk/macros/new",
        "/desk/macros/1",
        "/desk/playbook",
        "/desk/playbook/not-now",
    ],
)
def test_eve_finds_the_tools_shut(path: str, eve: Person, client_of: ClientOf) -> None:
    assert client_of(eve).get(path).status_code == 403
