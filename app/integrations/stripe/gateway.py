"""The gateway itself. Every call carries the idempotency key that was saved before it; amounts are checked by whoever hears the news."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import stripe
from flask import current_app

from app.checkout.gateways import Ask, Away, Declined, Message, News, Started
from app.integrations.stripe import reading
from app.lib import signatures
from app.lib.logs import log

TIMEOUT = 15
HEADER = "Stripe-Signature"
EXPAND = ["payment_intent.payment_method", "setup_intent.payment_method"]
Answer = TypeVar("Answer")


@lru_cache(maxsize=4)
def client_for(key: str, base: str) -> stripe.StripeClient:
    addresses: Any = {"api": base} if base else None
    return stripe.StripeClient(key, base_addresses=addresses, http_client=stripe.RequestsClient(timeout=TIMEOUT), max_network_retries=2)


def client() -> stripe.StripeClient:
    settings = current_app.config["SETTINGS"]
    return client_for(settings.stripe_secret_key, settings.stripe_api_base)


def asked(call: Callable[[], Answer]) -> Answer:
    """Ask Stripe; its errors in the words of the socket. Only a clear no is Declined, everything unclear is Away."""
    try:
        return call()
    except stripe.CardError as no:
        raise Declined(no.user_message or "The card was declined.") from no
    except stripe.InvalidRequestError as no:
        log.error("stripe refused a request", code=no.code, param=no.param)
        raise Declined("The payment provider did not accept this request.") from no
    except stripe.StripeError as error:
        log.error("stripe is away", error=type(error).__name__)
        raise Away(type(error).__name__) from error


class Stripe:
    """Checkout Sessions (API version of the installed package): no card number ever reaches this server."""

    name = "stripe"
    title = "Stripe"
    options = frozenset({"card", "ach", "split", "deposit"})
    safety = "Card and bank numbers are typed on the payment page of Stripe. They never reach our server."

    def start(self, ask: Ask) -> Started:
        if ask.purpose == "charge":
            return self.charge(ask)
        params: Any = session_params(ask)
        key = session_key(ask.key, params)
        session = asked(lambda: client().v1.checkout.sessions.create(params, {"idempotency_key": key}))
        return Started(ref=session.id, url=session.url or "")

    def charge(self, ask: Ask) -> Started:
        """Charge a saved card while nobody is there. A refusal is news, not an error."""
        params: Any = charge_params(ask)

        def create() -> News:
            try:
                return reading.intent(plain(client().v1.payment_intents.create(params, {"idempotency_key": ask.key})))
            except stripe.CardError as no:
                refused = no.error.payment_intent.id if no.error and no.error.payment_intent else ""
                return News(payment=ask.payment, charge_ref=refused, state="failed", failure=no.user_message or "The card was declined.")

        news = asked(create)
        return Started(ref=news.charge_ref, news=news)

    def confirm(self, ask: Ask, args: Mapping[str, str]) -> News | None:
        return self.status(ask)

    def status(self, ask: Ask) -> News | None:
        if not ask.ref:
            return None
        if ask.purpose == "charge":
            return reading.intent(plain(asked(lambda: client().v1.payment_intents.retrieve(ask.ref))))
        found = asked(lambda: client().v1.checkout.sessions.retrieve(ask.ref, {"expand": EXPAND}))
        return reading.session(plain(found))

    def refund(self, ask: Ask, cents: int) -> News:
        params: Any = {"payment_intent": ask.charge_ref, "amount": cents, "metadata": {"payment": ask.payment}}
        return reading.refund(plain(asked(lambda: client().v1.refunds.create(params, {"idempotency_key": ask.key}))))

    def close(self, ask: Ask) -> News:
        try:
            return reading.session(plain(asked(lambda: client().v1.checkout.sessions.expire(ask.ref))))
        except Declined:
            # It was over already: paid, perhaps. What Stripe says now counts.
            return self.status(ask) or News(payment=ask.payment, state="expired")

    def webhook(self, headers: Mapping[str, str], body: bytes, fresh: bool = True) -> Message:
        if fresh:
            secrets = current_app.config["SETTINGS"].stripe_webhook_secret.split(",")
            signatures.verify(headers.get(HEADER, ""), body, [secret.strip() for secret in secrets])
        return reading.message(body)


def plain(found: Any) -> dict[str, Any]:
    """A Stripe object as plain values."""
    values: dict[str, Any] = found.to_dict()
    return values


def session_params(ask: Ask) -> dict[str, Any]:
    """What a Checkout Session is made of, for a payment or to save a card. Nothing here names a service of health."""
    marks = {"payment": ask.payment, "order": ask.order, "purpose": ask.purpose}
    methods = ["us_bank_account"] if ask.method == "ach" else ["card"]
    who = {"customer": ask.customer_ref} if ask.customer_ref else {"customer_email": ask.email}
    after = {"success_url": ask.done_url + "?session={CHECKOUT_SESSION_ID}", "cancel_url": ask.back_url}
    common = {"client_reference_id": ask.payment, "metadata": marks, "payment_method_types": methods, **who, **after}
    if ask.purpose == "method":
        return {**common, "mode": "setup", "currency": ask.currency.lower(), "setup_intent_data": {"metadata": marks}}
    price = {"currency": ask.currency.lower(), "unit_amount": ask.cents, "product_data": {"name": ask.words}}
    intent: dict[str, Any] = {"metadata": marks, "description": f"Order {ask.order}"}
    keep = {"customer_creation": "always"} if ask.keep_method and not ask.customer_ref else {}
    if ask.keep_method:
        intent["setup_future_usage"] = "off_session"
    return {**common, **keep, "mode": "payment", "line_items": [{"quantity": 1, "price_data": price}], "payment_intent_data": intent}


def session_key(key: str, params: dict[str, Any]) -> str:
    """The key of a page that may be asked for again after the customer changed their address: Stripe wants the same words with a key.

    A page nobody was led to takes no money. A charge keeps its own key, whatever changed.
    """
    return f"{key}-{hashlib.sha256(repr(sorted(params.items())).encode()).hexdigest()[:16]}"


def charge_params(ask: Ask) -> dict[str, Any]:
    return {
        "amount": ask.cents,
        "currency": ask.currency.lower(),
        "customer": ask.customer_ref,
        "payment_method": ask.method_ref,
        "payment_method_types": ["card"],
        "off_session": True,
        "confirm": True,
        "description": f"Order {ask.order}",
        "metadata": {"payment": ask.payment, "order": ask.order, "purpose": ask.purpose},
    }
