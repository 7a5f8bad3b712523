"""Stripe's objects and events read as news. Pure functions over plain dicts; what is missing says nothing."""

from __future__ import annotations

import json
from typing import Any

from app.checkout.gateways import Message, News

Thing = dict[str, Any]
DISPUTES = {"won": "won", "warning_closed": "won", "prevented": "won", "lost": "lost"}
REFUNDS = {"succeeded": "done", "failed": "failed", "canceled": "failed"}
INTENTS = {"succeeded": "succeeded", "processing": "processing"}


def message(body: bytes) -> Message:
    """One event of a webhook. Raises ValueError for what is none."""
    event = json.loads(body)
    if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
        raise ValueError("This is no event.")
    thing = event.get("data", {}).get("object")
    reader = READERS.get(event["type"])
    heard = reader(thing) if reader is not None and isinstance(thing, dict) else None
    return Message(id=event["id"], kind=event["type"], news=(heard,) if heard is not None else ())


def session(thing: Thing) -> News:
    """A Checkout Session: open, expired, or complete with its money here or under way."""
    intent, setup = expanded(thing.get("payment_intent")), expanded(thing.get("setup_intent"))
    state = session_state(thing, intent, setup)
    method_ref, method_label = method((intent or setup).get("payment_method"))
    return News(
        payment=text(thing.get("client_reference_id")),
        ref=text(thing.get("id")),
        charge_ref=text(intent.get("id")),
        state=state,
        cents=thing.get("amount_total") if state == "succeeded" and thing.get("mode") == "payment" else None,
        currency=text(thing.get("currency")),
        customer_ref=named(thing.get("customer")),
        method_ref=method_ref,
        method_label=method_label,
    )


def session_state(thing: Thing, intent: Thing, setup: Thing) -> str:
    if thing.get("status") != "complete":
        return "expired" if thing.get("status") == "expired" else "pending"
    if thing.get("mode") == "setup":
        # Only with the card in hand is it saved; the event of the setup intent brings it as well.
        return "succeeded" if setup.get("payment_method") else ""
    if thing.get("payment_status") == "paid":
        return "succeeded"
    return "failed" if intent.get("status") in {"requires_payment_method", "canceled"} else "processing"


def session_paid_late(thing: Thing) -> News:
    return session({**thing, "status": "complete", "payment_status": "paid"})


def session_failed_late(thing: Thing) -> News:
    found = session(thing)
    return News(payment=found.payment, ref=found.ref, charge_ref=found.charge_ref, state="failed", failure="The bank returned the debit.")


def session_expired(thing: Thing) -> News:
    return session({**thing, "status": "expired"})


def intent(thing: Thing) -> News:
    """A PaymentIntent. One of an open session that was declined is not the end: the customer may try again there."""
    marks = thing.get("metadata") or {}
    state = INTENTS.get(text(thing.get("status")), "")
    error = thing.get("last_payment_error") or {}
    if not state and marks.get("purpose") == "charge" and (error or thing.get("status") == "canceled"):
        state = "failed"
    method_ref, method_label = method(thing.get("payment_method"))
    return News(
        payment=text(marks.get("payment")),
        charge_ref=text(thing.get("id")),
        state=state,
        cents=thing.get("amount_received") if state == "succeeded" else None,
        currency=text(thing.get("currency")),
        customer_ref=named(thing.get("customer")),
        failure=text(error.get("message")),
        method_ref=method_ref,
        method_label=method_label,
    )


def setup_intent(thing: Thing) -> News:
    """A card was saved."""
    marks = thing.get("metadata") or {}
    state = "succeeded" if thing.get("status") == "succeeded" else ""
    method_ref, method_label = method(thing.get("payment_method"))
    return News(
        payment=text(marks.get("payment")),
        state=state,
        customer_ref=named(thing.get("customer")),
        method_ref=method_ref,
        method_label=method_label,
    )


def charge(thing: Thing) -> News:
    """A charge says which card or account it was, and how it was refunded; the state is the intent's to tell."""
    details = thing.get("payment_method_details") or {}
    return News(
        payment=text((thing.get("metadata") or {}).get("payment")),
        charge_ref=named(thing.get("payment_intent")),
        customer_ref=named(thing.get("customer")),
        method_ref=named(thing.get("payment_method")) if thing.get("status") == "succeeded" else "",
        method_label=label(details),
    )


def refund(thing: Thing) -> News:
    state = REFUNDS.get(text(thing.get("status")), "asked")
    marks = thing.get("metadata") or {}
    charge_ref = named(thing.get("payment_intent"))
    return News(
        payment=text(marks.get("payment")), charge_ref=charge_ref, refunds={text(thing.get("id")): (int(thing.get("amount") or 0), state)}
    )


def dispute(thing: Thing) -> News:
    state = DISPUTES.get(text(thing.get("status")), "open")
    return News(charge_ref=named(thing.get("payment_intent")), dispute=(text(thing.get("id")), state, int(thing.get("amount") or 0)))


def method(thing: Any) -> tuple[str, str]:
    """The id and the label of a payment method, expanded or only named."""
    found = expanded(thing)
    return text(found.get("id")), label(found)


def label(details: Thing) -> str:
    """What a customer recognises: Visa •••• 4242."""
    if card := details.get("card"):
        return f"{text(card.get('brand')).capitalize()} •••• {text(card.get('last4'))}"
    if account := details.get("us_bank_account"):
        return f"{text(account.get('bank_name')) or 'Bank account'} •••• {text(account.get('last4'))}"
    return ""


def expanded(thing: Any) -> Thing:
    """An object that may be whole, only its id, or missing."""
    return thing if isinstance(thing, dict) else {"id": thing} if isinstance(thing, str) and thing else {}


def named(thing: Any) -> str:
    return text(expanded(thing).get("id"))


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


READERS = {
    "checkout.session.completed": session,
    "checkout.session.async_payment_succeeded": session_paid_late,
    "checkout.session.async_payment_failed": session_failed_late,
    "checkout.session.expired": session_expired,
    "payment_intent.succeeded": intent,
    "payment_intent.processing": intent,
    "payment_intent.payment_failed": intent,
    "payment_intent.canceled": intent,
    "setup_intent.succeeded": setup_intent,
    "charge.succeeded": charge,
    "charge.updated": charge,
    "refund.created": refund,
    "refund.updated": refund,
    "refund.failed": refund,
    "charge.refund.updated": refund,
    "charge.dispute.created": dispute,
    "charge.dispute.updated": dispute,
    "charge.dispute.closed": dispute,
}
