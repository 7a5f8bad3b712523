"""A buyer for tests: walks through the checkout like a browser without scripts, by the forms it finds on the pages."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.checkout.models import Order
from app.lib import outbox
from app.lib.db import db

GOOD = "4242 4242 4242 4242"
DECLINED = "4000000000000002"
ASKS = "4000002500003155"
FAILS_LATER = "4000000000000341"
DISPUTED = "4000000000000259"
ROUTING, ACCOUNT, POOR = "110000000", "000123456789", "000222222227"
HIDDEN = re.compile(r'<input(?=[^>]*type="hidden")(?=[^>]*name="([^"]+)")(?=[^>]*value="([^"]*)")')


class Buyer:
    """Keeps the page it is on; posts what the page hides in its form with what is typed."""

    def __init__(self, client: FlaskClient, offer: str = "programme") -> None:
        self.client, self.offer = client, offer
        self.page: TestResponse | None = None

    def go(self, path: str, **more: Any) -> TestResponse:
        self.page = self.client.get(path, **more)
        return self.page

    def send(self, path: str, **typed: Any) -> TestResponse:
        """POST the hidden fields of the present page and what is typed. The page stays when the answer leads elsewhere."""
        assert self.page is not None
        form = {name: unescape(value) for name, value in HIDDEN.findall(self.page.text)}
        answer = self.client.post(path, data={**form, **typed})
        if answer.status_code == 422:
            self.page = answer
        return answer

    def follow(self, answer: TestResponse) -> TestResponse:
        """Go where the answers lead until a page comes."""
        while answer.status_code == 303:
            answer = self.go(answer.headers["Location"])
        return answer

    def start(self, query: str = "") -> TestResponse:
        return self.go(f"/checkout/{self.offer}{query}")

    def you(self, email: str = "new@client.example", name: str = "Nora New", **more: Any) -> TestResponse:
        self.start()
        return self.follow(self.send(f"/checkout/{self.offer}", email=email, name=name, **more))

    def plan(self, option: str = "card", add_ons: tuple[str, ...] = ()) -> TestResponse:
        return self.follow(self.send(f"/checkout/{self.offer}/plan", option=option, add_ons=list(add_ons)))

    def agree(self, **typed: Any) -> TestResponse:
        """Press the pay button; ends on the gateway's page."""
        return self.follow(self.send(f"/checkout/{self.offer}/payment", agree="y", **typed))

    def to_the_bank(self, option: str = "card", add_ons: tuple[str, ...] = (), **who: Any) -> TestResponse:
        self.you(**who)
        self.plan(option, add_ons)
        return self.agree()

    @property
    def session_path(self) -> str:
        assert self.page is not None
        found = re.search(r'action="(/sandbox/sessions/[^/"]+)/', self.page.text)
        assert found, self.page.text
        return found[1]

    def card(self, number: str = GOOD) -> TestResponse:
        return self.follow(self.send(f"{self.session_path}/payment", number=number))

    def bank(self, account: str = ACCOUNT, routing: str = ROUTING) -> TestResponse:
        return self.follow(self.send(f"{self.session_path}/payment", account=account, routing=routing, mandate="yes"))

    def answers(self, yes: bool) -> TestResponse:
        return self.follow(self.send(f"{self.session_path}/answer", answer="yes" if yes else "no"))

    def buys(self, option: str = "card", add_ons: tuple[str, ...] = (), number: str = GOOD, **who: Any) -> Order:
        """All of it with a card; gives the order after everything that follows at once."""
        self.to_the_bank(option, add_ons, **who)
        self.card(number)
        outbox.drain()
        return self.order

    def saves_another_card(self, number: str = "5555555555554444") -> TestResponse:
        """Press the button on the receipt, and type the number at the bank."""
        receipt = f"/receipts/{self.order.number}"
        self.go(receipt)
        answer = self.follow(self.send(f"{receipt}/method"))
        if answer.status_code == 200:
            answer = self.card(number)
        outbox.drain()
        return answer

    @property
    def order(self) -> Order:
        """The latest order, read afresh."""
        db.session.rollback()
        db.session.expire_all()
        found = db.session.scalar(db.select(Order).order_by(Order.id.desc()).limit(1))
        assert found is not None
        return found
