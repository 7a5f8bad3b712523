"""An address that was typed becomes somebody's by six digits sent there, and by nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Block, Conversation
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter

Browsers = Callable[[Person], FlaskClient]


@pytest.fixture
def claimed(client: FlaskClient, talk: Conversation, ada: Person) -> Conversation:
    """The stranger says they are reached at Ada's address."""
    with unit_of_work():
        old = Conversation.open(ada, "email", subject="An older matter")
        old.say(ada, "from last year")
    client.post(f"/chat/{talk.reference}/address", data={"email": "ada@customer.example"})
    return talk


def digits() -> str:
    letter = db.session.scalars(select(PostedLetter).order_by(PostedLetter.id.desc())).first()
    assert letter is not None and letter.to == "ada@customer.example"
    found = re.search(r"\b\d{3} ?\d{3}\b", letter.text)
    assert found is not None
    return found[0]


def test_right_digits_open_the_history(client: FlaskClient, claimed: Conversation) -> None:
    assert "An older matter" not in client.get("/chat/past").text
    client.post(f"/chat/{claimed.reference}/code")
    answer = client.post(f"/chat/{claimed.reference}/proof", data={"code": digits()})
    assert answer.status_code == 303
    assert "An older matter" in client.get("/chat/past").text and client.get(answer.location).status_code == 200


def test_whoever_is_blocked_stays_so_under_the_name_they_proved(
    client: FlaskClient, claimed: Conversation, ada: Person, at_the_desk: Person, client_of: Browsers
) -> None:
    client.post(f"/chat/{claimed.reference}/code")
    client.post(f"/chat/{claimed.reference}/proof", data={"code": digits()})
    desk = client_of(at_the_desk)
    desk.post(f"/desk/conversations/{claimed.id}/block")
    refused = client.post(f"/chat/{claimed.reference}/entries", data={"words": "And another thing"})
    assert refused.status_code == 403 and "cannot take messages from you" in refused.text
    assert Block.covers(ada) and Block.covers(None, ada.email)
    assert "Hear this sender again" in desk.get(f"/desk/conversations/{claimed.id}").text
    desk.post(f"/desk/conversations/{claimed.id}/block/removal")
    assert client.post(f"/chat/{claimed.reference}/entries", data={"words": "Thank you"}).status_code == 303


def test_a_visitor_who_was_blocked_does_not_get_past_it_by_a_proof(
    client: FlaskClient, claimed: Conversation, ada: Person, at_the_desk: Person
) -> None:
    with unit_of_work():
        Block.make(claimed.person, at_the_desk)
    assert not Block.covers(ada)
    client.post(f"/chat/{claimed.reference}/code")
    client.post(f"/chat/{claimed.reference}/proof", data={"code": digits()})
    assert client.post(f"/chat/{claimed.reference}/entries", data={"words": "And another thing"}).status_code == 403


def test_wrong_digits_open_nothing_and_run_out(client: FlaskClient, claimed: Conversation) -> None:
    client.post(f"/chat/{claimed.reference}/code")
    right = digits()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(3):
        assert client.post(f"/chat/{claimed.reference}/proof", data={"code": wrong}).status_code == 422
    assert client.post(f"/chat/{claimed.reference}/proof", data={"code": right}).status_code == 422
    assert "An older matter" not in client.get("/chat/past").text


def test_an_agents_address_signs_nobody_in_at_the_desk(client: FlaskClient, talk: Conversation, at_the_desk: Person) -> None:
    client.post(f"/chat/{talk.reference}/address", data={"email": "grace@northlight.example"})
    client.post(f"/chat/{talk.reference}/code")
    letter = db.session.scalars(select(PostedLetter)).one()
    found = re.search(r"\b\d{3} ?\d{3}\b", letter.text)
    client.post(f"/chat/{talk.reference}/proof", data={"code": found[0] if found else ""})
    assert client.get("/desk/").status_code in {303, 403, 404}


def test_letters_with_digits_are_few(client: FlaskClient, claimed: Conversation) -> None:
    codes = [client.post(f"/chat/{claimed.reference}/code").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]


def test_a_letters_link_that_was_handed_on_proves_no_address(client: FlaskClient, talk: Conversation, eve: Person) -> None:
    with unit_of_work():
        token = talk.link_token(db.session.get_one(Person, talk.person_id))
    hers = client.application.test_client()
    page = hers.get(hers.get(f"/chat/link/{token}").location)
    assert page.status_code == 200 and '/address"' not in page.text and '/proof"' not in page.text
    for path, data in (("address", {"email": eve.email}), ("code", {}), ("proof", {"code": "123456"}), ("copy", {})):
        assert hers.post(f"/chat/{talk.reference}/{path}", data=data).status_code == 404
    client.post(f"/chat/{talk.reference}/address", data={"email": "visitor@customer.example"})
    page = hers.get(f"/chat/{talk.reference}").text
    assert '/proof"' not in page and '/copy"' not in page
    for path in ("code", "proof", "copy"):
        assert hers.post(f"/chat/{talk.reference}/{path}").status_code == 404
    assert db.session.scalar(select(PostedLetter)) is None


def test_strangers_send_no_digits(client: FlaskClient, claimed: Conversation, eve: Person, client_of: Browsers) -> None:
    for path in ("code", "proof"):
        assert client_of(eve).post(f"/chat/{claimed.reference}/{path}", data={"code": "1"}).status_code == 404
    assert client_of(eve).get(f"/chat/{claimed.reference}/proof").status_code == 404
