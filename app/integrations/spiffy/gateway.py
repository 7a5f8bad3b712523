"""The gateway itself: the customer pays in Spiffy's checkout; what is true comes by webhook, or by asking its API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, url_for

from app.checkout.gateways import Ask, Away, Declined, Message, News, Started
from app.integrations.reading import Thing, instant, thing, things
from app.integrations.spiffy import reading
from app.lib import signatures
from app.lib.fetch import Unfetchable, fetch

HEADER = "Spiffy-Signature"
SCRIPT = "https://js.static.spiffy.co/spiffy.js"
INCLUDED = "payments,checkoutview,fields"
PER_PAGE = 100
# The ids of own fields at Spiffy that we fill in, unless the setting gives another.
FIELDS = {"profession": "profession", "add_ons": "add_ons", "payment": "payment"}


def settings() -> Any:
    return current_app.config["SETTINGS"]


@dataclass(frozen=True)
class Changed:
    """One page of the orders that changed: what they say, when the last of them changed, and whether more pages follow."""

    news: list[News]
    last: datetime | None
    more: bool


class Spiffy:
    """Payments at Spiffy's own checkout, in full: its instalments are its own, so only the way card is offered."""

    name = "spiffy"
    title = "Spiffy"
    options = frozenset({"card"})
    safety = "Card numbers are typed into the payment form of Spiffy. They never reach our server."
    embeds = True

    def start(self, ask: Ask) -> Started:
        if ask.purpose != "pay":
            raise Declined("This payment provider cannot charge a card while nobody is there.")
        return Started(ref="", url=url_for("spiffy.show", token=ask.payment))

    def confirm(self, ask: Ask, args: Mapping[str, str]) -> News | None:
        return self.status(ask)

    def status(self, ask: Ask) -> News | None:
        told = self.order(ask.ref) if ask.ref and settings().spiffy_key else []
        return next((news for news in reversed(told) if news.state), told[0] if told else None)

    def refund(self, ask: Ask, cents: int) -> News:
        raise Declined("Refunds of payments at Spiffy are made there; they show here as soon as Spiffy tells of them.")

    def close(self, ask: Ask) -> News:
        """Their page cannot be closed from here. If somebody pays there all the same, the payment is held for a person."""
        found = self.status(ask)
        return found if found is not None and found.state == "succeeded" else News(payment=ask.payment, state="expired")

    def webhook(self, headers: Mapping[str, str], body: bytes, fresh: bool = True) -> Message:
        if fresh:
            secrets = [secret.strip() for secret in settings().spiffy_webhook_secret.split(",")]
            signatures.verify(headers.get(HEADER, ""), body, secrets)
        return reading.message(body, self.minor)

    @property
    def minor(self) -> bool:
        return bool(settings().spiffy_amounts == "cents")

    def order(self, ref: str) -> list[News]:
        """All that one order says now, its own fields included, which no webhook carries. Raises Away."""
        found = self.call(f"/v2/orders/{quote(ref, safe='')}?{urlencode({'include': INCLUDED})}")
        return reading.order_news(thing(found.get("data")) or found, self.minor)

    def changed(self, since: datetime, page: int) -> Changed:
        """One page (from 1) of the orders that changed since then, the oldest change first. Raises Away."""
        asked = {"filter[updated_at.gte]": since.strftime("%Y-%m-%dT%H:%M:%SZ"), "sort": "updated_at", "include": INCLUDED}
        answer = self.call("/v2/orders?" + urlencode({**asked, "per_page": PER_PAGE, "page": page}))
        orders = things(answer.get("data"))
        return Changed(
            news=[news for order in orders for news in reading.order_news(order, self.minor)],
            last=instant(orders[-1].get("updated_at")) if orders else None,
            more=bool(orders) and bool(thing(thing(answer.get("meta")).get("pagination")).get("has_more")),
        )

    def call(self, path: str) -> Thing:
        try:
            headers = {"Authorization": f"Bearer {settings().spiffy_key}"}
            answer = fetch(settings().spiffy_api.rstrip("/") + path, headers=headers, redirects=0)
        except Unfetchable as error:
            raise Away(str(error)) from error
        if not answer.ok:
            raise Away(f"Spiffy answers {answer.status}.")
        return thing(json.loads(answer.body))


def address(ask: Ask, offer_page: str) -> str:
    """Spiffy's page for this payment: what we know is filled in, and a mark by which its order names our payment."""
    first, _, last = ask.name.partition(" ")
    known = {"name_first": first, "name_last": last, "email": ask.email}
    known |= {"utm_source": "frontdesk", "utm_content": reading.mark(ask.payment)}
    own = FIELDS | dict(pair.strip().split("=", 1) for pair in settings().spiffy_fields.split(",") if "=" in pair)
    named = {"profession": ask.profession, "add_ons": ",".join(ask.add_ons), "payment": reading.mark(ask.payment)}
    known |= {own[name]: value for name, value in named.items() if own[name]}
    return f"https://{settings().spiffy_account}.spiffy.co/checkout/{offer_page}?" + urlencode({k: v for k, v in known.items() if v})


def offer_page(offer: str) -> str:
    """The name of the checkout at Spiffy for an offer here: the same, unless the setting says otherwise."""
    pairs: dict[str, str] = dict(pair.strip().split("=", 1) for pair in settings().spiffy_checkouts.split(",") if "=" in pair)
    return pairs.get(offer, offer)
