"""Rules: what they hear, judge and do; once each, written down with their version, undone where nobody came between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Person, Team
from app.conversations.models import Conversation, Entry
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.outbox import drain, later
from app.notifications.models import Notice
from app.tickets.events import TicketRated
from app.tickets.models import Rule, RuleRun, Ticket
from app.tickets.rules import doing
from app.tickets.rules.asking import EVENTS, Case, Unfit, holds, sensible
from app.tickets.rules.doing import DEEDS
from app.tickets.rules.hearing import rated
from app.tickets.rules.running import undo
from app.tickets.rules.trial import PAST, trial

Lines = list[tuple[str, str, str]]
Deeds = list[tuple[str, str]]


@pytest.fixture
def billing(app: Flask) -> Team:
    with unit_of_work():
        return add(Team(name="Billing", slug="billing"))


def rule(by: Person, event: str, asks: Lines, deeds: Deeds, title: str = "File it", hours: int | None = None, on: bool = True) -> Rule:
    with unit_of_work():
        row = Rule()
        conditions = [{"ask": ask, "way": way, "value": value} for ask, way, value in asks]
        row.say(by, title=title, event=event, hours=hours, conditions=conditions, deeds=[{"do": do, "value": value} for do, value in deeds])
        row.switch(on)
    return row


def written(person: Person, words: str = "Where is my invoice?", channel: str = "form", ticket: bool = True) -> Conversation:
    with unit_of_work():
        row = Conversation.open(person, channel, subject="A question")
        row.say(person, words)
        if ticket:
            Ticket.make(row, way="form")
    settle()
    return row


def settle() -> None:
    drain()
    db.session.expire_all()


def log(conversation: Conversation, what: str = "rule") -> list[dict[str, Any]]:
    found = select(Entry).where(Entry.conversation_id == conversation.id, Entry.what == what).order_by(Entry.seq)
    return [entry.data for entry in db.session.scalars(found)]


def test_a_rule_files_what_its_words_speak_of(ada: Person, linus: Person, billing: Team) -> None:
    rule(linus, "opened", [("words", "has", "invoice, bill")], [("tag", "billing"), ("team", "billing"), ("priority", "high")])
    row = written(ada)
    assert ([tag.slug for tag in row.tags], row.team and row.team.slug, row.priority) == (["billing"], "billing", "high")
    other = written(ada, "My dog is ill.")
    assert (other.tags, other.team, other.priority) == ([], None, "normal")


def test_what_it_did_stands_in_the_thread_and_in_why_here_with_its_version(ada: Person, linus: Person) -> None:
    row = rule(linus, "opened", [], [("tag", "new")], title="Mark new ones")
    with unit_of_work():
        row.say(linus, title="Mark new ones", event="opened", hours=None, conditions=[], deeds=[{"do": "tag", "value": "fresh"}])
    conversation = written(ada)
    [entry] = log(conversation)
    assert (entry["rule"], entry["version"], entry["words"]) == ("Mark new ones", 2, "Tag it: fresh")
    ticket = Ticket.of(conversation)
    assert ticket is not None
    assert any("Rule “Mark new ones”, version 2 (a ticket is opened): Tag it: fresh." in why for why in ticket.because)


def test_customers_never_see_what_rules_did(ada: Person, linus: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    rule(linus, "opened", [], [("tag", "canary-tag")], title="Canary rule")
    conversation = written(ada)
    page = client_of(ada).get(f"/account/requests/{conversation.reference}").text
    assert "Where is my invoice?" in page and "anary" not in page


def test_the_same_thing_told_twice_is_done_once(ada: Person, linus: Person) -> None:
    rule(linus, "rated", [], [("say", "Thank you for telling us.")])
    conversation = written(ada)
    ticket = Ticket.of(conversation)
    assert ticket is not None
    for _ in range(3):
        with unit_of_work():
            rated(TicketRated(ticket_id=ticket.id, rating_id=1, stars=2))
    assert db.session.scalar(select(func.count(RuleRun.id))) == 1
    assert db.session.scalar(select(func.count(Entry.id)).where(Entry.voice == "system", Entry.kind == "message")) == 1


def test_a_rule_that_is_off_does_nothing_and_never_acts_on_what_was_before(ada: Person, linus: Person) -> None:
    row = rule(linus, "wrote", [], [("tag", "seen")], on=False)
    conversation = written(ada)
    assert conversation.tags == []
    with unit_of_work():
        conversation.say(ada, "Hello?")
    with clock.at(clock.now() + timedelta(minutes=1)):
        with unit_of_work():
            db.session.get_one(Rule, row.id).switch(True)
        settle()
    assert conversation.tags == []


def test_rules_act_in_their_order(ada: Person, linus: Person) -> None:
    first = rule(linus, "opened", [], [("priority", "low")], title="First")
    second = rule(linus, "opened", [], [("priority", "urgent")], title="Second")
    assert written(ada).priority == "urgent"
    with unit_of_work():
        db.session.get_one(Rule, second.id).move(up=True)
    assert [row.id for row in db.session.scalars(Rule.all())] == [second.id, first.id]
    assert written(ada).priority == "low"


def test_rules_that_run_in_circles_stop_and_admins_hear_of_it(ada: Person, linus: Person) -> None:
    rule(linus, "priority", [("priority", "is", "high")], [("priority", "low")], title="Down")
    rule(linus, "priority", [("priority", "is", "low")], [("priority", "high")], title="Up")
    conversation = written(ada)
    with unit_of_work():
        conversation.prioritise("high", linus)
    settle()
    settle()
    assert db.session.scalar(select(func.count(RuleRun.id))) <= 10
    stopped = [row.title for row in db.session.scalars(Rule.all()) if row.stopped_at]
    assert stopped and stopped[0] in {"Up", "Down"}
    told = db.session.scalars(select(Notice).where(Notice.person_id == linus.id, Notice.topic == "rules.stopped")).all()
    assert [one.title for one in told] == [f"The rule “{stopped[0]}” was switched off"]
    assert log(conversation, "rule_stopped") == [{"rule": stopped[0]}]


def test_a_lively_conversation_stops_no_rule(ada: Person, linus: Person) -> None:
    for title in ("Billing", "Money"):
        rule(linus, "wrote", [("words", "has", "invoice")], [("tag", title)], title=title)
    conversation = written(ada)
    for number in range(12):
        with unit_of_work():
            conversation.say(ada, f"And my invoice of day {number}?")
        settle()
    assert log(conversation, "rule_stopped") == [] and len(log(conversation)) == 2
    assert all(row.on_since for row in db.session.scalars(Rule.all()))


@pytest.mark.parametrize("event", sorted(set(EVENTS) - {"quiet"}))
def test_every_event_is_heard(ada: Person, linus: Person, grace: Person, billing: Team, event: str) -> None:
    rule(linus, event, [], [("tag", "heard")])
    start = clock.now()
    conversation = written(ada, ticket=event != "began")
    deeds: dict[str, Callable[[], object]] = {
        "answered": lambda: conversation.say(grace, "We look at it."),
        "priority": lambda: conversation.prioritise("high", grace),
        "transferred": lambda: conversation.transfer(grace, team=billing),
        "closed": lambda: conversation.close(grace),
        "reopened": lambda: (conversation.close(grace), conversation.reopen(grace)),
        "rated": lambda: (conversation.close(grace), (Ticket.of(conversation) or Ticket()).rate(ada, 1, "Slow.")),
    }
    with unit_of_work():
        deeds.get(event, lambda: None)()
    with clock.at(start + timedelta(days=20)) if event in {"near", "broken"} else clock.at(clock.now()):
        settle()
    assert [tag.slug for tag in conversation.tags if tag.slug == "heard"] == ["heard"]


def test_silence_is_heard_once_until_somebody_speaks_again(ada: Person, grace: Person, linus: Person) -> None:
    rule(linus, "quiet", [("state", "is", "waiting")], [("say", "Did that help?")], hours=48)
    conversation = written(ada)
    with unit_of_work():
        conversation.say(grace, "Please look into your spam folder.")
    settle()
    start = clock.now()

    def said(hours: int) -> int:
        with clock.at(start + timedelta(hours=hours)):
            with unit_of_work():
                later("rules.quiet")
            settle()
        return db.session.scalar(select(func.count(Entry.id)).where(Entry.voice == "system", Entry.kind == "message")) or 0

    assert [said(hours) for hours in (47, 49, 60, 90)] == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        (("channel", "is", "form, email"), True),
        (("channel", "not", "form"), False),
        (("priority", "is", "normal"), True),
        (("kind", "is", "general"), True),
        (("team", "is", "none"), True),
        (("assignee", "is", "nobody"), True),
        (("tag", "is", "vip"), True),
        (("tag", "not", "vip"), False),
        (("tag", "not", "other"), True),
        (("profession", "is", "therapist"), True),
        (("subject", "has", "QUESTION"), True),
        (("words", "has", "ill"), False),
        (("words", "has", "the bill"), True),
        (("words", "lacks", "refund"), True),
        (("hours", "is", "open"), True),
        (("stars", "is", "1, 2"), False),
        (("stars", "not", "5"), True),
    ],
)
def test_conditions(ada: Person, condition: tuple[str, str, str], met: bool) -> None:
    with unit_of_work():
        ada.profession = "therapist"
        conversation = Conversation.open(ada, "form", subject="A question")
        Ticket.make(conversation, way="form")
        conversation.tag("VIP")
    monday = datetime(2026, 12, 7, 17, 0, tzinfo=UTC)
    case = Case.of(conversation, "About the  bill", monday)
    ask, way, value = condition
    assert holds([{"ask": ask, "way": way, "value": value}], case) is met


UNDOABLE: list[tuple[str, str, Callable[[Conversation], object]]] = [
    ("tag", "vip", lambda row: [tag.slug for tag in row.tags]),
    ("untag", "old", lambda row: [tag.slug for tag in row.tags]),
    ("priority", "urgent", lambda row: row.priority),
    ("team", "billing", lambda row: row.team_id),
    ("assign", "grace@northlight.example", lambda row: (row.owner, row.assignee_id)),
    ("snooze", "24", lambda row: row.state),
    ("close", "", lambda row: row.state),
]


@pytest.mark.parametrize(("do", "value", "seen"), UNDOABLE, ids=[one[0] for one in UNDOABLE])
def test_what_a_rule_did_can_be_taken_back(
    ada: Person, grace: Person, linus: Person, billing: Team, do: str, value: str, seen: Callable[[Conversation], object]
) -> None:
    conversation = written(ada)
    with unit_of_work():
        conversation.tag("old")
    before = seen(conversation)
    rule(linus, "wrote", [], [(do, value)])
    with unit_of_work():
        conversation.say(ada, "Once more.")
    settle()
    assert seen(conversation) != before
    with unit_of_work():
        assert undo(db.session.scalars(select(RuleRun)).one(), linus) == (1, 1)
        assert undo(db.session.scalars(select(RuleRun)).one(), linus) == (0, 1)
    db.session.expire_all()
    assert seen(conversation) == before


def test_what_somebody_changed_since_is_left_alone(ada: Person, grace: Person, linus: Person) -> None:
    rule(linus, "opened", [], [("priority", "urgent")])
    conversation = written(ada)
    with unit_of_work():
        conversation.prioritise("low", grace)
        assert undo(db.session.scalars(select(RuleRun)).one(), linus) == (0, 1)
    assert conversation.priority == "low"


def test_a_trial_says_what_would_have_happened_and_changes_nothing(ada: Person, linus: Person) -> None:
    written(ada)
    conversation = written(ada, "Where is the bill?")
    written(ada, "Something else")
    before = db.session.scalar(select(func.count(Entry.id)))
    row = rule(linus, "opened", [("words", "has", "invoice, bill")], [("tag", "billing"), ("priority", "normal")], on=False)
    found = trial(row)
    assert (found.events, found.hits, found.whole) == (3, 2, True)
    assert found.tries[0].conversation.id == conversation.id
    assert found.tries[0].deeds == ["Tag it: billing"]
    assert db.session.scalar(select(func.count(Entry.id))) == before
    assert db.session.scalar(select(func.count(RuleRun.id))) == 0


def test_a_trial_looks_back_thirty_days_and_no_further(ada: Person, linus: Person) -> None:
    written(ada)
    row = rule(linus, "wrote", [], [("tag", "x")], on=False)
    with clock.at(clock.now() + timedelta(days=29)):
        assert trial(row).hits == 1
    with clock.at(clock.now() + timedelta(days=31)):
        assert trial(row).hits == 0


def test_every_event_can_be_tried(linus: Person) -> None:
    assert set(PAST) == set(EVENTS)
    for event in EVENTS:
        assert trial(rule(linus, event, [], [("tag", "x")], hours=24, on=False)).events == 0


@pytest.mark.parametrize(
    "condition",
    [("", "is", "x"), ("channel", "is", "pigeon"), ("channel", "about", "form"), ("hours", "is", "late")],
)
def test_conditions_that_make_no_sense_are_refused(app: Flask, condition: tuple[str, str, str]) -> None:
    ask, way, value = condition
    with pytest.raises(Unfit):
        sensible({"ask": ask, "way": way, "value": value})


@pytest.mark.parametrize(
    "deed", [("", "x"), ("priority", "top"), ("team", "nobody"), ("assign", "eve@evil.example"), ("snooze", "-1"), ("tag", "")]
)
def test_deeds_that_make_no_sense_are_refused(app: Flask, eve: Person, deed: tuple[str, str]) -> None:
    with pytest.raises(Unfit):
        doing.sensible({"do": deed[0], "value": deed[1]})
    assert set(DEEDS) >= {"tag", "close"}


FORM = {
    "title": "File invoices",
    "event": "opened",
    "hours": "24",
    "ask": ["words", ""],
    "way": ["has", "is"],
    "ask_value": ["invoice", ""],
}


def test_an_admin_writes_tries_switches_and_takes_back(ada: Person, linus: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    desk = client_of(linus)
    answer = desk.post("/desk/rules", data={**FORM, "do": ["tag", ""], "do_value": ["billing", ""]})
    assert answer.status_code == 303
    row = db.session.scalars(Rule.all()).one()
    assert (row.version, row.on_since) == (1, None)
    assert "Words contains invoice" in desk.get("/desk/rules").text
    assert "It would have done nothing" in desk.get(f"/desk/rules/{row.id}/trial").text
    desk.post(f"/desk/rules/{row.id}/switch", data={"on": "yes"})
    conversation = written(ada)
    assert [tag.slug for tag in conversation.tags] == ["billing"]
    assert conversation.reference in desk.get(f"/desk/rules/{row.id}").text
    assert "acted: Tag it: billing" in desk.get(f"/desk/conversations/{conversation.id}").text
    run = db.session.scalars(select(RuleRun)).one()
    desk.post(f"/desk/rules/runs/{run.id}/undo")
    db.session.expire_all()
    assert conversation.tags == []
    desk.post(f"/desk/rules/{row.id}", data={**FORM, "title": "Invoices", "do": ["close"], "do_value": [""]})
    db.session.expire_all()
    assert (row.version, row.title) == (2, "Invoices")
    desk.post(f"/desk/rules/{row.id}", data={**FORM, "title": "Invoices", "do": ["close"], "do_value": [""]})
    db.session.expire_all()
    assert row.version == 2
    desk.post(f"/desk/rules/{row.id}/removal")
    assert db.session.scalar(select(func.count(Rule.id))) == 0


def test_a_form_that_makes_no_sense_says_so_and_keeps_what_was_typed(linus: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    desk = client_of(linus)
    answer = desk.post("/desk/rules", data={**FORM, "do": ["priority"], "do_value": ["sky-high"]})
    assert answer.status_code == 422
    assert "sky-high" in answer.text and 'value="invoice"' in answer.text and "cannot be done" in answer.text
    assert desk.post("/desk/rules", data={**FORM, "event": "dreamt"}).status_code == 422
    assert desk.post("/desk/rules", data={**FORM, "title": " "}).status_code == 422
    assert db.session.scalar(select(func.count(Rule.id))) == 0


def test_only_admins_have_rules(
    ada: Person, grace: Person, linus: Person, client: FlaskClient, client_of: Callable[[Person], FlaskClient]
) -> None:
    row = rule(linus, "opened", [], [("tag", "x")])
    paths = ("/desk/rules", "/desk/rules/new", f"/desk/rules/{row.id}", f"/desk/rules/{row.id}/trial")
    deeds = (
        "/desk/rules",
        f"/desk/rules/{row.id}",
        f"/desk/rules/{row.id}/switch",
        f"/desk/rules/{row.id}/removal",
        "/desk/rules/runs/1/undo",
    )
    for who in (client_of(ada), client_of(grace)):
        assert {who.get(path).status_code for path in paths} == {403}
        assert {who.post(path).status_code for path in deeds} == {403}
    assert {client.get(path).status_code for path in paths} == {303}
    assert {client.post(path).status_code for path in deeds} == {401}
