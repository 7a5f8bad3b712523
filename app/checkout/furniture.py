"""Checkout's fixtures: the sandbox is plugged in, and steps that were sent back are noted after their request was undone."""

from __future__ import annotations

from flask import Flask, Response, g

from app.accounts.models import Person
from app.checkout import gateways, sandbox
from app.checkout.events import StepRefused
from app.checkout.orders import Order
from app.checkout.pricing import amount
from app.checkout.sandbox import gateway, sending
from app.lib import slots
from app.lib.access import only_for
from app.lib.db import db, unit_of_work
from app.lib.facts import tell

slots.fill("desk.nav", "checkout/desk/_nav.html", only_for("agent"), order=300, kept=True)
slots.fill("desk.person", "checkout/desk/_person.html", only_for("agent"), order=110)
slots.fill("account.nav", "checkout/_account_nav.html", order=300)


def orders_of(person: Person | None) -> list[Order]:
    """The last orders of somebody proven; an address that was only typed shows nobody's."""
    if person is None or not person.is_proven or person.is_agent:
        return []
    return list(db.session.scalars(Order.seen_by(person).limit(5)))


def note_refusal(response: Response) -> Response:
    """A refused step is rolled back with its request; that it was refused is worth knowing all the same."""
    refused = g.pop("refused_step", None)
    if refused is not None:
        with unit_of_work():
            write_down(**refused)
    return response


def write_down(order_id: int, step: str, fields: list[str], **where: str) -> None:
    order = db.session.get(Order, order_id) if order_id else None
    if order is not None:
        order.step(step).came_back(fields)
    tell(StepRefused(step=step, fields=fields, **where))


def init_app(app: Flask) -> None:
    gateways.plug(gateway.Sandbox())
    app.jinja_env.filters["amount"] = amount
    app.jinja_env.globals["orders_of"] = orders_of
    app.after_request(note_refusal)


__all__ = ["init_app", "sandbox", "sending"]
