"""Types that are booked at a provider's page: what leads there, what goes with it, and what stands in when it is switched off."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.consults.models import NATIVE, Booking, Host, ProviderState, every_type, find_type, way_of
from app.consults.outside import OutsideBooking, read_mark
from app.consults.providers import Report
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import db, unit_of_work
from tests.consults.conftest import Hosts, WriteType
from tests.integrations.provider_samples import TEN

Browser = Callable[[Person], FlaskClient]
CALENDLY = {"name": "calendly", "url": "https://calendly.com/northlight/intro"}
CALCOM = {"name": "calcom", "url": "https://cal.com/northlight/intro"}


def link_in(page: str) -> tuple[str, dict[str, list[str]]]:
    """The address that the page's main button leads to, and its query."""
    found = re.search(r'href="(https://cal[^"]+)"', page)
    assert found, page
    parts = urlsplit(unescape(found[1]))
    return f"{parts.scheme}://{parts.netloc}{parts.path}", parse_qs(parts.query)


def switch(name: str, on: bool, by: Person) -> None:
    with unit_of_work():
        ProviderState.of(name).switch(on, by)


def test_the_page_is_a_plain_link_with_what_is_known_of_whoever_signed_in(
    client: FlaskClient, hosts: Hosts, write_type: WriteType, ada: Person, client_of: Browser
) -> None:
    write_type("there", provider=CALENDLY)
    address, query = link_in(client_of(ada).get("/book/there?profession=therapist").text)
    assert address == CALENDLY["url"]
    assert (query["email"], query["name"]) == ([ada.email], [ada.name])
    assert read_mark(query["utm_content"][0]) == {"t": "there", "p": "therapist", "v": ada.id}
    _, query = link_in(client.get("/book/there").text)
    assert "email" not in query


@pytest.mark.parametrize("provider", [CALENDLY, CALCOM], ids=["calendly", "calcom"])
def test_a_private_type_sends_nothing_but_a_mark_that_only_we_can_read(
    hosts: Hosts, write_type: WriteType, ada: Person, client_of: Browser, provider: dict[str, str]
) -> None:
    write_type("there", provider={**provider, "private": True})
    _, query = link_in(client_of(ada).get("/book/there?profession=therapist").text)
    assert list(query) == (["utm_content"] if provider is CALENDLY else ["metadata[frontdesk]"])
    [[words]] = query.values()
    assert read_mark(words) == {"t": "there", "v": ada.id}
    assert "therapist" not in words


def test_the_provider_is_let_in_only_on_the_page_that_embeds_it(client: FlaskClient, hosts: Hosts, write_type: WriteType) -> None:
    write_type("there", provider={**CALENDLY, "mode": "embed"})
    write_type("linked", provider=CALENDLY)
    embedded = client.get("/book/there")
    assert "https://assets.calendly.com/assets/external/widget.js" in embedded.headers["Content-Security-Policy"]
    assert "frame-src 'self' https://calendly.com" in embedded.headers["Content-Security-Policy"]
    assert 'src="https://' not in embedded.text
    for address in ("/book/linked", "/book", "/book/intro", "/"):
        assert "calendly" not in client.get(address).headers["Content-Security-Policy"]


def test_in_the_dialog_of_another_page_there_is_only_the_link(client: FlaskClient, hosts: Hosts, write_type: WriteType) -> None:
    write_type("there", provider={**CALENDLY, "mode": "embed"})
    part = client.get("/book/there", headers={"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#booking"})
    assert "<outside-booking" not in part.text
    assert link_in(part.text)[0] == CALENDLY["url"]
    assert "calendly" not in part.headers["Content-Security-Policy"]


def test_a_switched_off_provider_gives_way_to_our_own_times(
    client: FlaskClient, hosts: Hosts, write_type: WriteType, linus: Person
) -> None:
    write_type("there", provider=CALENDLY)
    switch("calendly", False, linus)
    page = client.get("/book/there").text
    assert "calendly.com" not in page
    assert 'name="start"' in page
    answer = client.post("/book/there/holds", data={"start": str(int(TEN.timestamp()))})
    assert "/book/hold/" in str(answer.location)
    switch("calendly", True, linus)
    assert "calendly.com" in client.get("/book/there").text


def test_nobody_books_here_what_is_booked_there(client: FlaskClient, hosts: Hosts, write_type: WriteType) -> None:
    write_type("there", provider=CALENDLY)
    answer = client.post("/book/there/holds", data={"start": str(int(TEN.timestamp()))})
    assert str(answer.location).startswith("/book/there")
    assert not db.session.scalars(select(Booking)).all()


def test_without_hosts_of_our_own_a_switched_off_provider_gives_way_to_the_form(
    client: FlaskClient, hosts: Hosts, write_type: WriteType, linus: Person
) -> None:
    write_type("there", provider=CALENDLY, hosts=["nobody"])
    kind = find_type("there")
    assert kind is not None and way_of(kind) == "outside"
    switch("calendly", False, linus)
    assert way_of(kind) == "request"


def test_with_everything_off_visitors_ask_for_a_time_and_a_person_answers(
    client: FlaskClient, hosts: Hosts, write_type: WriteType, linus: Person
) -> None:
    switch(NATIVE, False, linus)
    page = client.get("/book/intro").text
    found = re.search(r'name="request_id"[^>]* value="([^"]+)"', page)
    assert found
    told = {"name": "Nora Field", "email": "nora@example.com", "times": "Tuesday after four", "request_id": found[1]}
    first = client.post("/book/intro/requests", data=told)
    again = client.post("/book/intro/requests", data=told)
    assert (first.status_code, again.status_code) == (303, 303)
    [row] = db.session.scalars(select(Conversation))
    assert row.subject == "A time for: Free intro"
    assert row.person is not None and row.person.claimed_email == "nora@example.com" and row.person.email is None
    assert row.reference in client.get(str(first.location)).text


