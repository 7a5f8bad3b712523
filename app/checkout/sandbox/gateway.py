"""The sandbox as a gateway, and its webhooks: events signed in Stripe's scheme, sent by the outbox, disturbed by the chaos switch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from app.checkout.gateways import Ask, Declined, Message, News, Started
from app.checkout.sandbox.bank import ACH_DAYS, SandboxChaos, SandboxCharge, SandboxDispute, SandboxNote, SandboxSession
from app.checkout.sandbox.numbers import CARDS
from app.lib import clock, signatures, tokens
from app.lib.db import add, db
from app.lib.outbox import errand, later

HEADER = "Sandbox-Signature"
DELAY = timedelta(seconds=90)


class Sandbox:
    """No money moves here. Its page is ours, its webhooks are real."""

    name = "sandbox"
    title = "Sandbox"
    options = frozenset({"card", "ach", "split", "deposit"})
    safety = "This is a sandbox: only test numbers are taken, and no money moves."

    def start(self, ask: Ask) -> Started:
        if ask.purpose == "charge":
            charge = SandboxCharge.unattended(ask, CARDS.get(ask.method_ref.removeprefix("pm_sandbox_")))
            note(f"payment.{charge.state}", charge)
            return Started(ref=charge.token, news=charge.news())
        session = SandboxSession.begin(ask)
        return Started(ref=session.token, url=url_for("sandbox.session", token=session.token))

    def confirm(self, ask: Ask, args: Mapping[str, str]) -> News | None:
        return self.status(ask)

    def status(self, ask: Ask) -> News | None:
        charge = SandboxCharge.of_payment(ask.payment)
        if charge is not None:
            return charge.news()
        session = SandboxSession.by_token(ask.ref)
        return session_news(session) if session else None

    def refund(self, ask: Ask, cents: int) -> News:
        charge = SandboxCharge.of_payment(ask.payment)
        if charge is None:
            raise Declined("There is no such charge.")
        try:
            charge.refund(ask.key, cents)
        except ValueError as no:
            raise Declined(str(no)) from None
        note("refund.done", charge)
        return charge.news()

    def close(self, ask: Ask) -> News:
        session = SandboxSession.by_token(ask.ref)
        if session is not None and not session.take("open", "expired"):
            session.take("challenge", "expired")
        return self.status(ask) or News(payment=ask.payment, state="expired")

    def webhook(self, headers: Mapping[str, str], body: bytes, fresh: bool = True) -> Message:
        if fresh:
            signatures.verify(headers.get(HEADER, ""), body, [webhook_secret()])
        event = json.loads(body)
        if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
            raise ValueError("This is no event.")
        return Message(id=event["id"], kind=event["type"], news=(read(event["data"]["object"]),))


def session_news(session: SandboxSession) -> News:
    state = "expired" if session.state == "expired" else "pending"
    return News(payment=session.payment, ref=session.token, state=state)


def read(what: dict[str, Any]) -> News:
    """An event's object, back as news; JSON has turned tuples into lists."""
    refunds = {str(ref): (int(cents), str(state)) for ref, (cents, state) in what.pop("refunds", {}).items()}
    dispute = what.pop("dispute", None)
    return News(**what, refunds=refunds, dispute=(str(dispute[0]), str(dispute[1]), int(dispute[2])) if dispute else None)


def webhook_secret() -> str:
    return f"whsec_{tokens.derived('sandbox webhooks').hex()}"


def note(kind: str, charge: SandboxCharge) -> None:
    """Write an event about the charge and send it, as often and as late as the chaos switch says."""
    db.session.flush()
    db.session.expire(charge, ["refunds", "disputes"])
    tell(kind, charge.payment, charge.news())


def tell(kind: str, payment: str, news: News) -> None:
    chaos = SandboxChaos.current()
    event = add(SandboxNote(payment=payment, kind=kind, what=asdict(news)))
    if not chaos.drop:
        for _ in range(2 if chaos.duplicate else 1):
            later("checkout.sandbox_send", due_at=clock.now() + lateness(chaos, payment), note_id=event.id)


def lateness(chaos: SandboxChaos, payment: str) -> timedelta:
    """How late an event leaves: with `reorder` the first one of a payment leaves last."""
    earlier = db.session.scalar(select(func.count()).where(SandboxNote.payment == payment)) or 0
    shuffle = timedelta(seconds=max(0, 40 - 10 * earlier)) if chaos.reorder else timedelta()
    return shuffle + (DELAY if chaos.delay else timedelta())


def packed(event: SandboxNote) -> tuple[dict[str, str], bytes]:
    """One event as headers and body, signed now. What `stripe.Webhook.construct_event` takes, it takes."""
    what = {"id": event.token, "object": "event", "type": event.kind, "created": int(event.created_at.timestamp())}
    body = json.dumps({**what, "data": {"object": event.what}}).encode()
    return {HEADER: signatures.sign(webhook_secret(), body), "Content-Type": "application/json"}, body


def open_dispute(charge: SandboxCharge) -> None:
    charge.disputes.append(SandboxDispute(state="open"))
    note("dispute.open", charge)


def end_dispute(charge: SandboxCharge, state: str) -> None:
    charge.disputes[-1].state = state
    note(f"dispute.{state}", charge)


def settle(charge: SandboxCharge, failure: str) -> bool:
    """End a bank debit and say so. False when it had ended before."""
    ended = charge.settle(failure)
    if ended:
        note(f"payment.{charge.state}", charge)
    return ended


def settle_later(charge: SandboxCharge) -> None:
    later("checkout.sandbox_settle", due_at=clock.now() + ACH_DAYS, key=f"sandbox:{charge.id}", charge_id=charge.id)


@errand("checkout.sandbox_settle")
def settle_now(charge_id: int) -> None:
    charge = db.session.get_one(SandboxCharge, charge_id)
    settle(charge, charge.ends)
