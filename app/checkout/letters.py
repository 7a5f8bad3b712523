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
from app.notifications.models import unsubscribe_headers, unsubscribe_link

LEFT = "checkout.left"


def receipt_link(order: Order) -> str:
    """An address that shows this receipt on any device for ninety days; it carries nothing that anybody typed."""
    return absolute("receipts.receipt", number=order.number, key=receipt_key(order))


def receipt_key(order: Order) -> str:
    return tokens.sign("receipt", {"order": order.token})


def send(name: str, order: Order, asked_for: bool = False, **more: Any) -> None:
    letter = write(f"checkout/{name}", order.email, order=order, offer=Offer.find(order.offer), link=receipt_link(order), **more)
    letter.about, letter.asked_for = f"order:{order.id}", asked_for
    letter.reply_to = Site.current().addresses.get("billing", "") or Site.current().email
    post(letter)


def receipt(order: Order, payment: Payment) -> None:
    """The first charge is here: number, lines, schedule, next steps, and the calendar file of each appointment."""
    letter = write("checkout/receipt", order.email, order=order, offer=Offer.find(order.offer), link=receipt_link(order), payment=payment)
    letter.about, letter.asked_for = f"order:{order.id}", True
    letter.attachments = [("appointment.ics", "text/calendar", calendar.file(one)) for one in order.appointments]
    post(letter)


def resume_link(order: Order, letter: int) -> str:
    return absolute("resuming.welcome", token=tokens.sign("resume", {"order": order.token, "letter": letter}))


def link(order: Order, to: str) -> None:
    """The link to this checkout, for somebody who asked for it just now."""
    letter = write("checkout/link", to, link=resume_link(order, 0))
    letter.about, letter.asked_for = f"order:{order.id}", True
    post(letter)


def follow_up(order: Order, number: int) -> None:
    """The first or second letter to somebody who left. It never names what they looked at, and ends with one click (RFC 8058)."""
    end = unsubscribe_link(order.email, LEFT)
    letter = write(f"checkout/follow_up_{number}", order.email, who=order.first_name, link=resume_link(order, number), end=end)
    letter.headers = unsubscribe_headers(order.email, LEFT)
    letter.about = f"order:{order.id}"
    post(letter)


def follow_up_text(order: Order) -> str:
    return f"{Site.current().name}: what you began is saved. {resume_link(order, 1)} Reply STOP to end."


def to_the_firm(name: str, order: Order, **more: Any) -> None:
    """A word to the people who look after payments."""
    site = Site.current()
    to = site.addresses.get("billing", "") or site.email
    if to:
        letter: Letter = write(f"checkout/{name}", to, order=order, link=absolute("desk_orders.order", number=order.number), **more)
        letter.about = f"order:{order.id}"
        post(letter)
