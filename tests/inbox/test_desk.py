"""The desk: what agents see and do, and what strangers never do."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from app.accounts.models import Link, Person
from app.checkout.orders import Order
from app.conversations.models import Block, Conversation, Entry
from app.hours.models import main_calendar
from app.inbox import listing
from app.inbox.models import Draft, HeldReply, Mention
from app.inbox.words import happening
from app.lib import clock, live
from app.lib.db import add, db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from app.lib.uploads import Upload
from app.notifications.consents import Consent

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture
def talk(app: Flask, ada: Person) -> Conversation:
    """Ada asks about an invoice, by chat."""
    return opened(ada, "chat")


@pytest.fixture
def letter(app: Flask, ada: Person) -> Conversation:
    """Ada asks about an invoice, by e-mail."""
    return opened(ada, "email")


def opened(person: Person, channel: str) -> Conversation:
    with unit_of_work():
        conversation = Conversation.open(person, channel, subject="An invoice")
        conversation.say(person, "Where is my invoice?")
    return conversation


def fresh(row: Conversation) -> Conversation:
    db.session.expire_all()
    return row


def url(conversation: Conversation, rest: str = "") -> str:
    return f"/desk/conversations/{conversation.id}{rest}"


def said(conversation: Conversation) -> list[str]:
    mine = select(Entry.body).where(Entry.conversation_id == conversation.id, Entry.kind.in_(("message", "note")))
    return list(db.session.scalars(mine.order_by(Entry.seq)))


def test_a_new_conversation_is_found_under_unassigned(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    page = client_of(grace).get("/desk/", follow_redirects=True)
    assert page.status_code == 200 and "An invoice" in page.text and "Ada Lovelace" in page.text


def test_a_rare_word_beside_a_common_one_is_found_however_long_ago(
    ada: Person, grace: Person, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "NEWEST", 5)
    with unit_of_work():
        old, other = (Conversation.open(ada, "email", subject=subject) for subject in ("Long ago", "Another"))
        old.say(ada, "The price of a zeppelin, please")
        other.say(ada, "What is the price of a letter?")
        lately = [Conversation.open(ada, "email", subject=f"Lately {number}") for number in range(6)]
        for one in lately:
            one.say(ada, "About the price of a letter")
    desk = client_of(grace)

    def found(words: str) -> list[bool]:
        shown = desk.get("/desk/views/search", query_string={"q": words}).text
        return [f'id="row-{one.id}"' in shown for one in (old, other, *lately)]

    assert found("price zeppelin") == found("zeppelin price") == [True, *[False] * 7]
    assert found("price letter ago") == [False] * 8
    assert found("price letter") == [False, False, False, *[True] * 5]


def test_the_list_keeps_its_place_beside_an_open_thread(ada: Person, grace: Person, client_of: ClientOf) -> None:
    rows = [opened(ada, "email") for _ in range(52)]
    desk = client_of(grace)
    beside = desk.get(url(rows[-1]), query_string={"view": "all"}).text
    assert 'href="/desk/views/all?page=2" rel="next"' in beside
    last = desk.get("/desk/views/all?page=2").text
    assert last.count('class="talk__link"') == 2 and f"{url(rows[0])}?view=all&amp;page=2" in last
    assert desk.get(f"{url(rows[0])}?view=all&page=2").text.count('class="talk__link"') == 2
    assert desk.get(f"{url(rows[0])}?view=all&page=3").text.count('class="talk__link"') == 50


def test_what_was_searched_for_stays_beside_the_thread_and_after_a_deed(
    talk: Conversation, letter: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        letter.say(ada, "A needle & thread")
    desk = client_of(grace)
    link = f"{url(letter)}?view=search&amp;q=needle+thread"
    assert link in desk.get("/desk/views/search?q=needle+thread").text
    answer = desk.post(f"{url(letter, '/priority')}?view=search&q=needle+thread", data={"priority": "high"})
    for shown in (desk.get(link.replace("&amp;", "&")).text, desk.get(answer.location).text):
        assert shown.count('class="talk__link"') == 1 and 'value="needle thread"' in shown
        assert 'data-again="/desk/views/search?q=needle+thread"' in shown


def test_exact_words_in_quotes_are_found_side_by_side_only(talk: Conversation, ada: Person, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        talk.say(ada, "The refund has not come, and the letter has")
    desk = client_of(grace)
    for words, there in (('"refund has not come"', True), ('"has come"', False), ('"come refund"', False), ("come refund", True)):
        shown = desk.get("/desk/views/search", query_string={"q": words}).text
        assert (f'id="row-{talk.id}"' in shown) is there


@pytest.mark.parametrize("view", ["mine", "unassigned", "team", "bot", "mentions", "all", "snoozed", "closed"])
def test_every_view_is_an_address(view: str, talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    assert client_of(grace).get(f"/desk/views/{view}").status_code == 200


def test_an_unknown_view_is_not_there(grace: Person, client_of: ClientOf) -> None:
    assert client_of(grace).get("/desk/views/secret").status_code == 404


def test_a_chat_is_answered_at_once(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    answer = client_of(grace).post(url(talk, "/messages"), data={"kind": "reply", "words": "On its way.", "seen": talk.last_seq})
    assert answer.status_code == 303
    assert said(talk)[-1] == "On its way." and fresh(talk).assignee_id == grace.id


def test_a_retried_send_is_stored_once(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    browser, data = client_of(grace), {"kind": "reply", "words": "On its way.", "seen": talk.last_seq, "client_id": "0190-abcd-0001"}
    assert [browser.post(url(talk, "/messages"), data=data).status_code for _ in range(2)] == [303, 303]
    assert said(talk).count("On its way.") == 1


def test_a_letter_waits_ten_seconds_for_second_thoughts(letter: Conversation, grace: Person, client_of: ClientOf) -> None:
    client_of(grace).post(url(letter, "/messages"), data={"kind": "reply", "words": "On its way.", "seen": letter.last_seq})
    assert "On its way." not in said(letter)
    clock.forward(timedelta(seconds=11))
    drain()
    assert said(letter)[-1] == "On its way."


def test_undo_brings_the_words_back_into_the_composer(letter: Conversation, grace: Person, client_of: ClientOf) -> None:
    browser = client_of(grace)
    browser.post(url(letter, "/messages"), data={"kind": "reply", "words": "Too soon.", "seen": letter.last_seq})
    held = db.session.scalars(select(HeldReply)).one()
    browser.post(url(letter, f"/held/{held.id}/removal"))
    clock.forward(timedelta(minutes=1))
    drain()
    assert "Too soon." not in said(letter) and Draft.of(letter, grace) == {"reply": "Too soon."}


@pytest.mark.parametrize("corrected", ["Too soon.", "Just in time."])
def test_words_sent_again_from_the_page_before_are_sent_after_an_undo_and_when_they_were_corrected(
    corrected: str, letter: Conversation, grace: Person, client_of: ClientOf
) -> None:
    desk, data = client_of(grace), {"words": "Too soon.", "seen": letter.last_seq, "client_id": "reply-0001"}
    desk.post(url(letter, "/messages"), data=data)
    if corrected == "Too soon.":
        desk.post(url(letter, f"/held/{db.session.scalars(select(HeldReply)).one().id}/removal"))
    for _ in range(2):
        desk.post(url(letter, "/messages"), data={**data, "words": corrected})
    clock.forward(timedelta(minutes=1))
    drain()
    assert said(letter).count(corrected) == 1


def test_a_planned_reply_becomes_a_draft_when_the_customer_writes_first(
    letter: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    at = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    data = {"kind": "reply", "words": "Any news?", "seen": letter.last_seq, "send_at": at}
    client_of(grace).post(url(letter, "/messages"), data=data)
    with unit_of_work():
        fresh(letter).say(ada, "I found it!")
    drain()
    clock.forward(timedelta(days=4))
    drain()
    assert "Any news?" not in said(letter) and Draft.of(letter, grace)["reply"] == "Any news?"


def test_a_planned_reply_stays_here_when_the_customer_wrote_where_the_conversation_was_merged_into(
    letter: Conversation, ada: Person, grace: Person
) -> None:
    other = opened(ada, "email")
    with unit_of_work():
        HeldReply.hold(letter, grace, "See you tomorrow", "later-merged", until=clock.now() + timedelta(hours=1))
        letter.merge_into(other, grace)
    with unit_of_work():
        other.say(ada, "Cancel everything!")
    clock.forward(timedelta(hours=2))
    drain()
    assert "See you tomorrow" not in said(fresh(other)) and Draft.of(other, grace) == {"reply": "See you tomorrow"}


def test_what_somebody_planned_who_can_no_longer_come_in_does_not_go_out(
    letter: Conversation, talk: Conversation, grace: Person, linus: Person
) -> None:
    with unit_of_work():
        for row in (letter, talk):
            HeldReply.hold(row, grace, "See you tomorrow", f"later-{row.id}", until=clock.now() + timedelta(hours=1))
        grace.active = False
        db.session.scalars(HeldReply.waiting(talk)).one().send()
        grace.deactivate()
    drain()
    whys = db.session.scalars(select(HeldReply.why)).all()
    assert whys == ["their account was closed"] * 2 and "See you tomorrow" not in said(letter) + said(talk)


@pytest.mark.parametrize("after", ["close", "snooze"])
def test_send_and_close_leaves_open_what_the_customer_wrote_in_the_ten_seconds(
    after: str, letter: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    desk = client_of(grace)
    desk.post(url(letter, "/messages"), data={"kind": "reply", "words": "On its way.", "seen": letter.last_seq, "after": after})
    with unit_of_work():
        fresh(letter).say(ada, "Wait, another question!")
    clock.forward(timedelta(seconds=11))
    drain()
    assert said(letter)[-1] == "On its way." and fresh(letter).state not in {"closed", "snoozed"}


def test_a_stale_reply_is_stopped_with_everything_kept(talk: Conversation, grace: Person, linus: Person, client_of: ClientOf) -> None:
    seen = talk.last_seq
    with unit_of_work():
        talk.say(linus, "I have sent it again.")
    browser, data = client_of(grace), {"kind": "reply", "words": "Let me look for it.", "seen": seen}
    stopped = browser.post(url(talk, "/messages"), data=data)
    assert stopped.status_code == 409 and "Let me look for it." in stopped.text and "I have sent it again." in stopped.text
    assert "Let me look for it." not in said(talk)
    with unit_of_work():
        fresh(talk).say(linus, "And once more.")
    data["seen"] = shown(stopped, "seen")
    stopped = browser.post(url(talk, "/messages"), data=data)
    assert stopped.status_code == 409 and "And once more." in stopped.text
    assert browser.post(url(talk, "/messages"), data={**data, "seen": shown(stopped, "seen")}).status_code == 303
    assert said(talk)[-1] == "Let me look for it."


def shown(answer: TestResponse, field: str) -> int:
    """The number that a form of the page carries in a hidden field."""
    found = re.search(rf'name="{field}" value="(\d+)"', answer.text)
    assert found is not None
    return int(found[1])


def test_an_unfilled_blank_blocks_sending(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    data = {"kind": "reply", "words": "Dear {{ customer.first_name }},", "seen": talk.last_seq}
    refused = client_of(grace).post(url(talk, "/messages"), data=data)
    assert refused.status_code == 422 and "Fill in" in refused.text and "{{ customer.first_name }}" in refused.text


def test_nothing_at_all_cannot_be_sent(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    assert client_of(grace).post(url(talk, "/messages"), data={"kind": "reply", "words": "  "}).status_code == 422


def test_a_note_stays_inside_and_tells_whom_it_names(
    talk: Conversation, ada: Person, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    client_of(grace).post(url(talk, "/messages"), data={"kind": "note", "words": "@linus can you look?", "seen": 0})
    entry = db.session.scalars(select(Entry).where(Entry.kind == "note")).one()
    assert entry.public is False
    assert "An invoice" in client_of(linus).get("/desk/views/mentions").text
    client_of(linus).get(url(talk))
    assert "An invoice" not in client_of(linus).get("/desk/views/mentions").text


def test_a_note_that_is_sent_twice_tells_whom_it_names_once(talk: Conversation, grace: Person, linus: Person, client_of: ClientOf) -> None:
    desk, data = client_of(grace), {"kind": "note", "words": "@linus please look", "client_id": "note-00001"}
    assert [desk.post(url(talk, "/messages"), data=data).status_code for _ in range(2)] == [303, 303]
    assert said(talk).count("@linus please look") == len(db.session.scalars(select(Mention)).all()) == 1


def test_the_thread_shows_what_is_said_and_who_says_it(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    page = client_of(grace).get(url(talk)).text
    assert "Where is my invoice?" in page and "Ada Lovelace" in page and "ada@customer.example" in page and "proven" in page


def test_the_person_pane_shows_orders_consents_and_notes_of_whoever_is_proven_and_of_nobody_else(
    talk: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        add(
            Order(
                offer="steady-caseload", title="Steady Caseload", currency="USD", email=ada.email, person_id=ada.id, agreed_at=clock.now()
            )
        )
        Consent.give("letters", str(ada.email), "Write to me about new programmes.", "/contact", ada)
        earlier = Conversation.open(ada, "chat")
        earlier.note(grace, "Prefers mornings.")
        claimant = add(Person(name="Ada Lovelace", claimed_email=ada.email))
        claimed = Conversation.open(claimant, "chat")
        claimed.say(claimant, "It is me, Ada")
    known = ("Steady Caseload", "Write to me about new programmes.", "Prefers mornings.")
    page, claims = client_of(grace).get(url(talk)).text, client_of(grace).get(url(claimed)).text
    assert all(words in page for words in known)
    assert not any(words in claims for words in known)


def test_beside_the_words_of_a_visitor_proven_to_be_somebody_stands_that_person_until_it_is_undone(
    talk: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        visitor = add(Person())
        browsing = Conversation.open(visitor, "chat")
        browsing.say(visitor, "Hello")
    assert "An invoice" not in client_of(grace).get(url(browsing, "/person?view=snoozed")).text
    with unit_of_work():
        link = Link.make(ada, visitor, "code")
    page = client_of(grace).get(url(browsing, "/person?view=snoozed")).text
    assert "An invoice" in page and "ada@customer.example" in page and "proved to be them" in page
    with unit_of_work():
        assert link is not None
        link.undo(grace)
    assert "ada@customer.example" not in client_of(grace).get(url(browsing, "/person?view=snoozed")).text


def test_what_a_customer_writes_is_never_markup(app: Flask, ada: Person, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        talk = Conversation.open(ada, "chat", subject="<script>alert(1)</script>")
        talk.say(ada, "<img src=x onerror=alert(1)> <div data-hx-get='/x' data-hx-trigger='load'>x</div>")
    page = client_of(grace).get(url(talk)).text
    assert "<script>alert" not in page and "<img src=x" not in page and "<div data-hx-get='/x'" not in page


def test_closing_can_be_undone_and_reopened(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    browser = client_of(grace)
    browser.post(url(talk, "/closure"))
    assert fresh(talk).state == "closed"
    browser.post(url(talk, "/closure/removal"))
    assert fresh(talk).state == "open"


def test_a_snoozed_conversation_comes_back_at_its_time(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    browser = client_of(grace)
    browser.post(url(talk, "/snooze"), data={"until": "hour"})
    assert "An invoice" in browser.get("/desk/views/snoozed").text and "An invoice" not in browser.get("/desk/views/all").text
    clock.forward(timedelta(hours=1, seconds=1))
    drain()
    assert "woke: time" in browser.get("/desk/views/all").text


def test_what_is_closed_offers_no_snooze_and_a_page_that_still_does_leads_to_what_goes_on(
    talk: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    desk, other = client_of(grace), opened(ada, "chat")
    assert url(talk, "/snooze") in desk.get(url(talk)).text
    with unit_of_work():
        talk.merge_into(other, grace)
    desk.post(url(talk, "/snooze"), data={"until": "hour"})
    assert (fresh(talk).state, other.state) == ("closed", "open") and url(talk, "/snooze") not in desk.get(url(talk)).text


def test_a_time_is_meant_on_the_agents_clock_and_else_on_the_firms(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    browser = client_of(grace)
    firms, theirs = datetime(2031, 7, 1, 9, tzinfo=main_calendar().zone), datetime(2031, 7, 1, 9, tzinfo=ZoneInfo("Pacific/Auckland"))
    browser.post(url(talk, "/snooze"), data={"until": "custom", "at": "2031-07-01T09:00"})
    assert snoozed_until(talk) == firms
    with unit_of_work():
        fresh(talk).wake("person", grace)
        db.session.get_one(Person, grace.id).timezone = "Pacific/Auckland"
    assert "Until (Auckland time)" in browser.get(url(talk, "")).text
    browser.post(url(talk, "/snooze"), data={"until": "custom", "at": "2031-07-01T09:00"})
    assert snoozed_until(talk) == theirs


def snoozed_until(talk: Conversation) -> datetime | None:
    row = fresh(talk).current_snooze()
    return row.until if row else None


def test_a_time_at_the_end_of_all_time_is_a_time(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    desk, last = client_of(grace), "9999-12-31T23:59"
    desk.post(url(talk, "/snooze"), data={"until": "custom", "at": last})
    assert fresh(talk).state == "snoozed" and desk.get(url(talk)).status_code == 200
    assert desk.post(url(talk, "/messages"), data={"words": "Hello", "send_at": last}).status_code == 303


@pytest.mark.parametrize("at", ["2020-01-01T10:00", "0001-01-01T00:00"])
def test_a_reply_planned_for_a_time_that_has_gone_is_not_sent_at_once(
    at: str, talk: Conversation, letter: Conversation, grace: Person, client_of: ClientOf
) -> None:
    for row in (talk, letter):
        data = {"words": "Good morning", "seen": row.last_seq, "send_at": at}
        answer = client_of(grace).post(url(row, "/messages"), data=data)
        assert answer.status_code == 422 and "That time has gone" in answer.text and "Good morning</textarea>" in answer.text
        clock.forward(timedelta(minutes=1))
        drain()
        assert "Good morning" not in said(fresh(row))


@pytest.mark.parametrize("at", ["", "yesterday", "2001-01-01T10:00", "9999-99-99", "0001-01-01T00:00"])
def test_a_senseless_time_is_refused_at_the_desk(at: str, talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    answer = client_of(grace).post(url(talk, "/snooze"), data={"until": "custom", "at": at}, follow_redirects=True)
    assert answer.request.path == url(talk) and re.search("That time has gone|Choose a day and a time", answer.text)
    assert fresh(talk).state == "open"


def test_handing_on_leaves_a_brief(talk: Conversation, grace: Person, linus: Person, client_of: ClientOf) -> None:
    client_of(grace).post(url(talk, "/transfer"), data={"to": f"agent:{linus.id}", "brief": "Needs a refund."})
    assert fresh(talk).assignee_id == linus.id and "Needs a refund." in said(talk)


@pytest.mark.parametrize("to", ["", "agent:999", "agent:x", "team:77", "customer:1"])
def test_nobody_can_hand_on_to_nobody(to: str, talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    assert client_of(grace).post(url(talk, "/transfer"), data={"to": to}).status_code == 422


def test_tags_go_on_and_off(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    browser = client_of(grace)
    browser.post(url(talk, "/tags"), data={"name": "Billing"})
    assert "An invoice" in browser.get("/desk/views/search?q=tag:billing").text
    browser.post(url(talk, "/tags/billing/removal"))
    assert "An invoice" not in browser.get("/desk/views/search?q=tag:billing").text


SEARCHES = [
    ("invoice", True), ("from:ada", True), ("from:eve", False), ("is:open", True), ("is:closed", False), ("is:unassigned", True),
    ("to:me", False), ("channel:chat", True), ("before:2001-01-01", False), ("after:2001-01-01", True), ("priority:normal", True),
    ("where invoice from:lovelace is:open", True), ("has:note", False), ('"my invoice"', True), ("100%", False), ("_______", False),
]  # fmt: skip


@pytest.mark.parametrize(("words", "found"), SEARCHES)
def test_search_understands_words_and_operators(words: str, found: bool, talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    page = client_of(grace).get("/desk/views/search", query_string={"q": words})
    assert page.status_code == 200 and (f'id="row-{talk.id}"' in page.text) is found


@pytest.mark.parametrize("words", ["is:purple", "before:tomorrow", "after:9999-12-31", "has:cheese", "channel:pigeon", "priority:none"])
def test_a_misread_operator_is_named(words: str, talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    page = client_of(grace).get("/desk/views/search", query_string={"q": words}).text
    assert "Not understood" in page and f'id="row-{talk.id}"' in page


@pytest.mark.parametrize(
    "words", ['"', "'; DROP TABLE people; --", "title:x", "* OR", "a" * 5000, "\\", "%", "from:", "\x00", "²", "fd-²", "9" * 23]
)
def test_hostile_search_words_do_no_harm(words: str, talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    assert client_of(grace).get("/desk/views/search", query_string={"q": words}).status_code == 200


def test_a_number_that_is_no_number_does_no_harm(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    desk = client_of(grace)
    for number in ("²", "9" * 23):
        assert desk.post("/desk/bulk", data={"ids": [number], "do": "close"}).status_code in (302, 303)
        assert desk.get("/desk/outbox", query_string={"before": number}).status_code == 200
        assert desk.post(url(talk, "/split"), data={"entries": number}).status_code < 500
        assert desk.post(url(talk, "/macro"), data={"macro": number}).status_code == 422
        assert desk.post(url(talk, "/reading"), data={"seq": f"-{number}"}).status_code < 500
        assert desk.post(url(talk, "/messages"), data={"seen": number, "words": "Hello"}).status_code == 422
        assert desk.post("/desk/presence", data={"room": number, "visit": "a"}).status_code == 200
        assert desk.post(url(talk, "/assignment"), data={"agent": number}).status_code == 422
        assert desk.post(url(talk, "/transfer"), data={"to": f"team:{number}"}).status_code == 422


def test_a_reply_for_later_stays_here_when_the_customer_wrote_and_nobody_has_heard_it_yet(talk: Conversation, grace: Person) -> None:
    with unit_of_work():
        held = HeldReply.hold(talk, grace, "As nobody wrote", "later-1", until=clock.now() + timedelta(hours=1))
        assert talk.person is not None
        talk.say(talk.person, "I wrote")
        held.send()
    assert (held.state, held.why) == ("undone", "the customer wrote first")
    assert db.session.scalar(select(Entry).where(Entry.conversation_id == talk.id, Entry.body == "As nobody wrote")) is None


def test_chosen_messages_are_split_off_from_the_thread(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    desk = client_of(grace)
    with unit_of_work():
        assert talk.person is not None
        entry = talk.say(talk.person, "And a wholly other thing")
    path = f"/desk/conversations/{talk.id}"
    assert f'name="entries" value="{entry.id}"' in desk.get(path).text
    desk.post(f"{path}/split", data={"entries": [entry.id]})
    db.session.expire_all()
    new = db.session.get_one(Conversation, db.session.scalar(select(func.max(Conversation.id))))
    assert new.id != talk.id and new.person_id == talk.person_id
    assert "And a wholly other thing" in desk.get(f"/desk/conversations/{new.id}").text


def test_whoever_is_blocked_takes_nobody_along_whose_address_they_only_typed(
    ada: Person, eve: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        rude = opened(add(Person(claimed_email=ada.email)), "chat")
        written = opened(add(Person(claimed_email=eve.email)), "email")
    for row in (rude, written):
        client_of(grace).post(url(row, "/block"))
    assert rude.person is not None and Block.covers(rude.person) and not Block.covers(ada)
    assert Block.covers(None, eve.email)


def test_a_blocked_sender_is_heard_again(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    desk, path = client_of(grace), f"/desk/conversations/{talk.id}"
    desk.post(f"{path}/block")
    page = desk.get(path).text
    assert "Hear this sender again" in page and "Block this sender" not in page
    desk.post(f"{path}/block/removal")
    assert "Block this sender" in desk.get(path).text


def test_a_sender_blocked_by_their_address_elsewhere_is_heard_again_too(
    talk: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        Block.make(None, grace, ada.email)
    assert "Hear this sender again" in client_of(grace).get(url(talk)).text
    client_of(grace).post(url(talk, "/block/removal"))
    with unit_of_work():
        fresh(talk).say(ada, "Thank you")
    assert said(talk)[-1] == "Thank you"


def test_several_are_closed_at_once(talk: Conversation, letter: Conversation, grace: Person, client_of: ClientOf) -> None:
    client_of(grace).post("/desk/bulk", data={"ids": [talk.id, letter.id], "do": "close"})
    assert {fresh(talk).state, letter.state} == {"closed"}


def test_what_was_done_to_several_is_undone_at_once(talk: Conversation, letter: Conversation, grace: Person, client_of: ClientOf) -> None:
    desk, ids = client_of(grace), {"ids": [talk.id, letter.id]}
    page = desk.post("/desk/bulk", data={**ids, "do": "close"}, follow_redirects=True)
    assert "2 conversations closed." in page.text and "/desk/bulk/removal" in page.text
    desk.post("/desk/bulk/removal")
    assert {fresh(talk).state, fresh(letter).state} == {"open"}
    desk.post("/desk/bulk", data={**ids, "do": "take"})
    assert fresh(talk).owner == "agent"
    desk.post("/desk/bulk/removal")
    assert {fresh(talk).owner, fresh(letter).owner} == {"queue"} and fresh(talk).assignee_id is None


def test_reopening_and_marking_read_are_undone_too_and_what_followed_the_closing_follows_once(
    talk: Conversation, letter: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    desk, ids = client_of(grace), {"ids": [talk.id, letter.id]}
    with unit_of_work():
        talk.say(grace, "Here it is."), talk.send_copy(ada), talk.close(grace), letter.close(grace)
    clock.forward(timedelta(seconds=12))
    drain()
    assert "2 conversations reopened." in desk.post("/desk/bulk", data={**ids, "do": "reopen"}, follow_redirects=True).text
    assert (fresh(talk).state, fresh(talk).reopened_count) == ("open", 1)
    with unit_of_work():
        fresh(letter).say(ada, "One thing more.")
    desk.post("/desk/bulk/removal")
    assert (fresh(talk).state, fresh(talk).reopened_count, fresh(letter).state) == ("closed", 0, "open")
    clock.forward(timedelta(seconds=12))
    drain()
    assert len(db.session.scalars(select(PostedLetter).where(PostedLetter.about == f"transcript:{talk.id}")).all()) == 1
    assert "1 conversation marked as read." in desk.post("/desk/bulk", data={"ids": [letter.id], "do": "read"}, follow_redirects=True).text
    assert fresh(letter).unread_for(grace) == 0 and letter.read_by("agent") == 0
    desk.post("/desk/bulk/removal")
    assert fresh(letter).unread_for(grace) == 2


def test_after_ten_seconds_or_in_other_hands_nothing_is_undone(
    talk: Conversation, letter: Conversation, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    desk = client_of(grace)
    desk.post("/desk/bulk", data={"ids": [talk.id, letter.id], "do": "take"})
    with unit_of_work():
        fresh(talk).assign(linus)
    desk.post("/desk/bulk/removal")
    assert fresh(talk).assignee_id == linus.id and fresh(letter).owner == "queue"
    desk.post("/desk/bulk", data={"ids": [talk.id], "do": "close"})
    with clock.at(clock.now() + timedelta(seconds=11)):
        assert "too late" in desk.post("/desk/bulk/removal", follow_redirects=True).text
    assert fresh(talk).state == "closed"


def test_merging_the_conversations_of_different_people_is_refused(
    talk: Conversation, eve: Person, grace: Person, client_of: ClientOf
) -> None:
    other = opened(eve, "chat")
    page = client_of(grace).post(url(talk, "/merge"), data={"into": other.reference}, follow_redirects=True)
    assert "different people" in page.text and "Where is my invoice?" not in "".join(said(other)[1:])


def test_who_asked_the_bot_for_a_person_looks_unread_until_somebody_has_looked(
    ada: Person, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        chat = Conversation.open(ada, "chat", owner="bot", subject="An invoice")
        chat.say(ada, "Is there a person?")
        chat.answer("I get somebody for you.", read_seq=chat.last_seq)
    desk = client_of(grace)
    assert "talk--unread" not in desk.get("/desk/views/all").text
    with unit_of_work():
        chat.release()
    assert "talk--unread" in desk.get("/desk/views/all").text
    desk.post(url(chat, "/reading"), data={"seq": fresh(chat).last_seq})
    assert "talk--unread" not in desk.get("/desk/views/all").text
    assert "talk--unread" in client_of(linus).get("/desk/views/all").text


def test_what_was_just_merged_can_be_undone_by_a_press_like_other_deeds(
    talk: Conversation, ada: Person, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    desk, other = client_of(grace), opened(ada, "chat")
    page = desk.post(url(talk, "/merge"), data={"into": other.reference}, follow_redirects=True).text
    bar = re.search(r'<form class="undo" data-until=[^>]*action="([^"]*moves/\d+/removal[^"]*)"', page)
    assert bar is not None and "Merged." in page
    assert 'class="undo" data-until' not in client_of(linus).get(url(other)).text
    desk.post(bar[1])
    assert fresh(talk).merged_into_id is None and talk.state == "open"
    desk.post(url(talk, "/merge"), data={"into": other.reference})
    clock.forward(timedelta(seconds=11))
    assert 'class="undo" data-until' not in desk.get(url(other)).text


def test_undo_of_a_merge_is_offered_only_where_its_words_still_stand(
    talk: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    desk, other, last = client_of(grace), opened(ada, "chat"), opened(ada, "email")
    with unit_of_work():
        move = talk.merge_into(other, grace)
    removal = f"/desk/conversations/{other.id}/moves/{move.id}/removal"
    assert removal in desk.get(url(talk)).text
    with unit_of_work():
        other.merge_into(last, grace)
    assert removal not in desk.get(url(talk)).text + desk.get(url(other)).text
    assert "Undo that first" in desk.post(removal, follow_redirects=True).text
    assert any("Where is my" in words for words in said(fresh(last))) and fresh(talk).merged_into_id == other.id


def test_what_was_merged_says_where_it_goes_on_and_takes_no_reply(
    talk: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    desk, other = client_of(grace), opened(ada, "chat")
    with unit_of_work():
        talk.merge_into(other, grace)
    page = desk.get(url(talk)).text
    assert "Merged into" in page and f">{other.reference}</a>" in page and 'id="composer"' not in page and url(talk, "/closure") not in page
    for _ in range(2):
        stale = {"kind": "reply", "words": "Here it is.", "seen": talk.last_seq}
        answer = desk.post(url(talk, "/messages"), data=stale)
        assert answer.status_code == 303 and url(other) in answer.location
    assert "Here it is." not in said(fresh(other)) and Draft.of(other, grace) == {"reply": "Here it is."}
    assert "Nothing was sent yet" in desk.get(answer.location).text
    assert "Nothing was done yet" in desk.post(url(talk, "/macro"), data={"macro": 1}, follow_redirects=True).text


@pytest.mark.parametrize(
    ("deed", "data"),
    [
        ("assignment", {}), ("transfer", {"to": "agent:me"}), ("closure", {}), ("closure/removal", {}), ("snooze", {"until": "week"}),
        ("snooze/removal", {}), ("tags", {"name": "vip"}), ("tags/vip/removal", {}), ("priority", {"priority": "urgent"}),
        ("subject", {"subject": "Something else"}), ("watching", {"watch": "yes"}), ("block", {}), ("block/removal", {}),
    ],
)  # fmt: skip
def test_a_deed_from_the_old_page_of_what_was_merged_changes_nothing_and_leads_on(
    talk: Conversation, ada: Person, grace: Person, client_of: ClientOf, deed: str, data: dict[str, str]
) -> None:
    other = opened(ada, "chat")
    with unit_of_work():
        talk.merge_into(other, grace)
    before = [(row.last_seq, row.state, row.assignee_id) for row in (fresh(talk), fresh(other))]
    page = client_of(grace).post(url(talk, f"/{deed}"), data=data, follow_redirects=True)
    assert page.request.path == url(other) and f"It was merged into {other.reference}. Nothing was done yet." in page.text
    assert [(row.last_seq, row.state, row.assignee_id) for row in (fresh(talk), fresh(other))] == before


def test_several_at_once_leaves_out_what_was_merged(talk: Conversation, ada: Person, grace: Person, client_of: ClientOf) -> None:
    other = opened(ada, "chat")
    with unit_of_work():
        talk.merge_into(other, grace)
    client_of(grace).post("/desk/bulk", data={"ids": [talk.id, other.id], "do": "take"})
    assert (fresh(talk).assignee_id, fresh(other).assignee_id) == (None, grace.id)


def test_the_print_of_what_was_merged_is_the_one_of_where_it_goes_on(
    talk: Conversation, ada: Person, eve: Person, grace: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        other = Conversation.open(eve, "chat")
        other.say(eve, "And I ask this.")
        talk.merge_into(other, grace, share=True)
    printed = f"/conversations/{talk.reference}/print"
    for person in (grace, ada):
        assert "And I ask this." in client_of(person).get(printed).text
    with unit_of_work():
        other.part_out(ada)
    assert "And I ask this." not in client_of(ada).get(printed).text


def test_a_blocked_sender_is_heard_no_more(talk: Conversation, ada: Person, grace: Person, client_of: ClientOf) -> None:
    client_of(grace).post(url(talk, "/block"))
    with pytest.raises(PermissionError), unit_of_work():
        fresh(talk).say(ada, "Hello?")


def test_catching_up_gives_what_came_after(talk: Conversation, ada: Person, grace: Person, client_of: ClientOf) -> None:
    seen = talk.last_seq
    with unit_of_work():
        talk.say(ada, "And my receipt?")
    answer = client_of(grace).get(url(talk, f"/since/{seen}"))
    assert "And my receipt?" in answer.text and "Where is my" not in answer.text
    assert client_of(grace).get(url(talk, f"/since/{answer.headers['Live-Seq']}")).status_code == 204


def test_a_desk_that_missed_much_is_told_to_ask_again_at_once(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    with unit_of_work():
        for number in range(120):
            talk.note(grace, f"line {number}")
    desk = client_of(grace)
    first = desk.get(url(talk, "/since/0"))
    rest = desk.get(url(talk, f"/since/{first.headers['Live-Seq']}"))
    assert "Live-More" in first.headers and "Live-More" not in rest.headers
    assert "line 119" in rest.text and int(rest.headers["Live-Seq"]) == fresh(talk).last_seq


def test_an_agent_changes_and_takes_back_own_words_and_nobody_elses_and_no_letter(
    talk: Conversation, letter: Conversation, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    with unit_of_work():
        entry, note = talk.say(grace, "It costs 490."), talk.note(grace, "Check taht.")
        sent = letter.say(grace, "It left by mail.")
    desk, page = client_of(grace), client_of(grace).get(url(talk)).text
    assert f"/entries/{entry.id}/edit" in page and f"/entries/{note.id}/edit" in page
    assert f"/entries/{entry.id}/edit" not in client_of(linus).get(url(talk)).text
    assert f"/entries/{sent.id}/edit" not in desk.get(url(letter)).text
    assert "Take it back" in desk.get(url(talk, f"/entries/{entry.id}/edit")).text
    assert client_of(linus).get(url(talk, f"/entries/{entry.id}/edit")).status_code == 403
    desk.post(url(talk, f"/entries/{note.id}"), data={"words": "Check that."})
    desk.post(url(talk, f"/entries/{entry.id}"), data={"do": "delete"})
    client_of(linus).post(url(talk, f"/entries/{note.id}"), data={"do": "delete"})
    desk.post(url(letter, f"/entries/{sent.id}"), data={"do": "delete"})
    assert said(talk) == ["Where is my invoice?", "", "Check that."] and "It left by mail." in said(letter)


def test_what_was_sent_comes_back_above_what_was_typed_since(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    desk = client_of(grace)
    desk.post(url(talk, "/messages"), data={"kind": "reply", "words": "Too soon.", "seen": talk.last_seq})
    entry = db.session.scalars(select(Entry).where(Entry.body == "Too soon.")).one()
    desk.post(url(talk, "/draft"), data={"kind": "reply", "words": "And more"})
    desk.post(url(talk, f"/entries/{entry.id}"), data={"do": "undo"})
    assert Draft.of(talk, grace) == {"reply": "Too soon.\n\nAnd more"} and "Too soon." not in said(talk)


def test_whoever_leaves_a_thread_is_gone_from_it_in_a_moment_and_whoever_turns_a_page_stays(
    talk: Conversation, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    desk, colleague = client_of(grace), client_of(linus)

    def look() -> None:
        desk.post("/desk/presence", data={"room": talk.id}), desk.post(url(talk, "/presence"))

    def is_seen() -> bool:
        ringed = [one["room"] for one in colleague.post("/desk/presence").get_json()["others"]] == [talk.id]
        named = "Grace Hopper is looking" in colleague.post(url(talk, "/presence")).text
        assert ringed == named
        return ringed

    look()
    desk.post("/desk/presence/removal", data={"room": talk.id})
    look()
    with clock.at(clock.now() + timedelta(seconds=5)):
        assert is_seen()
    desk.post("/desk/presence/removal", data={"room": talk.id})
    assert is_seen()
    with clock.at(clock.now() + timedelta(seconds=5)):
        assert not is_seen()


def rings(colleague: FlaskClient) -> list[int]:
    return [one["room"] for one in colleague.post("/desk/presence").get_json()["others"]]


def test_whoever_leaves_one_page_of_a_thread_is_still_there_with_the_other(
    talk: Conversation, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    desk, colleague = client_of(grace), client_of(linus)
    for page in ("first", "second"):
        desk.post("/desk/presence", data={"room": talk.id, "visit": page})
        desk.post(url(talk, "/presence"), data={"visit": page, "state": "replying" if page == "first" else "viewing"})
    assert "Grace Hopper is replying" in colleague.post(url(talk, "/presence")).text
    desk.post("/desk/presence/removal", data={"room": talk.id, "visit": "first"})
    with clock.at(clock.now() + timedelta(seconds=5)):
        assert rings(colleague) == [talk.id] and "Grace Hopper is looking" in colleague.post(url(talk, "/presence")).text
    desk.post("/desk/presence/removal", data={"room": talk.id, "visit": "second"})
    with clock.at(clock.now() + timedelta(seconds=5)):
        assert rings(colleague) == [] and "Grace" not in colleague.post(url(talk, "/presence")).text


def test_whoever_has_two_threads_open_is_in_both_until_one_is_put_behind_the_other(
    talk: Conversation, letter: Conversation, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    desk, colleague = client_of(grace), client_of(linus)
    desk.post("/desk/presence", data={"room": talk.id, "visit": "first"})
    desk.post("/desk/presence", data={"room": letter.id, "visit": "second"})
    assert rings(colleague) == sorted([talk.id, letter.id])
    desk.post("/desk/presence", data={"room": "", "visit": "first"})
    with clock.at(clock.now() + timedelta(seconds=5)):
        assert rings(colleague) == [letter.id]
    desk.post("/desk/presence", data={"room": talk.id, "visit": "first"})
    assert rings(colleague) == sorted([talk.id, letter.id])


def test_a_page_that_nobody_looks_at_any_more_says_so_once(
    talk: Conversation, grace: Person, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, told = client_of(grace), []
    monkeypatch.setattr(live, "tell_stream", lambda stream, event: told.append(event))
    desk.post("/desk/presence", data={"room": talk.id, "visit": "first"})
    for _ in range(3):
        desk.post("/desk/presence", data={"room": "", "visit": "first"})
    assert [event["room"] for event in told if "left" in event] == [talk.id]


def test_what_a_page_sent_before_it_was_left_and_comes_after_that_brings_nobody_back(
    talk: Conversation, grace: Person, linus: Person, client_of: ClientOf
) -> None:
    desk, colleague = client_of(grace), client_of(linus)
    desk.post("/desk/presence", data={"room": talk.id, "visit": "first"})
    desk.post("/desk/presence/removal", data={"room": talk.id, "visit": "first"})
    desk.post("/desk/presence", data={"room": talk.id, "visit": "first"})
    desk.post(url(talk, "/presence"), data={"visit": "first", "state": "replying"})
    with clock.at(clock.now() + timedelta(seconds=5)):
        assert colleague.post("/desk/presence").get_json()["others"] == []
        assert "Grace" not in colleague.post(url(talk, "/presence")).text
    desk.post("/desk/presence", data={"room": talk.id, "visit": "second"})
    assert [one["room"] for one in colleague.post("/desk/presence").get_json()["others"]] == [talk.id]


DOORS = [
    ("GET", "{c}/entries/1/edit"),
    ("GET", "/desk/"), ("GET", "/desk/views/all"), ("GET", "/desk/views/search?q=invoice"), ("POST", "/desk/bulk"),
    ("POST", "/desk/bulk/removal"), ("POST", "/desk/presence/removal"),
    ("POST", "/desk/availability"), ("POST", "/desk/presence"), ("GET", "{c}"), ("GET", "{c}/person"), ("GET", "{c}/since/0"),
    ("GET", "{c}/earlier/9"), ("GET", "{c}/canned"), ("POST", "{c}/messages"), ("POST", "{c}/draft"), ("POST", "{c}/presence"),
    ("POST", "{c}/reading"), ("POST", "{c}/assignment"), ("POST", "{c}/transfer"), ("POST", "{c}/closure"), ("POST", "{c}/closure/removal"),
    ("POST", "{c}/snooze"), ("POST", "{c}/snooze/removal"), ("POST", "{c}/tags"), ("POST", "{c}/tags/x/removal"), ("POST", "{c}/priority"),
    ("POST", "{c}/subject"), ("POST", "{c}/merge"), ("POST", "{c}/split"), ("POST", "{c}/moves/1/removal"), ("POST", "{c}/block"),
    ("POST", "{c}/block/removal"), ("POST", "{c}/held/1/removal"), ("POST", "{c}/entries/1"), ("POST", "{c}/person/notes"),
    ("POST", "{c}/person/notes/1/removal"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "door"), DOORS)
def test_eve_ada_and_strangers_find_every_door_shut(
    method: str, door: str, talk: Conversation, ada: Person, eve: Person, client: FlaskClient, client_of: ClientOf
) -> None:
    path = door.replace("{c}", url(talk))
    for browser in (client_of(eve), client_of(ada)):
        answer = browser.open(path, method=method)
        assert answer.status_code == 403 and "Where is my invoice?" not in answer.text
    assert client.open(path, method=method).status_code in {303, 401}
    assert fresh(talk).state == "open" and talk.assignee_id is None


def test_the_list_costs_the_same_queries_for_one_row_and_for_fifty(app: Flask, ada: Person, grace: Person, client_of: ClientOf) -> None:
    browser = client_of(grace)
    opened(ada, "chat")
    few = queries(app, lambda: browser.get("/desk/views/all"))
    for _ in range(49):
        opened(ada, "chat")
    assert queries(app, lambda: browser.get("/desk/views/all")) == few <= 16


def queries(app: Flask, act: Callable[[], object]) -> int:
    seen: list[str] = []
    note = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    act()
    event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_a_file_goes_with_a_reply_and_opens_for_agents_only(talk: Conversation, eve: Person, grace: Person, client_of: ClientOf) -> None:
    data = {"kind": "reply", "words": "Here it is.", "seen": talk.last_seq, "files": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "invoice.pdf")}
    assert client_of(grace).post(url(talk, "/messages"), data=data).status_code == 303
    entry = db.session.scalars(select(Entry).where(Entry.body == "Here it is.")).one()
    assert f'id="row-{talk.id}"' in client_of(grace).get("/desk/views/search?q=has:file").text
    path = url(talk, f"/files/{entry.attachments[0].id}")
    answer = client_of(grace).get(path)
    answer.close()
    assert answer.headers["Content-Disposition"].startswith("attachment") and "sandbox" in answer.headers["Content-Security-Policy"]
    assert client_of(eve).get(path).status_code == 403
    assert client_of(grace).get(url(opened(eve, "chat"), f"/files/{entry.attachments[0].id}")).status_code == 404


def test_a_reply_that_waits_shows_its_files_and_when_it_is_taken_back_they_are_asked_for_again(
    letter: Conversation, grace: Person, client_of: ClientOf
) -> None:
    desk = client_of(grace)
    data = {"words": "Here it is.", "seen": letter.last_seq, "files": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "invoice.pdf")}
    assert "invoice.pdf" in desk.post(url(letter, "/messages"), data=data, follow_redirects=True).text
    held = db.session.scalars(select(HeldReply)).one()
    page = desk.post(url(letter, f"/held/{held.id}/removal"), follow_redirects=True).text
    assert "Please add your files again." in page and "Here it is." in page
    assert db.session.scalar(select(func.count(Upload.id))) == 0


def test_a_refused_file_keeps_the_words(talk: Conversation, grace: Person, client_of: ClientOf) -> None:
    data = {"kind": "reply", "words": "Run this.", "seen": talk.last_seq, "files": (io.BytesIO(b"MZ\x90\x00" * 50), "setup.exe")}
    answer = client_of(grace).post(url(talk, "/messages"), data=data)
    assert answer.status_code == 422 and "setup.exe" in answer.text and "Run this." in answer.text
    assert "Run this." not in said(talk)


@pytest.mark.parametrize(
    ("what", "data", "after_a_name", "alone"),
    [
        ("owner", {"owner": "queue"}, "put it into the queue", "It went into the queue"),
        ("owner", {"owner": "agent", "name": "Jonah"}, "gave it to Jonah", "It went to Jonah"),
        ("owner", {"owner": "agent", "name": "Jonah", "assignee_id": 1}, "took it", "It went to Jonah"),
        ("owner", {"owner": "agent", "name": ""}, "changed who looks after it", "It changed hands"),
        ("closed", {}, "closed it", "It was closed"),
        ("woke", {"why": "reply"}, "woke it: they wrote", "It came back: they wrote"),
        ("escalated", {"level": 1, "why": "late"}, "took it up to level 1: late", "It went up to level 1: late"),
        ("parent", {"parent": None}, "took it out from under another", "It is under no other any more"),
        ("ticket", {}, "It became a ticket", "It became a ticket"),
        ("new_kind", {}, "new kind", "new kind"),
    ],
)
def test_what_happened_is_a_sentence_with_and_without_a_name(what: str, data: dict[str, object], after_a_name: str, alone: str) -> None:
    told = Entry(kind="event", what=what, data=data)
    assert happening(told) == alone
    told.author_id = 1
    assert happening(told) == after_a_name
