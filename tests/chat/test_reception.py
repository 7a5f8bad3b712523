"""Who is here, the queue, call-backs, greetings, and the trail of pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.accounts.models import Membership, Person, Team
from app.chat.greetings import Place, greeting, problems
from app.chat.models import LANES, CallBack, PageSeen
from app.chat.reception import call_slots, reception, typical
from app.conversations.models import Availability, Conversation, Entry, Snooze
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from app.settings import Settings
from tests.chat.conftest import OPEN, SHUT, newest


def test_it_names_who_is_here(app: Flask, grace: Person, linus: Person) -> None:
    assert reception().here == () and not reception().is_live
    with unit_of_work():
        Availability.of(grace).come()
        Availability.of(linus).come()
    assert reception().names == "Grace and Linus"
    clock.forward(timedelta(minutes=2))
    assert reception().here == ()


def test_a_nameless_agent_is_never_called_by_their_address(at_the_desk: Person, client: FlaskClient) -> None:
    with unit_of_work():
        at_the_desk.name = ""
    client.post("/chat", data={"words": "Hello"})
    talk = newest()
    with unit_of_work():
        talk.say(at_the_desk, "hello")
    text = client.get(f"/chat/{talk.reference}").text + client.get("/chat").text
    assert "grace" not in text.lower()


def test_when_it_is_shut_it_says_when_it_opens_and_by_when_we_answer(app: Flask) -> None:
    with clock.at(SHUT):
        now = reception()
    assert not now.is_open and now.opens_at is not None and now.opens_at.isoformat() == "2026-11-23T13:00:00+00:00"
    assert now.reply_by is not None and now.reply_by.isoformat() == "2026-11-23T14:00:00+00:00"


def test_the_usual_wait_is_measured_in_open_hours_only(app: Flask, ada: Person, grace: Person) -> None:
    with unit_of_work():
        for minutes in (2, 4, 4, 6, 500):
            row = Conversation.open(ada, "chat")
            row.first_reply_at = clock.now() + timedelta(minutes=minutes)
    assert typical() == 4


def test_the_queue_moves_up_and_a_free_agent_takes_the_first(app: Flask, at_the_desk: Person) -> None:
    with unit_of_work():
        Availability.of(at_the_desk).carry(1)
    browsers = [app.test_client() for _ in range(3)]
    for browser in browsers:
        browser.post("/chat", data={"words": "hello"})
        clock.forward(timedelta(seconds=1))
    rows = db.session.scalars(select(Conversation).order_by(Conversation.id)).all()
    assert [row.owner for row in rows] == ["agent", "queue", "queue"]
    assert "You are next" in browsers[1].get(f"/chat/{rows[1].reference}").text
    assert ">2<" in browsers[2].get(f"/chat/{rows[2].reference}/since/0").text
    with unit_of_work():
        rows[0].close(at_the_desk)
    drain()
    db.session.expire_all()
    assert [row.owner for row in rows[1:]] == ["agent", "queue"]
    assert "You are next" in browsers[2].get(f"/chat/{rows[2].reference}").text


def test_what_an_agent_lets_go_goes_to_somebody_else(talk: Conversation, at_the_desk: Person, linus: Person) -> None:
    with unit_of_work():
        Availability.of(linus).come(timedelta(hours=1))
        talk.release(at_the_desk)
    drain()
    assert newest().assignee is linus


@pytest.mark.parametrize("handed", ["transfer", "move_to"])
def test_what_waits_and_is_handed_to_a_team_with_room_waits_no_more(handed: str, ada: Person, at_the_desk: Person, linus: Person) -> None:
    with unit_of_work():
        sales, support = add(Team(name="Sales", slug="sales")), add(Team(name="Support", slug="support"))
        add(Membership(person_id=at_the_desk.id, team_id=support.id))
        talk = Conversation.open(ada, "chat", team=sales)
        talk.say(ada, "hello")
    drain()
    assert newest().owner == "queue"
    with unit_of_work():
        talk.transfer(linus, team=support) if handed == "transfer" else talk.move_to(support, linus)
    drain()
    assert newest().assignee is at_the_desk


@pytest.mark.parametrize("lacking", ["team", "skill"])
def test_nobody_is_next_where_nobody_who_could_answer_is_here(lacking: str, client: FlaskClient, at_the_desk: Person) -> None:
    client.post("/chat", data={"words": "My picture freezes"})
    talk = newest()
    with unit_of_work():
        if lacking == "team":
            talk.transfer(at_the_desk, team=add(Team(name="Technical", slug="technical")))
        else:
            talk.skill = "french"
            talk.release(at_the_desk)
    drain()
    shown = client.get(f"/chat/{talk.reference}").text
    assert newest().owner == "queue" and "You are next" not in shown
    assert "A person answers by" in shown and '<details class="chat__address" open>' in shown


def test_what_is_split_off_a_chat_that_waits_finds_an_agent_too(client: FlaskClient, at_the_desk: Person, linus: Person) -> None:
    with unit_of_work():
        Availability.of(at_the_desk).carry(0)
    client.post("/chat", data={"words": "What does it cost?"})
    client.post(f"/chat/{newest().reference}/entries", data={"words": "And my invoice is wrong"})
    drain()
    assert newest().owner == "queue"
    with unit_of_work():
        Availability.of(at_the_desk).capacity = 1
        invoice = db.session.scalars(select(Entry).where(Entry.body == "And my invoice is wrong")).one()
        new, _ = newest().split([invoice], linus)
    drain()
    assert newest().id == new.id and newest().assignee is at_the_desk


def test_a_call_takes_a_time_and_comes_back_five_minutes_before(client: FlaskClient, at_the_desk: Person) -> None:
    slot = call_slots()[0]
    answer = client.post("/chat/call", data={"phone": "(202) 555-0142", "slot": slot.isoformat(), "words": "Prices", "name": "Sam"})
    assert answer.status_code == 303
    talk, call = newest(), db.session.scalars(select(CallBack)).one()
    assert (talk.channel, talk.state, call.phone, call.starts_at) == ("phone", "snoozed", "+12025550142", slot)
    assert db.session.scalars(select(Snooze)).one().until == slot - timedelta(minutes=5)
    assert "We ring +1 202-555-0142" in client.get(answer.location).text
    with clock.at(slot - timedelta(minutes=4)):
        with unit_of_work():
            Availability.of(at_the_desk).come()
        drain()
    assert newest().assignee is at_the_desk


def test_a_promised_call_is_due_even_if_words_were_exchanged_since(client: FlaskClient, at_the_desk: Person, linus: Person) -> None:
    slot = call_slots()[3]
    answer = client.post("/chat/call", data={"phone": "(202) 555-0142", "slot": slot.isoformat()})
    client.post(f"{answer.location}/entries", data={"words": "Please have my invoice ready"})
    with unit_of_work():
        newest().say(at_the_desk, "Will do, talk to you then")
    drain()
    assert newest().state == "waiting"
    with clock.at(slot - timedelta(minutes=4)):
        with unit_of_work():
            Availability.of(at_the_desk).leave()
            Availability.of(linus).come()
        drain()
    assert (newest().state, newest().woke, newest().assignee) == ("open", "time", linus)
    assert db.session.scalars(select(Entry.data).where(Entry.what == "woke").order_by(Entry.seq)).all()[-1]["why"] == "time"


def test_a_call_that_comes_due_is_told_once(client: FlaskClient, at_the_desk: Person) -> None:
    slot = call_slots()[0]
    client.post("/chat/call", data={"phone": "(202) 555-0142", "slot": slot.isoformat()})
    with clock.at(slot):
        drain()
    assert db.session.scalars(select(Entry.what).where(Entry.what == "woke")).all() == ["woke"]


def test_a_call_that_was_called_off_stays_closed(client: FlaskClient, at_the_desk: Person) -> None:
    slot = call_slots()[0]
    answer = client.post("/chat/call", data={"phone": "(202) 555-0142", "slot": slot.isoformat()})
    client.post(f"{answer.location}/closure")
    with clock.at(slot):
        drain()
    assert newest().is_closed


def test_a_call_that_was_called_off_leaves_its_time_to_others_and_has_it_again_when_it_goes_on(app: Flask, at_the_desk: Person) -> None:
    form = {"phone": "(202) 555-0142", "slot": call_slots()[0].isoformat()}
    visitors = [app.test_client() for _ in range(LANES)]
    places = [visitor.post("/chat/call", data=form).location for visitor in visitors]
    drain()
    visitors[0].post(f"{places[0]}/closure")
    drain()
    assert call_slots()[0].isoformat() == form["slot"]
    visitors[0].post(f"{places[0]}/entries", data={"words": "Do call me after all"})
    drain()
    assert call_slots()[0].isoformat() != form["slot"]
    with clock.at(call_slots()[0]):
        drain()
    assert [row.woke for row in db.session.scalars(select(Conversation))] == ["time"] * LANES


def test_who_called_a_call_off_is_told_when_its_time_is_taken_by_then(app: Flask, at_the_desk: Person) -> None:
    form = {"phone": "(202) 555-0142", "slot": call_slots()[0].isoformat()}
    visitors = [app.test_client() for _ in range(LANES)]
    places = [visitor.post("/chat/call", data=form).location for visitor in visitors]
    visitors[0].post(f"{places[0]}/closure")
    drain()
    assert app.test_client().post("/chat/call", data=form).status_code == 303
    visitors[0].post(f"{places[0]}/entries", data={"words": "Do call me after all"})
    drain()
    assert "is another’s by now" in visitors[0].get(places[0]).text


def test_a_call_that_was_merged_is_due_where_its_conversation_goes_on(client: FlaskClient, ada: Person, at_the_desk: Person) -> None:
    slot = call_slots()[0]
    client.post("/chat/call", data={"phone": "(202) 555-0142", "slot": slot.isoformat()})
    call = newest()
    with unit_of_work():
        thread = Conversation.open(ada, "email", subject="Prices")
        call.merge_into(thread, at_the_desk, share=True)
        thread.say(at_the_desk, "Until later")
    drain()
    with clock.at(slot):
        drain()
    assert (newest().id, newest().state, newest().woke) == (thread.id, "open", "time")


def test_the_calls_of_one_conversation_are_found_by_one_question_with_those_that_were_merged_into_it(
    client: FlaskClient, ada: Person, at_the_desk: Person
) -> None:
    with unit_of_work():
        rows = [Conversation.open(ada, "phone") for _ in range(5)]
        for number, row in enumerate(rows):
            CallBack.ask(row, ada, "+12025550142", call_slots()[number])
        rows[0].merge_into(rows[1], at_the_desk)
        rows[1].merge_into(rows[2], at_the_desk)
    for row in rows:
        _ = row.id, row.merged_into_id
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *words: asked.append(words[2]))
    found = [[call.conversation_id for call in CallBack.ahead(row)] for row in rows]
    event.remove(db.engine, "before_cursor_execute", note)
    assert found == [[], [], [row.id for row in rows[:3]], [rows[3].id], [rows[4].id]] and len(asked) == 3


def test_who_waits_in_the_queue_and_takes_a_call_waits_there_no_more_and_their_question_goes_along(
    client: FlaskClient, at_the_desk: Person
) -> None:
    with unit_of_work():
        Availability.of(at_the_desk).carry(0)
    client.post("/chat", data={"words": "What does it cost?"})
    drain()
    chat, slot = newest(), call_slots()[0]
    assert (chat.owner, chat.state) == ("queue", "open")
    page = client.post("/chat/call", data={"phone": "(202) 555-0142", "slot": slot.isoformat()}, follow_redirects=True).text
    assert "What does it cost?" in page and "We ring +1 202-555-0142" in page
    db.session.expire_all()
    assert newest().state == "snoozed" and chat.is_closed and chat.living() is newest()


def test_what_we_write_to_somebody_we_could_not_reach_goes_by_letter(client: FlaskClient, at_the_desk: Person) -> None:
    client.post("/chat/call", data={"phone": "(202) 555-0142", "slot": call_slots()[0].isoformat()})
    call = newest()
    client.post(f"/chat/{call.reference}/address", data={"email": "visitor@customer.example"})
    with unit_of_work():
        call.say(at_the_desk, "We rang, and could not reach you")
    drain()
    clock.forward(timedelta(minutes=30))
    drain()
    letters = db.session.scalars(select(PostedLetter).where(PostedLetter.to == "visitor@customer.example")).all()
    assert ["could not reach you" in letter.text for letter in letters] == [True]


@pytest.mark.parametrize("phone", ["", "12", "not a number", "+1 202 555", "9" * 60])
def test_a_wrong_number_is_refused(client: FlaskClient, phone: str) -> None:
    answer = client.post("/chat/call", data={"phone": phone, "slot": call_slots()[0].isoformat()})
    assert answer.status_code == 422 and db.session.scalar(select(CallBack)) is None


def test_every_free_time_of_the_next_days_can_be_chosen_day_by_day(client: FlaskClient) -> None:
    with clock.at(SHUT):
        page, slots = client.get("/chat/call").text, call_slots()
        assert len({slot.date() for slot in slots}) > 1 or len(slots) > 12
        assert page.count('name="slot"') == len(slots) and "Later on" in page and page.count(" checked") == 1
        late = client.post("/chat/call", data={"phone": "nonsense", "slot": slots[-1].isoformat()}).text
        assert re.search(f'chat__later" open>.*{re.escape(slots[-1].isoformat())}" checked', late, re.DOTALL)
        assert late.count('chat__later" open') == 1


def test_each_quarter_of_an_hour_has_as_many_calls_as_lanes(app: Flask) -> None:
    slot = call_slots()[0]
    form = {"phone": "+12025550142", "slot": slot.isoformat()}
    codes = [app.test_client().post("/chat/call", data=form).status_code for _ in range(LANES + 1)]
    assert codes == [303] * LANES + [422] and slot not in call_slots()


@pytest.mark.parametrize("slot", ["", "x", "2020-01-01T00:00:00+00:00", "2026-11-18T15:07:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_only_offered_times_can_be_taken(client: FlaskClient, slot: str) -> None:
    assert client.post("/chat/call", data={"phone": "+12025550142", "slot": slot}).status_code == 422


def test_call_times_lie_in_open_hours_and_not_at_once(app: Flask) -> None:
    slots = call_slots(500)
    assert slots[0] >= OPEN + timedelta(minutes=30)
    assert all(slot.minute % 15 == 0 and 13 <= slot.hour < 23 and slot.weekday() < 5 for slot in slots)


def test_greetings_fit_the_place(app: Flask) -> None:
    assert "pay" in greeting(Place(page="/checkout/3", step="payment")).title
    assert greeting(Place(page="/x", returning=True, name="Ada")).title == "Good to see you again, Ada"
    assert greeting(Place(page="/x", returning=True)).title == "Good to see you again"
    assert "“Fees”" in greeting(Place(page="/help/fees", title="Fees")).words
    assert greeting(Place(page="/anything")).title == "How can we help?"
    assert list(problems()) == []


def test_a_broken_greeting_file_is_reported_and_the_chat_still_greets(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "chat").mkdir()
    file = tmp_path / "chat" / "greetings.toml"
    before = app.config["SETTINGS"]
    kept = {name: getattr(before, name) for name in before.__dataclass_fields__}
    app.config["SETTINGS"] = Settings(**{**kept, "content_dir": str(tmp_path)})
    try:
        file.write_text("[[greeting]\ntitle = 3")
        assert greeting(Place()).title == "How can we help?" and next(iter(problems())).line == 1
        file.write_text('[[greeting]]\ntitle = "Hi"\nwords = "There"\nwhne = "x"')
        assert greeting(Place()).title == "Hi" and "whne" in str(next(iter(problems())))
    finally:
        app.config["SETTINGS"] = before


def test_the_trail_keeps_the_last_pages_and_no_queries(client: FlaskClient, talk: Conversation) -> None:
    for page in ["/help?token=secret", "/help?token=secret", "/checkout", "//evil.example", *[f"/p/{n}" for n in range(40)]]:
        assert client.post(f"/chat/{talk.reference}/pages", data={"page": page, "title": "T", "step": "pay"}).status_code == 204
    rows = db.session.scalars(PageSeen.trail(talk)).all()
    assert len(rows) == 30 and rows[0].path == "/p/39" and rows[0].step == "pay"
    assert not db.session.scalars(select(PageSeen).where(PageSeen.path.contains("secret"))).all()


def test_the_bubble_is_a_plain_link_on_every_page_but_not_where_people_pay(client: FlaskClient) -> None:
    home = client.get("/")
    assert home.text.count('data-wake="chat-panel"') == 1 and 'href="/chat?page=/"' in home.text and "Set-Cookie" not in home.headers
    assert 'class="bubble' not in client.get("/chat").text
    with client.application.test_request_context("/checkout/pay"):
        assert "bubble" not in client.application.jinja_env.globals["slot"]("bubble")


def test_typing_is_a_small_sign(client: FlaskClient, talk: Conversation) -> None:
    assert client.post(f"/chat/{talk.reference}/typing").status_code == 204
    codes = {client.post(f"/chat/{talk.reference}/typing").status_code for _ in range(80)}
    assert codes == {204, 429}


def test_an_agent_who_missed_where_the_visitor_went_learns_it_when_catching_up(
    talk: Conversation, grace: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    since = f"/desk/conversations/{talk.id}/since/{talk.last_seq}"
    assert client_of(grace).get(since).status_code == 204
    with unit_of_work():
        PageSeen.note(talk, "/checkout/steady-caseload/plan", "Your plan", "plan")
    # A laptop may have slept for longer than the visitor stayed on that page.
    clock.forward(timedelta(hours=2))
    caught = client_of(grace).get(since)
    assert f'hx-target="#trail-{talk.id}"' in caught.text and "checkout: plan" in caught.text
