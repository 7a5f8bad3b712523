"""The customers' requests and the agents' panels: who sees what, and what each button does."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.outbox import drain
from app.tickets.models import Call, Rating, Ticket
from app.tickets.timeline import panel, span

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture
def ticket(app: Flask, ada: Person) -> Ticket:
    with unit_of_work():
        conversation = Conversation.open(ada, "portal", subject="The link is broken")
        conversation.say(ada, "I cannot open my plan.")
        made = Ticket.make(conversation, kind="technical", because="The form said so.", fields={"Where": "Paying"})
    drain()
    return made


def url(ticket: Ticket, rest: str = "") -> str:
    return f"/account/requests/{ticket.reference}{rest}"


def test_a_customer_sees_their_requests_in_plain_words(ticket: Ticket, ada: Person, grace: Person, client_of: ClientOf) -> None:
    hers = client_of(ada)
    listed, one = hers.get("/account/requests").text, hers.get(url(ticket)).text
    assert "The link is broken" in listed and "We are on it" in listed and "next word from us by" in listed
    assert "I cannot open my plan." in one and "You hear from us by" in one
    with unit_of_work():
        ticket.conversation.note(grace, "Canary: she owes us money.")
        ticket.conversation.say(grace, "Try now.")
    assert "We have answered" in hers.get(url(ticket)).text and "Canary" not in hers.get(url(ticket)).text
    assert "1 goes on, 1 waits for you" in hers.get("/account").text


def test_an_open_page_gets_what_is_new_and_nothing_else(
    ticket: Ticket, ada: Person, eve: Person, grace: Person, client_of: ClientOf
) -> None:
    hers, part = client_of(ada), {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#request"}
    ask = next(line.split('data-hx-get="')[1].split('"')[0] for line in hers.get(url(ticket)).text.splitlines() if 'id="request"' in line)
    with unit_of_work():
        ticket.conversation.note(grace, "Canary: she owes us money.")
    assert hers.get(ask, headers=part).status_code == 204
    with unit_of_work():
        ticket.conversation.say(grace, "Try now.")
    news = hers.get(ask, headers=part).text
    assert "Try now." in news and "We have answered" in news and "Canary" not in news and "<html" not in news
    assert client_of(eve).get(ask, headers=part).status_code == 404


def test_articles_that_may_answer_it_are_offered_until_it_is_closed(app: Flask, ada: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        row = Conversation.open(ada, "form", subject="How do I move a booking to another day?")
        row.say(ada, "I cannot come.")
        ticket = Ticket.make(row, way="form")
    hers = client_of(ada)
    assert "This may help meanwhile" in hers.get(url(ticket)).text and 'href="/help/' in hers.get(url(ticket)).text
    with unit_of_work():
        row.close(ada)
    assert "This may help meanwhile" not in hers.get(url(ticket)).text


def test_words_and_files_can_be_added(ticket: Ticket, ada: Person, client_of: ClientOf) -> None:
    hers = client_of(ada)
    data = {"words": "And this.", "files": (io.BytesIO(b"log"), "log.txt")}
    assert hers.post(url(ticket, "/entries"), data=data, content_type="multipart/form-data").status_code == 303
    assert "log.txt" in hers.get(url(ticket)).text
    assert hers.post(url(ticket, "/entries"), data={"words": " "}).status_code == 422
    refused = hers.post(
        url(ticket, "/entries"), data={"words": "Kept words", "files": (io.BytesIO(b"MZ\x90"), "x.exe")}, content_type="multipart/form-data"
    )
    assert refused.status_code == 422 and "Kept words" in refused.text


def test_a_message_sent_twice_by_two_presses_is_there_once(ticket: Ticket, ada: Person, client_of: ClientOf) -> None:
    hers = client_of(ada)
    form = re.search(r'name="client_id" value="([^"]+)"', hers.get(url(ticket)).text)
    assert form is not None
    for _ in range(2):
        hers.post(url(ticket, "/entries"), data={"words": "Only once", "client_id": form[1]})
    assert hers.get(url(ticket)).text.count("Only once") == 1


def test_it_is_closed_rated_and_opened_again(ticket: Ticket, ada: Person, client_of: ClientOf) -> None:
    hers = client_of(ada)
    hers.post(url(ticket, "/closure"))
    assert "How was it?" in hers.get(url(ticket)).text
    hers.get(url(ticket, "?stars=1"))
    assert db.session.scalars(select(Rating)).all() == []
    for stars in ("9", "x", "", "-1"):
        assert hers.post(url(ticket, "/rating"), data={"stars": stars}).status_code == 303
    assert db.session.scalars(select(Rating)).all() == []
    hers.post(url(ticket, "/rating"), data={"stars": "2", "words": "Slow."})
    hers.post(url(ticket, "/rating"), data={"stars": "4", "words": "Well."})
    assert [(row.stars, row.words) for row in db.session.scalars(select(Rating))] == [(4, "Well.")]
    clock.forward(timedelta(days=8))
    answer = client_of(ada).post(url(ticket, "/rating"), data={"stars": "1"}, follow_redirects=True)
    assert "no longer be rated" in answer.text and "You gave this 4 of 5" in answer.text and "/rating" not in answer.text
    client_of(ada).post(url(ticket, "/reopening"))
    db.session.expire_all()
    assert ticket.conversation.state == "open"


def test_a_signed_link_opens_one_request_for_somebody_without_an_account(app: Flask, client: FlaskClient) -> None:
    with unit_of_work():
        mary = add(Person(name="Mary", claimed_email="mary@x.example"))
        one, two = Conversation.open(mary, "email", subject="One"), Conversation.open(mary, "email", subject="Two")
        first, second = Ticket.make(one), Ticket.make(two)
        token = one.link_token(mary)
    assert client.get(url(first)).status_code == 404
    answer = client.get(f"/account/requests/link/{token}", follow_redirects=True)
    assert answer.status_code == 200 and "One" in answer.text
    assert client.get(url(second)).status_code == 404
    assert client.post(url(first, "/entries"), data={"words": "Hello"}).status_code == 303
    assert client.get(f"/account/requests/link/{token}x").status_code == 404


def test_a_rating_is_asked_for_as_long_as_it_counts_and_late_words_are_kept(ticket: Ticket, ada: Person, client_of: ClientOf) -> None:
    hers = client_of(ada)
    assert "How was it?" not in hers.get(url(ticket)).text
    hers.post(url(ticket, "/closure"))
    clock.forward(timedelta(days=7, minutes=-1))
    assert "How was it?" in client_of(ada).get(url(ticket)).text
    clock.forward(timedelta(minutes=2))
    hers = client_of(ada)
    assert "How was it?" not in hers.get(url(ticket)).text
    late = hers.post(url(ticket, "/rating"), data={"stars": "1", "words": "It was slow."})
    assert late.status_code == 422 and "no longer be rated" in late.text and "It was slow.</textarea>" in late.text
    hers.post(url(ticket, "/reopening"))
    hers.post(url(ticket, "/closure"))
    assert "How was it?" in hers.get(url(ticket)).text


def test_a_request_that_was_merged_leads_to_where_it_goes_on(
    ticket: Ticket, ada: Person, eve: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        other = Ticket.make(Conversation.open(ada, "portal", subject="Once more"))
        other.conversation.say(ada, "Did you read me?")
    with unit_of_work():
        other.conversation.merge_into(ticket.conversation, grace)
    hers = client_of(ada)
    there = hers.get(url(other))
    assert (there.status_code, there.location) == (303, url(ticket)) and "Did you read me?" in hers.get(there.location).text
    part = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#request"}
    assert "Did you read me?" in hers.get(url(other, "?seen=1"), headers=part, follow_redirects=True).text
    said = hers.post(url(other, "/entries"), data={"words": "Typed on the old page"}, follow_redirects=True)
    assert "Typed on the old page" in said.text and said.request.path == url(ticket)
    for deed in ("/closure", "/rating", "/reopening"):
        assert hers.post(url(other, deed), data={"stars": "1"}, follow_redirects=True).request.path == url(ticket)
    db.session.expire_all()
    assert (ticket.conversation.state, other.conversation.state) == ("open", "closed")
    assert client_of(eve).get(url(other)).status_code == 404


def test_a_signed_link_to_a_request_that_was_merged_opens_where_it_goes_on(app: Flask, client: FlaskClient, grace: Person) -> None:
    with unit_of_work():
        mary = add(Person(name="Mary", claimed_email="mary@x.example"))
        one, two, chat = Conversation.open(mary, "email"), Conversation.open(mary, "email"), Conversation.open(mary, "chat")
        one.say(mary, "The first"), two.say(mary, "The second"), chat.say(mary, "The third")
        first, second = Ticket.make(one), Ticket.make(two)
        token = one.link_token(mary)
    before = app.test_client()
    before.get(f"/account/requests/link/{token}")
    with unit_of_work():
        one.merge_into(two, grace)
    for browser, path in ((client, f"/account/requests/link/{token}"), (before, url(first)), (app.test_client(), f"/chat/link/{token}")):
        page = browser.get(path, follow_redirects=True)
        assert page.status_code == 200 and "The first" in page.text and "The second" in page.text
    assert client.get(f"/chat/{chat.reference}").status_code == 404
    with unit_of_work():
        two.merge_into(chat, grace)
    answer = client.get(url(first), follow_redirects=True)
    assert answer.request.path == f"/chat/{chat.reference}" and "The third" in answer.text
    part = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#request"}
    assert client.get(url(second), headers=part).headers["HX-Redirect"] == f"/chat/{chat.reference}"


def test_who_takes_no_part_where_a_request_goes_on_is_told_that_it_does(
    ticket: Ticket, ada: Person, eve: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        hers = Ticket.make(Conversation.open(eve, "portal", subject="Canary"))
        ticket.conversation.merge_into(hers.conversation, grace, share=True)
        hers.conversation.part_out(ada)
    page = client_of(ada).get(url(ticket))
    assert page.status_code == 200 and "goes on" in page.text and "Canary" not in page.text and "<textarea" not in page.text


def test_a_letters_link_to_a_conversation_that_is_no_request_opens_it_too(app: Flask, client: FlaskClient) -> None:
    with unit_of_work():
        mary = add(Person(name="Mary", claimed_email="mary@x.example"))
        row = Conversation.open(mary, "email", subject="A letter")
        row.say(mary, "Only a letter")
        token = row.link_token(mary)
    assert "Only a letter" in client.get(f"/account/requests/link/{token}", follow_redirects=True).text


def test_eve_finds_nothing_of_adas(ticket: Ticket, eve: Person, client: FlaskClient, client_of: ClientOf) -> None:
    hers = client_of(eve)
    assert "The link is broken" not in hers.get("/account/requests").text
    for browser in (hers, client):
        assert browser.get(url(ticket)).status_code == 404
        for deed in ("/entries", "/closure", "/reopening", "/rating"):
            assert browser.post(url(ticket, deed), data={"words": "x", "stars": "1"}).status_code == 404
    for deed in ("escalation", "call", "effort", "link", "ticket"):
        assert hers.post(f"/desk/tickets/{ticket.conversation_id}/{deed}").status_code == 403
    assert hers.get("/desk/tickets/report").status_code == 403


def test_the_panel_says_why_it_is_due_and_why_it_is_here(ticket: Ticket, grace: Person, client_of: ClientOf) -> None:
    page = client_of(grace).get(f"/desk/conversations/{ticket.conversation_id}/person").text
    found = panel(ticket.conversation)
    assert found is not None and found.rows[0].name == "First reply" and "of open time from" in found.rows[0].words
    assert "The form said so." in page and "of open time from" in page and "Paying" in page


def test_agents_escalate_log_calls_time_and_links(ticket: Ticket, ada: Person, grace: Person, client_of: ClientOf) -> None:
    desk, base = client_of(grace), f"/desk/tickets/{ticket.conversation_id}"
    with unit_of_work():
        child = Ticket.make(Conversation.open(ada, "form", subject="Another"))
    desk.post(f"{base}/escalation", data={"why": "She is a judge."})
    desk.post(f"{base}/call", data={"way": "out", "minutes": "7", "outcome": "reached", "words": "She sees it."})
    desk.post(f"{base}/effort", data={"minutes": "20", "what": "Logs"})
    desk.post(f"{base}/link", data={"other": child.reference, "how": "link"})
    db.session.expire_all()
    assert ticket.level == 1 and ticket.because[-1] == "Level 1: She is a judge."
    call = db.session.scalars(select(Call)).one()
    assert (call.inbound, call.minutes, call.outcome) == (False, 7, "reached")
    assert ticket.minutes_spent() == 20 and ticket.linked() == [child]


def test_a_plain_conversation_is_escalated_and_becomes_a_ticket_on_the_way(ada: Person, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        talk = Conversation.open(ada, "chat")
        talk.say(ada, "My lawyer will write to you")
    desk, path = client_of(grace), f"/desk/tickets/{talk.id}/escalation"
    assert path in desk.get(f"/desk/conversations/{talk.id}/person").text
    desk.post(path, data={"why": " "})
    assert Ticket.of(talk) is None
    desk.post(path, data={"why": "She has a lawyer."})
    db.session.expire_all()
    ticket = Ticket.of(talk)
    assert ticket is not None and ticket.level == 1 and talk.priority == "high"
    assert ticket.because == [f"{grace.display_name} escalated it.", "Level 1: She has a lawyer."]


@pytest.mark.parametrize(
    ("deed", "data"),
    [
        ("escalation", {"why": "  "}),
        ("call", {"minutes": "-1"}),
        ("call", {"minutes": "x"}),
        ("effort", {"minutes": "999999"}),
        ("effort", {}),
        ("link", {"other": "FD-9999"}),
        ("link", {"other": "'; drop"}),
    ],
)
def test_senseless_input_is_refused_in_words(ticket: Ticket, grace: Person, client_of: ClientOf, deed: str, data: dict[str, str]) -> None:
    assert client_of(grace).post(f"/desk/tickets/{ticket.conversation_id}/{deed}", data=data).status_code == 303
    db.session.expire_all()
    assert ticket.level == 0 and ticket.minutes_spent() == 0 and ticket.linked() == []
    assert client_of(grace).post(f"/desk/tickets/4711/{deed}", data=data).status_code in {303, 404}


def test_a_chat_becomes_a_ticket_and_keeps_its_thread(app: Flask, ada: Person, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        chat = Conversation.open(ada, "chat")
        chat.say(ada, "It is about my invoice.")
    client_of(grace).post(f"/desk/tickets/{chat.id}/ticket")
    made = Ticket.of(chat)
    assert made is not None and made.because == ["Made by Grace Hopper."] and chat.next_due_at is not None


def test_the_report_counts_promises(ticket: Ticket, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        ticket.conversation.say(grace, "Done.")
    drain()
    words = client_of(grace).get("/desk/tickets/report?days=7").text
    assert "First reply" in words and "100 %" in words
    assert client_of(grace).get("/desk/tickets/report?days=%00").status_code == 200


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (59, "59 s"), (61, "1 min"), (3600, "1 h"), (7800, "2 h 10 min")])
def test_spans_are_said_in_words(seconds: int, words: str) -> None:
    assert span(seconds) == words
