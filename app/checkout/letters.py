"""The letters of an order: the receipt and what follows it, each written in the transaction of its cause."""

from __future__ import annotations

from typing import Any

from app.business.models import Offer, Site
from app.checkout import calendar
from app.checkout.orders import Order
from app.checkout.payments import Payment
from app.lib import tokens
from app.lib.mail import Letter, post, write
from app.lib.page import absolute


def receipt_link(order: Order) -> str:
    """An address that shows this receipt on any device for ninety days; it carries nothing that anybody typed."""
    return absolute("receipts.receipt", number=order.number, key=tokens.sign("receipt", {"order": order.token}))


def send(name: str, order: Order, **more: Any) -> None:
    letter = write(f"checkout/{name}", order.email, order=order, offer=Offer.find(order.offer), link=receipt_link(order), **more)
    letter.about = f"order:{order.id}"
    letter.reply_to = Site.current().addresses.get("billing", "") or Site.current().email
    post(letter)


def receipt(order: Order, payment: Payment) -> None:
    """The first charge is here: number, lines, schedule, next steps, and the calendar file of each appointment."""
    letter = write("checkout/receipt", order.email, order=order, offer=Offer.find(order.offer), link=receipt_link(order), payment=payment)
    letter.about = f"order:{order.id}"
    letter.attachments = [("appointment.ics", "text/calendar", calendar.file(one)) for one in order.appointments]
    post(letter)


def to_the_firm(name: str, order: Order, **more: Any) -> None:
    """A word to the people who look after payments."""
    site = Site.current()
    to = site.addresses.get("billing", "") or site.email
    if to:
        letter: Letter = write(f"checkout/{name}", to, order=order, link=absolute("desk_orders.order", number=order.number), **more)
        letter.about = f"order:{order.id}"
        post(letter)