def test_a_wish_without_a_time_or_an_address_is_asked_again(client: FlaskClient, hosts: Hosts, linus: Person) -> None:
    switch(NATIVE, False, linus)
    answer = client.post("/book/intro/requests", data={"name": "Nora", "email": "nora@", "times": ""})
    assert answer.status_code == 422
    assert "Please name a day or two." in answer.text and 'value="Nora"' in answer.text
    assert not db.session.scalars(select(Conversation)).all()


def test_the_page_that_waits_for_the_providers_word_shows_it_when_it_comes(
    client: FlaskClient, hosts: Hosts, write_type: WriteType
) -> None:
    write_type("there", provider=CALENDLY)
    _, query = link_in(client.get("/book/there").text)
    words = query["utm_content"][0]
    waiting = f"/book/outside/{words}"
    assert "Confirming your time" in client.get(waiting).text
    with unit_of_work():
        OutsideBooking.hear(
            Report(provider="calendly", ref="A1", at=clock.now(), state="booked", starts_at=TEN, ends_at=TEN.replace(minute=15), mark=words)
        )
    shown = client.get(waiting).text
    assert "You are booked" in shown
    assert "/book/booking/" in shown


@pytest.mark.parametrize("words", ["x", "gAAAA" + "x" * 200, "%00" * 90])
def test_a_mark_that_is_not_ours_shows_nothing_of_anybody(client: FlaskClient, hosts: Hosts, words: str) -> None:
    with unit_of_work():
        OutsideBooking.hear(Report(provider="calendly", ref="A1", at=clock.now(), state="booked", starts_at=TEN, ends_at=TEN))
    page = client.get(f"/book/outside/{words}")
    assert page.status_code == 200
    assert "/book/booking/" not in page.text


def test_links_that_a_provider_sends_lead_only_to_secure_pages(hosts: Hosts) -> None:
    given = {"move_url": "javascript:alert(1)", "cancel_url": "http://plain.example/", "join_url": "https://zoom.example/1"}
    with unit_of_work():
        OutsideBooking.hear(Report(provider="calcom", ref="A1", at=clock.now(), state="booked", starts_at=TEN, ends_at=TEN, **given))
        row = OutsideBooking.find("calcom", "A1")
        assert row is not None
        assert (row.move_url, row.cancel_url, row.join_url) == ("", "", "https://zoom.example/1")


def test_only_admins_switch_replay_and_decide(hosts: Hosts, grace: Person, ada: Person, client: FlaskClient, client_of: Browser) -> None:
    agent, customer = client_of(grace), client_of(ada)
    assert agent.get("/desk/integrations").status_code == 200
    assert customer.get("/desk/integrations").status_code == 403
    assert client.get("/desk/integrations").status_code == 303
    doors = ("calendly/switch", "calendly/sweeps", "replays", "differences/verdicts")
    for door in doors:
        assert agent.post(f"/desk/integrations/{door}").status_code == 403
        assert client.post(f"/desk/integrations/{door}").status_code == 401


def test_the_page_of_integrations_shows_each_way_to_book(
    app: Flask, hosts: Hosts, write_type: WriteType, linus: Person, client_of: Browser
) -> None:
    write_type("there", title="Intro over there", provider=CALENDLY)
    desk = client_of(linus)
    page = desk.get("/desk/integrations").text
    assert all(words in page for words in ("Our own calendar", "Calendly", "Cal.com", "Intro over there", "Links only"))
    assert desk.post("/desk/integrations/native/switch", data={"on": "no"}).status_code == 303
    assert way_of(find_type("intro") or every_type()[0]) == "request"
    assert desk.post("/desk/integrations/nothing/switch", data={"on": "no"}).status_code == 404
    assert desk.post("/desk/integrations/native/sweeps").status_code == 422


def test_no_series_is_booked_while_nothing_is_booked_here(client: FlaskClient, hosts: Hosts, write_type: WriteType, linus: Person) -> None:
    write_type("intro", series=4)
    switch("native", False, linus)
    picked = {"start": str(int(TEN.timestamp())), "tz": "America/New_York"}
    answers = [
        client.get("/book/intro/series", query_string=picked),
        client.post("/book/intro/series", data={**picked, "session": [picked["start"]]}),
    ]
    assert [(answer.status_code, answer.location.partition("?")[0]) for answer in answers] == [(303, "/book/intro")] * 2
    assert db.session.scalar(select(Booking.id)) is None


def test_the_desk_does_not_move_what_is_the_providers_to_move(hosts: Hosts, linus: Person, client_of: Browser) -> None:
    with unit_of_work():
        more = {"move_url": "https://calendly.com/reschedulings/A1", "hosts": (hosts[0].person.email or "",)}
        given = {"starts_at": TEN, "ends_at": TEN.replace(minute=15), **more}
        booking = OutsideBooking.hear(Report(provider="calendly", ref="A1", at=clock.now(), state="booked", **given))
        assert booking is not None
        number = booking.id
    desk = client_of(linus)
    page = desk.get(f"/desk/consultations/{number}").text
    assert "https://calendly.com/reschedulings/A1" in page
    assert desk.post(f"/desk/consultations/{number}/cancellation").status_code == 422
    assert db.session.get_one(Booking, number).state == "booked"
    assert db.session.scalars(select(Host)).first() is not None
