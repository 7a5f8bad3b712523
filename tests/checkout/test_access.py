"""Who sees what: Eve is in every one of these tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.checkout.letters import receipt_link
from app.checkout.models import WebhookDelivery
from app.lib.db import db
from app.lib.mail import PostedLetter
from tests.checkout.buying import Buyer

ClientOf = Callable[[Person], FlaskClient]


def path(url: str) -> str:
    return "/" + url.split("://", 1)[1].partition("/")[2]


@pytest.mark.parametrize("page", ["", "/invoice", "/appointments/1.ics"])
def test_a_stranger_learns_nothing_of_a_receipt(buyer: Buyer, client: FlaskClient, eve: Person, client_of: ClientOf, page: str) -> None:
    order = buyer.buys()
    assert client.get(f"/receipts/{order.number}{page}").status_code == 404
    assert client_of(eve).get(f"/receipts/{order.number}{page}").status_code == 404
    assert client.get(f"/receipts/99999{page}").status_code == 404


def test_the_browser_that_bought_sees_its_receipt_and_invoice(buyer: Buyer) -> None:
    order = buyer.buys()
    assert buyer.go(f"/receipts/{order.number}").status_code == 200
    assert f"Invoice {order.number}" in buyer.go(f"/receipts/{order.number}/invoice").text


def test_the_link_of_the_letter_opens_the_receipt_elsewhere(buyer: Buyer, client: FlaskClient) -> None:
    order = buyer.buys()
    answer = client.get(path(receipt_link(order)))
    assert answer.headers["Location"] == f"/receipts/{order.number}"
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("key", ["", "x", "eyJvcmRlciI6ImEifQ.x.y", "%00"])
def test_a_forged_link_opens_nothing(buyer: Buyer, client: FlaskClient, key: str) -> None:
    order = buyer.buys()
    assert client.get(f"/receipts/{order.number}?key={key}").status_code == 404


def test_a_link_opens_only_its_own_receipt(buyer: Buyer, client: FlaskClient) -> None:
    one, two = buyer.buys(), buyer.buys(email="two@client.example")
    key = receipt_link(one).partition("key=")[2]
    assert client.get(f"/receipts/{two.number}?key={key}").status_code == 404


def test_agents_see_every_receipt(buyer: Buyer, grace: Person, client_of: ClientOf) -> None:
    order = buyer.buys()
    assert client_of(grace).get(f"/receipts/{order.number}").status_code == 200


def test_ada_finds_her_orders_in_her_account_and_eve_does_not(ada: Person, eve: Person, client: FlaskClient, client_of: ClientOf) -> None:
    order = Buyer(client_of(ada)).buys(email="ada@customer.example")
    assert order.person_id == ada.id
    hers = client_of(ada).get("/account/orders").text
    assert order.number in hers and "paid" in hers
    assert order.number not in client_of(eve).get("/account/orders").text
    assert client.get("/account/orders", headers={"HX-Request": "true"}).status_code == 401


def test_an_address_that_somebody_typed_binds_nothing_to_its_owner(buyer: Buyer, ada: Person, client_of: ClientOf) -> None:
    order = buyer.buys(email="ada@customer.example")
    assert order.person_id is None
    assert order.number not in client_of(ada).get("/account/orders").text


def test_the_owner_of_the_address_takes_the_order_into_her_account_by_the_letter(buyer: Buyer, ada: Person, client_of: ClientOf) -> None:
    order = buyer.buys(email="ada@customer.example")
    hers = client_of(ada)
    hers.get(path(receipt_link(order)))
    assert order.number in hers.get("/account/orders").text


def test_a_guest_who_signs_in_from_the_receipt_finds_the_order_in_her_account(buyer: Buyer) -> None:
    order = buyer.buys(email="nora.guest@client.example")
    receipt = buyer.go(f"/receipts/{order.number}").text
    button = re.search(r'href="(/sign-in[^"]+)"[^>]*>[^<]*(<[^>]+>)*\s*Sign in by e-mail', receipt)
    assert button
    buyer.go(unescape(button[1]))
    buyer.send("/sign-in/link", email=order.email)
    letter = db.session.scalars(select(PostedLetter).order_by(PostedLetter.id.desc())).first()
    assert letter
    link = re.search(r"https?://[^/\s]+(/sign-in/link/\S+)", letter.text)
    assert link
    buyer.go(link[1])
    assert buyer.follow(buyer.send(link[1])).request.path == f"/receipts/{order.number}"
    assert order.number in buyer.go("/account/orders").text


def test_somebody_else_cannot_take_it_with_the_same_letter(buyer: Buyer, eve: Person, client_of: ClientOf) -> None:
    order = buyer.buys(email="ada@customer.example")
    client_of(eve).get(path(receipt_link(order)))
    assert buyer.order.person_id is None


def test_one_browser_cannot_pay_into_or_look_at_anothers_checkout(buyer: Buyer, client: FlaskClient) -> None:
    buyer.to_the_bank("card")
    payment = buyer.order.payments[0]
    assert client.get(f"/checkout/programme/payments/{payment.token}").status_code == 404
    answer = client.get(f"/checkout/back/{payment.token}")
    assert client.get(answer.headers["Location"]).status_code == 404


DESK = ["/desk/orders", "/desk/orders/{number}", "/desk/webhooks", "/desk/webhooks/{delivery}"]


@pytest.mark.parametrize("page", DESK)
def test_the_desk_is_for_people_who_work_here(
    buyer: Buyer, page: str, client: FlaskClient, ada: Person, eve: Person, linus: Person, client_of: ClientOf
) -> None:
    where = desk_path(buyer, page)
    assert client.get(where, headers={"HX-Request": "true"}).status_code == 401
    assert client_of(ada).get(where).status_code == 403
    assert client_of(eve).get(where).status_code == 403
    assert client_of(linus).get(where).status_code == 200


def desk_path(buyer: Buyer, page: str) -> str:
    order = buyer.buys()
    delivery = db.session.scalars(select(WebhookDelivery.id)).first()
    return page.format(number=order.number, delivery=delivery)


@pytest.mark.parametrize("page", ["/desk/orders", "/desk/orders/{number}", "/desk/webhooks"])
def test_agents_look_but_bodies_of_webhooks_are_for_admins(buyer: Buyer, page: str, grace: Person, client_of: ClientOf) -> None:
    assert client_of(grace).get(desk_path(buyer, page)).status_code == 200
    assert client_of(grace).get(f"/desk/webhooks/{db.session.scalars(select(WebhookDelivery.id)).first()}").status_code == 403


@pytest.mark.parametrize(
    "door", ["orders/{number}/refunds", "holds/1/verdict", "webhooks/1/replays", "sandbox/chaos", "sandbox/charges/x/disputes"]
)
def test_only_an_admin_moves_money(buyer: Buyer, door: str, client: FlaskClient, eve: Person, grace: Person, client_of: ClientOf) -> None:
    where = f"/desk/{door.format(number=buyer.buys().number)}"
    for who, status in ((eve, 403), (grace, 403)):
        browser = client_of(who)
        page = browser.get("/checkout/programme")
        token = page.text.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
        assert browser.post(where, data={"csrf_token": token}).status_code == status
