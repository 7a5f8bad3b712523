"""Contact: the right questions, an honest time, and no message that gets lost."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from app.accounts.models import Person, Team
from app.contact import kinds, routes, screening, urgency
from app.contact.models import Message
from app.conversations.models import Block, Conversation
from app.lib import clock, content
from app.lib.db import add, db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from app.tickets.models import Ticket, expected
from tests.together import meeting, together

MONDAY_NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def monday(app: Flask) -> None:
    clock.forward(MONDAY_NOON - clock.now())


def filled(app: Flask, **other: Any) -> dict[str, Any]:
    """What a person would send, a minute after they opened the page."""
    begun = screening.started()
    clock.forward(timedelta(minutes=1))
    said = {"subject": "Do you work with couples?", "words": "We are two therapists.", "name": "Mary", "email": "mary@somewhere.example"}
    return {**said, "method": "email", "begun": begun, **other}


def send(app: Flask, client: FlaskClient, kind: str = "general", **other: Any) -> TestResponse:
    answer = client.post(f"/contact/{kind}", data=filled(app, **other), content_type="multipart/form-data")
    drain()
    return answer


def last() -> Message:
    return db.session.scalars(select(Message).order_by(Message.id.desc())).first() or pytest.fail("nothing was kept")


def count(model: Any) -> int:
    return db.session.scalar(select(func.count(model.id))) or 0


def test_every_kind_is_a_file_without_faults(app: Flask) -> None:
    assert {kind.slug for kind in kinds.Kind.all()} == {"general", "technical", "sales", "partnership", "media", "feedback"}
    assert [problem for problem in content.checked() if problem.path.startswith("contact/")] == []


def test_the_page_names_every_way_with_its_state(client: FlaskClient) -> None:
    words = client.get("/contact").text
    for expected_words in (
        "Open now, until 18:00",
        "tel:+12025550142",
        "911",
        "privacy@",
        "Portland",
        "A technical problem",
        "Somebody is here now",
    ):
        assert (expected_words in words) == (expected_words != "Somebody is here now"), expected_words


@pytest.mark.parametrize("kind", ["general", "technical", "sales", "partnership", "media", "feedback"])
def test_each_form_shows_its_own_questions_and_when_to_expect_an_answer(client: FlaskClient, kind: str) -> None:
    words = client.get(f"/contact/{kind}").text
    found = kinds.Kind.find(kind)
    assert found is not None and all(question.name in words for question in found.questions)
    assert "A person answers by" in words and "2 Mar" in words


def test_a_sent_form_becomes_a_ticket_with_a_number_a_team_and_a_promise(app: Flask, client: FlaskClient) -> None:
    with unit_of_work():
        team = add(Team(name="Technical", slug="technical"))
    answer = send(app, client, "technical", own_where="Paying", effect="blocked", span="hours", own_steps="I pressed Pay.")
    assert answer.status_code == 303
    message = last()
    ticket = Ticket.of(message.conversation) if message.conversation else None
    assert ticket is not None and ticket.kind == "technical" and ticket.conversation.team_id == team.id
    assert ticket.conversation.priority == "urgent" and ticket.fields["Where does it happen?"] == "Paying"
    assert "I cannot go on at all" in ticket.because[0] and "team technical" in ticket.because[0]
    page = client.get(answer.location).text
    assert ticket.reference in page and "A person answers by" in page


def test_a_stranger_follows_the_request_from_the_receipt(app: Flask, client: FlaskClient) -> None:
    place = send(app, client).location
    conversation = last().conversation
    assert conversation is not None
    follow = f"/account/requests/{conversation.reference}"
    assert follow in client.get(place).text and client.get(follow).status_code == 200


def test_every_page_leads_to_feedback_that_knows_the_page(app: Flask, client: FlaskClient, ada: Person, client_of: ClientOf) -> None:
    for page in (client.get("/").text, client.get("/help/").text, client_of(ada).get("/account/requests").text):
        assert 'href="/contact/feedback"' in page
    assert "the page you came from: /help/" in client.get("/contact/feedback", headers={"Referer": "http://localhost/help/?q=secret"}).text
    picture = (io.BytesIO(b"words"), "screen.txt")
    assert send(app, client, "feedback", own_rating="2 Poor", page="/help/", files=picture).status_code == 303
    conversation = last().conversation
    ticket = Ticket.of(conversation) if conversation else None
    assert ticket is not None and ticket.kind == "feedback" and ticket.fields["How do you find it?"] == "2 Poor"
    assert conversation is not None and conversation.opened_from["page"] == "/help/"


PART = {"HX-Request": "true", "HX-Request-Type": "partial", "Referer": "http://localhost/help/?q=secret"}
SHORT = "/contact/page-feedback"


def say(client: FlaskClient, words: str = "The third step is missing.", address: str = "192.0.2.7", **other: Any) -> TestResponse:
    begun = screening.started()
    clock.forward(timedelta(minutes=1))
    said = {"begun": begun, "words": words, "page": "/help/", **other}
    typed = {f"feedback-{name}": value for name, value in said.items()}
    answer = client.post(SHORT, data=typed, headers=PART, environ_base={"REMOTE_ADDR": address}, content_type="multipart/form-data")
    drain()
    return answer


def test_the_short_form_knows_the_page_and_is_only_a_part(client: FlaskClient) -> None:
    drawn = client.get(SHORT, headers=PART).text
    assert 'value="/help/"' in drawn and "5 Very good" in drawn and "<html" not in drawn
    assert client.get(SHORT).location == "/contact/feedback"


def test_a_word_about_a_page_needs_no_name(app: Flask, client: FlaskClient) -> None:
    answer = say(client, own_rating="2 Poor", files=(io.BytesIO(b"words"), "screen.txt"))
    conversation = last().conversation
    ticket = Ticket.of(conversation) if conversation else None
    assert conversation is not None and ticket is not None and conversation.reference in answer.text
    assert (ticket.kind, ticket.fields["How do you find it?"]) == ("feedback", "2 Poor")
    assert (conversation.subject, conversation.opened_from["page"]) == ("About the page /help/", "/help/")
    assert conversation.person is not None and conversation.person.reachable_email is None
    assert len(last().uploads) == 0 and count(PostedLetter) == 0


def test_what_two_strangers_say_in_the_same_words_is_said_twice(app: Flask, client: FlaskClient) -> None:
    for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8"):
        say(app.test_client(), address=address)
    assert count(Message) == 2


def test_strangers_without_an_address_are_not_taken_for_one(app: Flask) -> None:
    for number in range(8):
        assert say(app.test_client(), f"Word number {number}", f"192.0.2.{number}").status_code == 200
        assert last().state == "taken"


def test_a_rating_without_a_word_comes_back(client: FlaskClient) -> None:
    answer = say(client, " ", own_rating="2 Poor")
    assert answer.status_code == 422 and "Write a few words first." in answer.text and count(Message) == 0


def test_the_promise_counts_open_time(app: Flask) -> None:
    clock.forward(timedelta(hours=5, minutes=30))
    promise = expected(None, None, "normal")
    assert promise.promised_at is not None and promise.likely_at is None
    assert promise.promised_at.replace(microsecond=0) == datetime(2026, 3, 3, 13, 30, tzinfo=UTC)


def test_the_likely_time_comes_from_the_last_four_weeks(app: Flask, ada: Person, grace: Person) -> None:
    for _ in range(10):
        with unit_of_work():
            conversation = Conversation.open(ada, "form")
            conversation.say(ada, "Hello?")
            Ticket.make(conversation)
        clock.forward(timedelta(minutes=4))
        with unit_of_work():
            conversation.say(grace, "Hello.")
        drain()
    promise = expected(None, None, "normal")
    assert promise.cases == 10 and promise.likely_at is not None
    assert timedelta(minutes=3) < promise.likely_at - clock.now() < timedelta(minutes=5)


def test_an_address_that_was_typed_is_claimed_and_joins_nobody(app: Flask, client: FlaskClient, ada: Person) -> None:
    send(app, client, email=ada.email)
    person = last().person
    assert person is not ada and person.email is None and person.claimed_email == ada.email
    assert db.session.scalars(Conversation.of(ada)).all() == []


def test_who_is_signed_in_writes_as_themselves(app: Flask, ada: Person, client_of: ClientOf) -> None:
    client = client_of(ada)
    assert "ada@customer.example" in client.get("/contact/general").text
    send(app, client, email=ada.email, name=ada.name)
    assert last().person_id == ada.id and last().person.claimed_email is None


def test_the_address_and_the_page_before_fill_the_form(client: FlaskClient) -> None:
    words = client.get("/contact/general?subject=About+%3Cb%3E", headers={"Referer": "http://localhost/offers?x=1"}).text
    assert "About &lt;b&gt;" in words and 'value="/offers"' in words


def test_an_invalid_form_keeps_what_was_typed(app: Flask, client: FlaskClient) -> None:
    answer = send(app, client, "partnership", email="nonsense", own_organisation="")
    assert answer.status_code == 422 and "We are two therapists." in answer.text and "does not look like" in answer.text
    assert count(Message) == 0


def test_a_call_needs_a_number_that_can_exist(app: Flask, client: FlaskClient) -> None:
    assert send(app, client, method="phone").status_code == 422
    assert send(app, client, method="phone", phone="12").status_code == 422
    assert send(app, client, method="phone", phone="(202) 555-0143").status_code == 303
    assert last().details["phone"] == "+12025550143"


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        ({"website": "https://buy.example"}, "no person sees"),
        ({"begun": ""}, "three seconds"),
        ({"begun": "forged"}, "three seconds"),
        ({"words": "http://a http://b http://c http://d http://e"}, "many links"),
        ({"words": "[url=http://a]x[/url]"}, "forums"),
    ],
)
def test_what_seems_odd_is_held_and_never_lost(app: Flask, client: FlaskClient, change: dict[str, str], sign: str) -> None:
    answer = send(app, client, **change)
    assert answer.status_code == 303 and "A person looks at it first" in client.get(answer.location).text
    assert last().state == "held" and sign in last().signs[0] and count(Conversation) == 0


def test_many_from_one_place_are_held(app: Flask, client: FlaskClient) -> None:
    for number in range(7):
        send(app, client, words=f"Message {number}")
    states = db.session.scalars(select(Message.state).order_by(Message.id)).all()
    assert states == ["taken"] * 5 + ["held"] * 2


def test_a_blocked_sender_is_held(app: Flask, client: FlaskClient, grace: Person) -> None:
    with unit_of_work():
        Block.make(None, grace, "mary@somewhere.example")
    send(app, client)
    assert last().state == "held"


def test_the_same_twice_is_one(app: Flask, client: FlaskClient) -> None:
    send(app, client)
    send(app, client, words="We  are two\n therapists.")
    assert count(Message) == 1 and count(Conversation) == 1


@pytest.mark.parametrize("who", ["a stranger", "ada"])
def test_two_presses_at_once_are_one(app: Flask, ada: Person, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    said = filled(app)
    windows = [client_of(ada) if who == "ada" else app.test_client() for _ in range(2)]
    meeting(monkeypatch, Message, "same_as")
    answers = together(*(partial(window.post, "/contact/general", data=said) for window in windows))
    drain()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert count(Message) == count(Ticket) == count(PostedLetter) == 1


def test_two_who_let_it_through_at_once_make_one_ticket(
    app: Flask, client: FlaskClient, grace: Person, linus: Person, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(app, client, website="x")
    place, desks = f"/desk/contact/{last().id}/release", [client_of(grace), client_of(linus)]
    meeting(monkeypatch, routes, "undecided")
    answers = together(*(partial(desk.post, place) for desk in desks))
    assert sorted(answer.status_code for answer in answers) == [303, 404] and count(Ticket) == 1


def test_somebody_lets_through_what_was_held(app: Flask, client: FlaskClient, grace: Person, client_of: ClientOf) -> None:
    send(app, client, website="x", files=(io.BytesIO(b"the whole story"), "story.txt"))
    desk = client_of(grace)
    assert "Do you work with couples?" in desk.get("/desk/contact").text and "1 file(s)" in desk.get("/desk/contact").text
    assert desk.post(f"/desk/contact/{last().id}/release").status_code == 303
    conversation = db.session.scalars(select(Conversation)).one()
    first = next(entry for entry in db.session.scalars(conversation.since(0)) if entry.is_spoken)
    assert first.author_id == last().person_id and [file.name for file in first.attachments] == ["story.txt"]
    ticket = Ticket.of(conversation)
    assert ticket is not None and "let through by Grace Hopper" in ticket.because[0]
    assert desk.post(f"/desk/contact/{last().id}/release").status_code == 404


def test_spam_stays_in_the_house(app: Flask, client: FlaskClient, grace: Person, client_of: ClientOf) -> None:
    send(app, client, website="x")
    client_of(grace).post(f"/desk/contact/{last().id}/spam")
    assert last().state == "spam" and last().seen_by_id == grace.id and count(Message) == 1


def test_what_was_let_through_is_listed_and_can_be_taken_back(app: Flask, client: FlaskClient, grace: Person, client_of: ClientOf) -> None:
    send(app, client, words="An ordinary question.")
    taken, desk = last(), client_of(grace)
    assert desk.post(f"/desk/contact/{taken.id}/spam").status_code == 404
    send(app, client, website="x", words="Buy our lamps")
    odd, through, spam = f"/desk/contact/{last().id}", "/desk/contact?show=through", "/desk/contact?show=spam"
    assert desk.post(f"{odd}/release").location == "/desk/contact"
    listed = desk.get(through).text
    assert "Buy our lamps" in listed and "Let through by Grace Hopper" in listed and "An ordinary question." not in listed
    assert "Nothing waits" in desk.get("/desk/contact").text and 'href="/desk/contact"' in desk.get("/desk/views/unassigned").text
    assert desk.post(f"{odd}/spam").location == through
    ticket = db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
    assert ticket is not None and ticket.conversation.is_closed and last().state == "spam"
    assert "Buy our lamps" not in desk.get(through).text and "Called spam by Grace Hopper" in desk.get(spam).text
    assert desk.post(f"{odd}/release").location == spam
    db.session.expire_all()
    assert ticket.conversation.state == "open" and count(Ticket) == 2 and "Buy our lamps" in desk.get(through).text


def test_what_was_merged_and_then_called_spam_and_let_through_again_is_still_one_ticket(
    app: Flask, client: FlaskClient, grace: Person, client_of: ClientOf
) -> None:
    desk = client_of(grace)
    send(app, client, website="x", words="Buy our lamps")
    message = last()
    desk.post(f"/desk/contact/{message.id}/release")
    with unit_of_work():
        other = Conversation.open(message.person, "chat")
        other.say(message.person, "Did you get my letter?")
        assert message.conversation is not None
        message.conversation.merge_into(other, grace)
    drain()
    desk.post(f"/desk/contact/{message.id}/spam")
    page = desk.post(f"/desk/contact/{message.id}/release", follow_redirects=True)
    assert f"Let through as {other.reference}" in page.text and (count(Ticket), count(Conversation)) == (1, 2)
    assert "A person answers by" in client.get(f"/contact/received/{message.receipt}").text


def test_the_lists_of_what_was_decided_ask_as_often_however_long_they_are(
    app: Flask, client: FlaskClient, grace: Person, client_of: ClientOf
) -> None:
    asked: list[str] = []
    desk, place, counts = client_of(grace), "/desk/contact?show=through", []
    event.listen(db.engine, "before_cursor_execute", note := lambda *words: asked.append(words[2]))
    for number in (2, 3):
        for one in range(number):
            send(app, client, website="x", words=f"Lamps {number} {one}", subject=f"Lamps {number} {one}")
            desk.post(f"/desk/contact/{last().id}/release")
        desk.get(place)
        asked.clear()
        assert desk.get(place).text.count('id="message-') in (2, 5)
        counts.append(len(asked))
    event.remove(db.engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]


def test_files_come_along_and_a_bad_one_refuses_the_form(app: Flask, client: FlaskClient) -> None:
    refused = send(app, client, files=(io.BytesIO(b"MZ\x90\x00program"), "tool.exe"))
    assert refused.status_code == 422 and "tool.exe" in refused.text and "We are two therapists." in refused.text
    assert count(Message) == 0
    send(app, client, files=(io.BytesIO(b"words"), "story.txt"))
    assert last().conversation is not None


def test_eve_sees_nothing_of_what_others_wrote(app: Flask, client: FlaskClient, eve: Person, client_of: ClientOf) -> None:
    place = send(app, client, words="My secret.").location
    hers = client_of(eve)
    for path in (place, "/contact", "/contact/general"):
        assert "secret" not in hers.get(path).text and "mary@" not in hers.get(path).text
    assert hers.get("/contact/received/forged").status_code == 404
    assert hers.get("/desk/contact").status_code == 403
    assert hers.post(f"/desk/contact/{last().id}/release").status_code == 403


@pytest.mark.parametrize("words", ["x" * 10_001, "", "   "])
def test_too_much_and_nothing_are_refused_in_words(app: Flask, client: FlaskClient, words: str) -> None:
    assert send(app, client, words=words).status_code == 422 and count(Message) == 0


def test_odd_characters_do_no_harm(app: Flask, client: FlaskClient) -> None:
    words = "<script>alert(1)</script> \u202e \U0001f9d1 \0 {{ 7*7 }}"
    assert send(app, client, subject="<b>\u2028{{x}}", words=words).status_code == 303
    assert client.get("/contact/nothing").status_code == 404
    assert client.get("/contact/..%2fsite").status_code == 404


def test_articles_are_suggested_while_typing(client: FlaskClient) -> None:
    assert client.get("/contact/suggestions?subject=").status_code == 200
    assert client.get("/contact/suggestions?subject=%00%ff%3Cscript%3E").status_code == 200
    assert "<li>" in client.get("/contact/suggestions?subject=video+call").text


@pytest.mark.parametrize(
    ("effect", "span", "wanted"),
    [
        ("", "", "normal"),
        ("blocked", "hours", "urgent"),
        ("blocked", "open", "normal"),
        ("none", "open", "low"),
        ("slowed", "today", "high"),
    ],
)
def test_urgency_follows_from_plain_answers(effect: str, span: str, wanted: str) -> None:
    assert urgency.priority("normal", effect, span) == wanted
