"""Links by letter: nothing happens on opening, one use, soon too old, and the same words for known and unknown addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.invitations import invite
from app.accounts.mailed import MailedLink
from app.accounts.models import Person, Team
from app.accounts.proofs import sweep
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from tests.accounts.letters import letters_to, link_in
from tests.cast import PASSWORD

ClientOf = Callable[[Person], FlaskClient]
ADA = "ada@customer.example"


def ask(browser: FlaskClient, email: str = ADA, **more: str) -> str:
    assert browser.post("/sign-in/link", data={"email": email, **more}).status_code == 200
    return link_in(letters_to(email)[-1])


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def test_opening_the_link_does_nothing_and_the_button_signs_in(client: FlaskClient, ada: Person) -> None:
    link = ask(client, next="/account/profile")
    for _ in range(3):
        assert client.get(link).status_code == 200
    assert not is_in(client)
    answer = client.post(link)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/profile")
    assert is_in(client)


def test_a_link_works_once(app: Flask, client: FlaskClient, ada: Person) -> None:
    link = ask(client)
    assert client.post(link).status_code == 303
    eve = app.test_client()
    assert eve.get(link).status_code == 410 and eve.post(link).status_code == 410
    assert not is_in(eve)


def test_using_one_link_kills_the_others_to_that_mailbox(app: Flask, client: FlaskClient, ada: Person) -> None:
    first, second = ask(client), ask(client)
    client.post(second)
    assert app.test_client().post(first).status_code == 410


def test_a_link_is_too_old_after_fifteen_minutes(client: FlaskClient, ada: Person) -> None:
    link = ask(client)
    clock.forward(timedelta(minutes=15, seconds=1))
    assert client.post(link).status_code == 410 and not is_in(client)


def test_a_link_to_another_site_leads_home(client: FlaskClient, ada: Person) -> None:
    link = ask(client, next="//evil.example")
    assert client.post(link).headers["Location"] == "/account"


def test_an_unknown_address_gets_the_same_answer_and_a_letter_too(client: FlaskClient, ada: Person) -> None:
    known = client.post("/sign-in/link", data={"email": ADA}).get_data(as_text=True)
    unknown = client.post("/sign-in/link", data={"email": "new@customer.example"}).get_data(as_text=True)
    assert known.replace(ADA, "") == unknown.replace("new@customer.example", "")
    assert len(letters_to(ADA)) == len(letters_to("new@customer.example")) == 1


def test_the_link_to_an_unknown_address_opens_an_account(client: FlaskClient) -> None:
    client.post(ask(client, "New@Customer.example".lower()))
    person = Person.by_email("new@customer.example")
    assert person is not None and person.role == "customer" and is_in(client)


def test_a_closed_account_gets_a_letter_without_a_link_and_the_old_link_is_dead(client: FlaskClient, ada: Person) -> None:
    link = ask(client)
    with unit_of_work():
        ada.active = False
    assert client.post(link).status_code == 410
    client.post("/sign-in/link", data={"email": ADA})
    assert "http" not in letters_to(ADA)[-1].text


def test_one_mailbox_gets_four_links_an_hour(client: FlaskClient) -> None:
    codes = [client.post("/sign-in/link", data={"email": ADA}, environ_base={"REMOTE_ADDR": f"10.0.0.{n}"}).status_code for n in range(6)]
    assert codes == [200] * 4 + [429] * 2


@pytest.mark.parametrize("email", ["", "no address", "a@b", "a@b.c\nBcc: x@y.example", "a,b@c.example"])
def test_what_is_no_address_gets_no_letter(client: FlaskClient, email: str) -> None:
    assert client.post("/sign-in/link", data={"email": email}).status_code == 422
    assert letters_to(email) == []


@pytest.mark.parametrize("token", ["x", "../../x", "%00", "a" * 5000])
def test_made_up_links_lead_nowhere(client: FlaskClient, token: str) -> None:
    for place in ("link", "password"):
        assert client.get(f"/sign-in/{place}/{token}").status_code in {404, 410}
        assert client.post(f"/sign-in/{place}/{token}").status_code in {404, 410}


def test_a_link_for_one_purpose_opens_no_other(client: FlaskClient, ada: Person) -> None:
    token = ask(client).rpartition("/")[2]
    assert client.get(f"/sign-in/password/{token}").status_code == 410
    assert client.post(f"/account/address/{token}").status_code == 410


def test_the_token_is_not_in_the_database(client: FlaskClient, ada: Person) -> None:
    token = ask(client).rpartition("/")[2]
    row = db.session.scalars(select(MailedLink)).one()
    assert token not in {row.token_digest, row.next}


def test_a_new_password_signs_in_here_and_out_everywhere_else(client: FlaskClient, client_of: ClientOf, ada: Person) -> None:
    elsewhere = client_of(ada)
    client.post("/sign-in/password", data={"email": ADA})
    link = link_in(letters_to(ADA)[-1])
    assert client.get(link).status_code == 200 and is_in(elsewhere)
    assert client.post(link, data={"password": "short"}).status_code == 422
    assert client.post(link, data={"password": "aaaaaaaaaaaaaa"}).status_code == 422
    assert client.post(link, data={"password": "a whole new password"}).status_code == 303
    assert is_in(client) and not is_in(elsewhere)
    assert "changed" in letters_to(ADA)[-1].text
    assert client.post(link, data={"password": "another new password"}).status_code == 410
    db.session.refresh(ada)
    assert ada.has_password("a whole new password") and not ada.has_password(PASSWORD)


def test_a_reset_for_an_unknown_address_is_answered_alike(client: FlaskClient, ada: Person) -> None:
    known = client.post("/sign-in/password", data={"email": ADA}).get_data(as_text=True)
    unknown = client.post("/sign-in/password", data={"email": "new@customer.example"}).get_data(as_text=True)
    assert known.replace(ADA, "") == unknown.replace("new@customer.example", "")
    assert client.post(link_in(letters_to("new@customer.example")[0]), data={"password": "a whole new password"}).status_code == 303


def test_an_invited_agent_proves_the_address_by_coming(client: FlaskClient, linus: Person) -> None:
    with unit_of_work():
        person = invite("new@northlight.example", "Nadia New", "agent", linus, add(Team(name="Care", slug="care")))
    assert person.email is None and "Linus Pauling invites you" in letters_to("new@northlight.example")[0].text
    link = link_in(letters_to("new@northlight.example")[0])
    clock.forward(timedelta(days=6))
    assert client.post(link, data={"password": "a whole new password"}).status_code == 303
    db.session.refresh(person)
    assert (person.email, person.role, [team.slug for team in person.teams]) == ("new@northlight.example", "agent", ["care"])


def test_an_invitation_reaches_whoever_opened_an_account_meanwhile(client: FlaskClient, linus: Person) -> None:
    with unit_of_work():
        invitation = invite("new@northlight.example", "Nadia New", "agent", linus)
        owner = Person.open_account("new@northlight.example")
    client.post(link_in(letters_to("new@northlight.example")[0]), data={"password": "a whole new password"})
    db.session.expire_all()
    assert (owner.role, invitation.role, invitation.active) == ("agent", "visitor", False)


def test_somebody_invited_twice_is_one_person(app: Flask, linus: Person) -> None:
    with unit_of_work():
        assert invite("new@northlight.example", "Nadia", "agent", linus) is invite("NEW@northlight.example", "Nadia", "admin", linus)


def test_a_new_address_holds_once_its_mailbox_says_so(client_of: ClientOf, ada: Person) -> None:
    browser = client_of(ada)
    assert browser.post("/account/address", data={"email": "ada@new.example"}).status_code == 303
    link = link_in(letters_to("ada@new.example")[0])
    browser.get(link)
    db.session.refresh(ada)
    assert ada.email == ADA
    assert browser.post(link).status_code == 303
    db.session.refresh(ada)
    assert ada.email == "ada@new.example" and "ada@new.example" in letters_to(ADA)[-1].text


NEW_PASSWORD = {"password": "a whole new password", "current": PASSWORD}


@pytest.mark.parametrize(
    ("place", "data"), [("security/password", NEW_PASSWORD), ("sessions/others/end", {}), ("sessions/1/end", {})], ids=["new", "all", "one"]
)
def test_what_a_stranger_asked_for_at_an_open_browser_ends_with_it(
    client: FlaskClient, client_of: ClientOf, ada: Person, place: str, data: dict[str, str]
) -> None:
    eves, adas = client_of(ada), client_of(ada)
    eves.post("/account/address", data={"email": "eve@second.example"})
    assert adas.post(f"/account/{place}", data=data).status_code == 303 and not is_in(eves)
    assert client.post(link_in(letters_to("eve@second.example")[0])).status_code == 410
    db.session.refresh(ada)
    assert ada.email == ADA


def test_an_address_that_was_mistyped_is_forgotten_with_the_next_request(client: FlaskClient, client_of: ClientOf, ada: Person) -> None:
    for address in ("typo@stranger.example", "ada@new.example"):
        client_of(ada).post("/account/address", data={"email": address})
    assert client.post(link_in(letters_to("typo@stranger.example")[0])).status_code == 410
    assert client.post(link_in(letters_to("ada@new.example")[0])).status_code == 303
    db.session.refresh(ada)
    assert ada.email == "ada@new.example"


def test_nobody_takes_over_an_address_that_is_somebodys(client_of: ClientOf, ada: Person, eve: Person) -> None:
    browser = client_of(eve)
    browser.post("/account/address", data={"email": ADA})
    assert browser.post(link_in(letters_to(ADA)[0])).status_code == 410
    db.session.expire_all()
    assert (ada.email, eve.email) == (ADA, "eve@elsewhere.example")


def test_what_nobody_can_use_any_more_is_forgotten(client: FlaskClient, ada: Person) -> None:
    ask(client)
    clock.forward(timedelta(days=8))
    ask(client)
    with unit_of_work():
        sweep()
    assert len(db.session.scalars(select(MailedLink)).all()) == 1
