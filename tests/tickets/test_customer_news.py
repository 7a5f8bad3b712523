"""What customers hear of their requests, over the channels they chose; and the page that shows it by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from app.mailroom.models import Correspondent
from app.notifications.channels import topic
from app.notifications.models import Notice, Preference
from app.tickets.models import Ticket

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture
def asked(ada: Person) -> Conversation:
    with unit_of_work():
        row = Conversation.open(ada, "portal", subject="The link is broken")
        row.say(ada, "I cannot open my plan.")
        Ticket.make(row, way="portal")
        Correspondent.note(row, ada, ada.email or "")
    drain()
    return row


def letters(to: str) -> list[str]:
    drain()
    db.session.expire_all()
    found = select(PostedLetter.subject).where(PostedLetter.to == to, PostedLetter.about.startswith("conversation:"))
    return list(db.session.scalars(found))


def rung(person: Person) -> list[str]:
    drain()
    db.session.expire_all()
    return list(db.session.scalars(select(Notice.title).where(Notice.person_id == person.id).order_by(Notice.id)))


def test_an_answer_rings_and_comes_as_a_letter(asked: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        asked.say(grace, "Try this link.")
    assert rung(ada) == [f"We have answered {asked.reference}"]
    assert len(letters(ada.email or "")) == 1


@pytest.mark.parametrize(("name", "bell", "mail"), [("requests.letters", 1, 0), ("requests.reply", 0, 1)])
def test_each_channel_can_be_switched_off_alone(
    asked: Conversation, ada: Person, grace: Person, client_of: ClientOf, name: str, bell: int, mail: int
) -> None:
    with unit_of_work():
        Preference.choose(ada, topic(name), [])
        asked.say(grace, "Try this link.")
    drain()
    shown = db.session.scalars(select(Notice.at_bell).where(Notice.person_id == ada.id)).all()
    assert (sum(shown), len(letters(ada.email or ""))) == (bell, mail)
    page = client_of(ada).get("/account/notifications").text
    assert "Replies to your requests" in page and "Replies by e-mail" in page


def test_closing_by_us_rings_and_closing_by_themselves_does_not(asked: Conversation, ada: Person, grace: Person) -> None:
    with unit_of_work():
        asked.close(ada)
    assert rung(ada) == []
    with unit_of_work():
        asked.reopen(ada)
        asked.close(grace)
    assert rung(ada) == [f"{asked.reference} is settled"]


def test_the_open_page_gets_the_question_how_it_was_when_it_is_closed(
    asked: Conversation, ada: Person, grace: Person, client_of: ClientOf
) -> None:
    browser = client_of(ada)
    part = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#request"}
    path = f"/account/requests/{asked.reference}"
    assert "How was it?" not in browser.get(path, headers=part).text
    with unit_of_work():
        asked.close(grace)
    renewed = browser.get(path, headers=part).text
    assert "How was it?" in renewed and "<html" not in renewed
    assert browser.get(path).text.count('id="rating"') == 1


def test_the_list_leads_to_the_choice(asked: Conversation, ada: Person, client_of: ClientOf) -> None:
    assert "Choose how you hear from us" in client_of(ada).get("/account/requests").text
