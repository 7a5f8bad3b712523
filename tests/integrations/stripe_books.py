"""The books of the Stripe stand-in: the documented contract of what the plug uses, and nothing it does not.

Idempotency as documented: the same key answers the same, whatever happened to the first answer; other parameters under it are an error.
Unknown parameters are refused, as Stripe does.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

import stripe

Thing = dict[str, Any]
Answer = tuple[int, Thing]

KNOWN: dict[str, set[str]] = {
    "session": {
        "mode", "client_reference_id", "customer", "customer_email", "customer_creation", "metadata", "payment_method_types", "success_url",
        "cancel_url", "line_items", "payment_intent_data", "setup_intent_data", "currency", "expires_at", "expand",
    },
    "intent": {
        "amount", "currency", "customer", "payment_method", "payment_method_types", "off_session", "confirm", "description", "metadata",
    },
    "refund": {"payment_intent", "amount", "metadata", "reason", "charge"},
}  # fmt: skip


def error(status: int, kind: str, message: str, **more: Any) -> Answer:
    return status, {"error": {"type": kind, "message": message, **more}}


@dataclass
class Books:
    """The books of one Stripe account in test mode. `charges` is the money truly taken: (payment intent, amount)."""

    url: str = ""
    things: dict[str, Thing] = field(default_factory=dict)
    keys: dict[str, tuple[Thing, Answer]] = field(default_factory=dict)
    events: list[Thing] = field(default_factory=list)
    declines: set[str] = field(default_factory=set)
    count: int = 0

    # the contract

    def once(self, verb: str, path: str, typed: Thing, key: str) -> Answer:
        if verb == "POST" and key in self.keys:
            before, answer = self.keys[key]
            if before != {"path": path, **typed}:
                return error(400, "idempotency_error", "Keys for idempotent requests can only be used with the same parameters.")
            return answer
        answer = self.routed(verb, path, typed)
        if verb == "POST" and key:
            assert len(key) <= 255 and "@" not in key
            self.keys[key] = ({"path": path, **typed}, answer)
        return answer

    def routed(self, verb: str, path: str, typed: Thing) -> Answer:
        if (verb, path) == ("POST", "/v1/checkout/sessions"):
            return self.checked("session", typed) or self.new_session(typed)
        if (verb, path) == ("POST", "/v1/payment_intents"):
            return self.checked("intent", typed) or self.new_charge(typed)
        if (verb, path) == ("POST", "/v1/refunds"):
            return self.checked("refund", typed) or self.new_refund(typed)
        found = re.fullmatch(r"/v1/(?:checkout/sessions|payment_intents)/(\w+)(/expire)?", path)
        thing = self.things.get(found[1]) if found else None
        if thing is None:
            return error(404, "invalid_request_error", f"No such object: {path}", code="resource_missing")
        if found and found[2]:
            return self.expire(thing)
        return 200, self.shown(thing, typed.get("expand", {}))

    def checked(self, kind: str, typed: Thing) -> Answer | None:
        unknown = sorted(set(typed) - KNOWN[kind])
        if unknown:
            return error(
                400, "invalid_request_error", f"Received unknown parameter: {unknown[0]}", code="parameter_unknown", param=unknown[0]
            )
        return None

    def new_session(self, typed: Thing) -> Answer:
        mode = typed.get("mode")
        if mode not in {"payment", "setup"}:
            return error(400, "invalid_request_error", "You must pass a mode.", param="mode")
        if mode == "setup" and ("line_items" in typed or "payment_intent_data" in typed or "customer_creation" in typed):
            return error(400, "invalid_request_error", "That is not allowed in setup mode.")
        if "customer" in typed and ("customer_email" in typed or "customer_creation" in typed):
            return error(400, "invalid_request_error", "You may only specify one of these parameters: customer, customer_email.")
        total = sum(int(item["quantity"]) * int(item["price_data"]["unit_amount"]) for item in typed.get("line_items", {}).values())
        if mode == "payment" and total < 50:
            return error(400, "invalid_request_error", "The total must be at least 50 cents.", code="amount_too_small")
        session = self.put("cs_test", "checkout.session", **{
            "mode": mode, "status": "open", "payment_status": "unpaid" if mode == "payment" else "no_payment_required",
            "client_reference_id": typed.get("client_reference_id"), "customer": typed.get("customer"),
            "metadata": typed.get("metadata", {}), "amount_total": total if mode == "payment" else None,
            "currency": currency_of(typed), "payment_intent": None, "setup_intent": None, "success_url": typed["success_url"],
        })  # fmt: skip
        session["url"] = f"{self.url}/pay/{session['id']}"
        session["_typed"] = typed
        return 200, self.shown(session)

    def new_charge(self, typed: Thing) -> Answer:
        if typed.get("off_session") != "true" or typed.get("confirm") != "true":
            return error(400, "invalid_request_error", "This stand-in only charges saved cards.")
        method = self.things.get(str(typed.get("payment_method")))
        if method is None or method.get("customer") != typed.get("customer"):
            return error(400, "invalid_request_error", "No such PaymentMethod.", code="resource_missing", param="payment_method")
        intent = self.put("pi", "payment_intent", **{
            "amount": int(typed["amount"]), "currency": typed["currency"], "customer": typed["customer"], "payment_method": method["id"],
            "metadata": typed.get("metadata", {}), "status": "requires_payment_method", "amount_received": 0, "last_payment_error": None,
        })  # fmt: skip
        if method["id"] in self.declines:
            intent["last_payment_error"] = {"type": "card_error", "message": "Your card was declined."}
            self.say("payment_intent.payment_failed", intent)
            return error(
                402, "card_error", "Your card was declined.", code="card_declined", decline_code="generic_decline", payment_intent=intent
            )
        self.succeed(intent)
        return 200, self.shown(intent)

    def new_refund(self, typed: Thing) -> Answer:
        intent = self.things.get(str(typed.get("payment_intent")))
        amount = int(typed.get("amount", 0))
        if intent is None or intent["status"] != "succeeded":
            return error(400, "invalid_request_error", "This PaymentIntent has no charge to refund.")
        if amount > intent["amount_received"] - self.refunded(intent["id"]):
            return error(
                400, "invalid_request_error", "Refund amount is greater than unrefunded amount on charge.", code="charge_already_refunded"
            )
        refund = self.put(
            "re", "refund", amount=amount, payment_intent=intent["id"], status="succeeded", metadata=typed.get("metadata", {})
        )
        self.say("refund.created", refund)
        return 200, self.shown(refund)

    def expire(self, session: Thing) -> Answer:
        if session["status"] != "open":
            return error(400, "invalid_request_error", "Only Checkout Sessions with a status in ['open'] can be expired.")
        session["status"] = "expired"
        self.say("checkout.session.expired", session)
        return 200, self.shown(session)

    def shown(self, thing: Thing, expand: Thing | None = None) -> Thing:
        found = {name: value for name, value in thing.items() if not name.startswith("_")}
        for path in (expand or {}).values():
            name, _, inner = path.partition(".")
            if found.get(name):
                whole = dict(self.things[found[name]])
                if inner and whole.get(inner):
                    whole[inner] = self.things[whole[inner]]
                found[name] = whole
        return found

    # what happens on Stripe's own pages

    def pay(self, session_id: str, last4: str = "4242", brand: str = "visa") -> Thing:
        """The customer types a good card. Clicking twice changes nothing."""
        session = self.things[session_id]
        if session["status"] != "open":
            return session
        customer = session["customer"] or self.put("cus", "customer")["id"]
        method = self.put("pm", "payment_method", customer=customer, card={"brand": brand, "last4": last4}, type="card")
        if session["mode"] == "setup":
            return self.save(session, customer, method)
        intent = self.intent_of(session, customer, method)
        self.succeed(intent, label={"card": method["card"]})
        session.update(status="complete", payment_status="paid", payment_intent=intent["id"], customer=customer)
        self.say("checkout.session.completed", session)
        return session

    def save(self, session: Thing, customer: str, method: Thing) -> Thing:
        marks = session["_typed"]["setup_intent_data"]["metadata"]
        setup = self.put("seti", "setup_intent", status="succeeded", customer=customer, payment_method=method["id"], metadata=marks)
        session.update(status="complete", setup_intent=setup["id"], customer=customer)
        self.say("setup_intent.succeeded", setup)
        self.say("checkout.session.completed", session)
        return session

    def decline(self, session_id: str) -> None:
        """The customer types a card that is declined; the page stays open."""
        session = self.things[session_id]
        intent = self.put("pi", "payment_intent", amount=session["amount_total"], status="requires_payment_method", currency="usd",
                          metadata=session["_typed"]["payment_intent_data"]["metadata"], customer=None, payment_method=None,
                          last_payment_error={"message": "Your card was declined."}, amount_received=0)  # fmt: skip
        self.say("payment_intent.payment_failed", intent)

    def debit(self, session_id: str) -> Thing:
        """The customer authorises a bank debit; the money takes days."""
        session = self.things[session_id]
        customer = session["customer"] or self.put("cus", "customer")["id"]
        method = self.put("pm", "payment_method", customer=customer, us_bank_account={"bank_name": "STRIPE TEST BANK", "last4": "6789"})
        intent = self.intent_of(session, customer, method)
        intent["status"] = "processing"
        session.update(status="complete", payment_status="unpaid", payment_intent=intent["id"], customer=customer)
        self.say("payment_intent.processing", intent)
        self.say("checkout.session.completed", session)
        return session

    def arrive(self, session_id: str, good: bool = True) -> None:
        """The debit ends."""
        session = self.things[session_id]
        intent = self.things[session["payment_intent"]]
        if good:
            self.succeed(intent)
            session["payment_status"] = "paid"
            self.say("checkout.session.async_payment_succeeded", session)
        else:
            intent.update(status="requires_payment_method", last_payment_error={"message": "The account is closed."})
            self.say("payment_intent.payment_failed", intent)
            self.say("checkout.session.async_payment_failed", session)

    def dispute(self, intent_id: str, status: str = "needs_response") -> None:
        known = next(
            (thing for thing in self.things.values() if thing["object"] == "dispute" and thing["payment_intent"] == intent_id), None
        )
        dispute = known or self.put("dp", "dispute", payment_intent=intent_id, amount=self.things[intent_id]["amount"])
        dispute["status"] = status
        self.say("charge.dispute.closed" if status in {"won", "lost"} else "charge.dispute.created", dispute)

    # the books

    def intent_of(self, session: Thing, customer: str, method: Thing) -> Thing:
        return self.put("pi", "payment_intent", **{
            "amount": session["amount_total"], "currency": session["currency"], "customer": customer, "payment_method": method["id"],
            "metadata": session["_typed"]["payment_intent_data"]["metadata"], "status": "requires_confirmation", "amount_received": 0,
            "last_payment_error": None,
        })  # fmt: skip

    def succeed(self, intent: Thing, label: Thing | None = None) -> None:
        intent.update(status="succeeded", amount_received=intent["amount"])
        method = self.things[intent["payment_method"]]
        self.say("payment_intent.succeeded", intent)
        same = {name: intent[name] for name in ("customer", "metadata", "amount")}
        details = label or {"card": method.get("card")}
        charge = self.put(
            "ch",
            "charge",
            status="succeeded",
            payment_intent=intent["id"],
            payment_method=method["id"],
            payment_method_details=details,
            **same,
        )
        self.say("charge.succeeded", charge)

    def put(self, prefix: str, kind: str, **values: Any) -> Thing:
        self.count += 1
        thing = {"id": f"{prefix}_{self.count:06d}", "object": kind, "created": int(time.time()), **values}
        self.things[thing["id"]] = thing
        return thing

    def say(self, kind: str, thing: Thing) -> None:
        self.count += 1
        event = {
            "id": f"evt_{self.count:06d}",
            "object": "event",
            "api_version": stripe.api_version,
            "type": kind,
            "created": int(time.time()),
        }
        self.events.append(json.loads(json.dumps({**event, "data": {"object": self.shown(thing)}})))

    def refunded(self, intent_id: str) -> int:
        return sum(t["amount"] for t in self.things.values() if t["object"] == "refund" and t["payment_intent"] == intent_id)

    @property
    def charges(self) -> list[tuple[str, int]]:
        return [
            (t["id"], t["amount_received"]) for t in self.things.values() if t["object"] == "payment_intent" and t["status"] == "succeeded"
        ]

    def sessions(self) -> list[Thing]:
        return [thing for thing in self.things.values() if thing["object"] == "checkout.session"]


def currency_of(typed: Thing) -> Any:
    return next((item["price_data"]["currency"] for item in typed.get("line_items", {}).values()), typed.get("currency"))
