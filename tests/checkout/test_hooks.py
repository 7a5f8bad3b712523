"""The webhooks' door: forged, stale, future, repeated, malformed; the official stripe library agrees with our signatures."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.checkout.gateways import News
from app.checkout.models import WebhookDelivery, bank
from app.checkout.sandbox.gateway import packed, webhook_secret
from app.lib import clock, outbox, signatures
from app.lib.db import add, db
from tests.checkout.buying import Buyer

DOOR = "/webhooks/payments/sandbox"


def message(payment: str = "", **more: object) -> bytes:
    what = asdict(News(payment=payment, state="succeeded", cents=240000, currency="USD"))
    return json.dumps({"id": "evt_1", "object": "event", "type": "payment.succeeded", "data": {"object": what}, **more}).encode()


def knock(client: FlaskClient, body: bytes, signature: str | None = None, **more: object) -> int:
    header = signatures.sign(webhook_secret(), body) if signature is None else signature
    return client.post(DOOR, data=body, headers={"Sandbox-Signature": header}, **more).status_code  # type: ignore[arg-type]


def stored() -> list[WebhookDelivery]:
    return list(db.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def test_a_signed_message_is_stored_as_it_came_and_then_applied(buyer: Buyer, client: FlaskClient) -> None:
    buyer.to_the_bank("card")
    body = message(buyer.order.payments[0].token)
    assert knock(client, body) == 200
    assert [(row.state, row.body) for row in stored()] == [("received", body)]
    outbox.drain()
    assert buyer.order.state == "paid"
    assert stored()[0].state == "done"


def test_the_bytes_at_rest_are_not_readable(client: FlaskClient) -> None:
    knock(client, message("somebody"))
    assert b"somebody" not in stored()[0].sealed


def test_the_same_message_counts_once(buyer: Buyer, client: FlaskClient) -> None:
    buyer.to_the_bank("card")
    body = message(buyer.order.payments[0].token)
    assert [knock(client, body) for _ in range(3)] == [200, 200, 200]
    outbox.drain()
    assert [row.times for row in stored()] == [3]
    assert buyer.order.captured_cents == 240000


@pytest.mark.parametrize(
    "signature",
    [
        "", "nonsense", "t=1", "v1=00", "t=,v1=", "t=abc,v1=00", "t=1,t=2,v1=00", "t=99999999999999,v1=00", "t=١٢,v1=00", "t=1,v1=é",
        "t=-1,v1=00", "t=1e3,v1=" + "0" * 64,
    ],
)  # fmt: skip
def test_a_forged_message_is_refused_and_not_kept(client: FlaskClient, signature: str) -> None:
    assert knock(client, message(), signature) == 401
    assert stored() == []


def test_a_message_with_another_secret_or_changed_bytes_is_refused(client: FlaskClient) -> None:
    body = message()
    assert knock(client, body, signatures.sign("whsec_other", body)) == 401
    assert knock(client, body + b" ", signatures.sign(webhook_secret(), body)) == 401


@pytest.mark.parametrize("seconds", [-301, 301, -86400, 3600])
def test_old_and_future_messages_are_refused(client: FlaskClient, seconds: int) -> None:
    body = message()
    with clock.at(clock.now()):
        assert knock(client, body, signatures.sign(webhook_secret(), body, clock.now() + timedelta(seconds=seconds))) == 401


@pytest.mark.parametrize("seconds", [-290, 290])
def test_clocks_may_differ_a_little(client: FlaskClient, seconds: int) -> None:
    body = message()
    assert knock(client, body, signatures.sign(webhook_secret(), body, clock.now() + timedelta(seconds=seconds))) == 200


@pytest.mark.parametrize(
    "body", [b"[]", b"[1,2]", b"null", b"7", b'"x"', b"{}", b"{", b"", b"\xff\xfe", b'{"id": 7, "type": "x"}', b'{"id": "e", "type": null}']
)
def test_signed_nonsense_is_refused_politely(client: FlaskClient, body: bytes) -> None:
    assert knock(client, body) == 400
    assert stored() == []


@pytest.mark.parametrize("data", [None, [], {}, {"object": None}, {"object": []}, {"object": {"state": "gold"}}, {"object": {"nobody": 1}}])
def test_signed_events_of_a_strange_shape_break_nothing(client: FlaskClient, data: object) -> None:
    assert knock(client, message(data=data)) in {200, 400}
    outbox.drain()


def test_news_of_nobody_is_ignored(client: FlaskClient) -> None:
    assert knock(client, message("unknown")) == 200
    outbox.drain()
    assert stored()[0].state == "ignored"


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_a_post_is_a_message(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)(DOOR).status_code in {400, 405}


def test_an_unknown_gateway_has_no_door(client: FlaskClient) -> None:
    assert client.post("/webhooks/payments/nobody", data=b"{}").status_code == 404


def test_a_message_too_large_is_refused(client: FlaskClient) -> None:
    assert knock(client, b" " * (1024 * 1024 + 1)) == 413


def test_a_machine_needs_no_form_token_and_may_come_from_anywhere(client: FlaskClient) -> None:
    body = message()
    headers = {"Sandbox-Signature": signatures.sign(webhook_secret(), body), "Origin": "https://elsewhere.example"}
    assert client.post(DOOR, data=body, headers=headers).status_code == 200


def test_the_official_stripe_library_takes_what_the_sandbox_signs(app: Flask) -> None:
    note = add(bank.SandboxNote(payment="p", kind="payment.succeeded", what=asdict(News(payment="p", state="succeeded"))))
    headers, body = packed(note)
    event = stripe.Webhook.construct_event(body, headers["Sandbox-Signature"], webhook_secret())  # type: ignore[no-untyped-call]
    assert event.type == "payment.succeeded"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", headers["Sandbox-Signature"], webhook_secret())  # type: ignore[no-untyped-call]


def test_we_take_what_the_official_stripe_library_signs(app: Flask) -> None:
    body = b'{"id": "evt_9"}'
    stamp = int(clock.now().timestamp())
    theirs = stripe.WebhookSignature._compute_signature(f"{stamp}.{body.decode()}", "whsec_x")  # type: ignore[no-untyped-call]
    signatures.verify(f"t={stamp},v1={theirs}", body, ["whsec_old", "whsec_x"])
