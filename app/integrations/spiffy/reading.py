"""Spiffy's orders and events read as news. Pure functions over plain dicts. https://developers.spiffy.co (API v2)"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from app.checkout.gateways import Message, News
from app.integrations.reading import Thing, text, thing, things

STATES = {"pending": "pending", "succeeded": "succeeded", "refunded": "succeeded", "disputed": "succeeded", "dispute_refunded": "succeeded"}
DISPUTES = {"disputed": "open", "dispute_refunded": "lost"}
OURS = re.compile(r"\Afd-([0-9A-Za-z_-]{16,40})\Z")
FAMILIES = ("order", "payment", "product", "upsell", "payment_plan", "promo")


def mark(payment: str) -> str:
    """What our link carries to Spiffy, by which its order names our payment."""
    return f"fd-{payment}"


def message(body: bytes, minor: bool) -> Message:
    """One webhook. Its type is written with colons, and in older texts with dots. Raises ValueError for what is none."""
    event = json.loads(body)
    if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
        raise ValueError("This is no event.")
    kind = event["type"].replace(".", ":")
    order = thing(thing(event.get("data")).get("object"))
    told = order_news(order, minor) if kind.partition(":")[0] in FAMILIES else []
    return Message(id=event["id"], kind=kind, news=tuple(told))


def order_news(order: Thing, minor: bool) -> list[News]:
    """An order with its payments: news for each payment, or for the order alone while it has none."""
    ref, payment = text(order.get("id")), mine(order)
    if not ref:
        return []
    told = [payment_news(one, ref, payment, minor) for one in things(order.get("payments"))]
    return told or [News(payment=payment, ref=ref)]


def payment_news(one: Thing, ref: str, payment: str, minor: bool) -> News:
    """One payment. A failed one is not the end: the customer may try again on the same page."""
    status = text(one.get("status")).lower()
    charge, cents = text(one.get("id")), money(one.get("amount"), minor)
    back = money(one.get("amount_refunded"), minor) or (cents if status == "refunded" else None)
    card = thing(one.get("card"))
    return News(
        payment=payment,
        ref=ref,
        charge_ref=charge,
        state=STATES.get(status, ""),
        # An amount that cannot be read is another amount than ours: a person looks.
        cents=(cents or 0) if STATES.get(status) == "succeeded" else None,
        currency=text(one.get("currency")),
        failure="The payment did not go through." if status == "failed" else "",
        method_label=f"{text(card.get('type')).capitalize()} •••• {text(card.get('last_four'))}" if card.get("last_four") else "",
        refunds={f"spiffy-{charge}": (back, "done")} if back else {},
        dispute=(f"spiffy-{charge}", DISPUTES[status], cents or 0) if status in DISPUTES else None,
    )


def mine(order: Thing) -> str:
    """Our payment's token: in the visit's utm_content, else in one of the order's own fields; empty when it is not ours."""
    visit = thing(order.get("checkoutview"))
    places = [visit.get("utm_content"), thing(visit.get("utm")).get("content"), thing(order.get("attribution")).get("utm_content")]
    found = (OURS.match(text(value)) for value in [*places, *fields(order.get("fields"))])
    return next((match[1] for match in found if match), "")


def fields(given: Any) -> Iterator[Any]:
    """The values of an order's own fields, which come as a list of rows or as a map."""
    yield from (row.get("value") for row in things(given))
    yield from thing(given).values()


def money(value: Any, minor: bool) -> int | None:
    """Minor units of an amount that is written in dollars, or (`minor`) in cents already. None for what is no amount."""
    try:
        amount = Decimal(str(value)) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
    except InvalidOperation:
        return None
    if amount is None or not amount.is_finite():
        return None
    return int(amount if minor else (amount * 100).to_integral_value())
