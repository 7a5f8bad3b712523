"""The door for the gateways' webhooks: size, signature, then the raw bytes become a row, then 200."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request

from app.checkout import gateways
from app.checkout.deliveries import REFUSED, WebhookDelivery
from app.lib.access import public
from app.lib.deliveries import raw_body
from app.lib.security import from_anywhere
from app.lib.signatures import Forged

bp = Blueprint("payment_hooks", __name__)


@bp.post("/webhooks/payments/<gateway>")
@public
@from_anywhere
def receive(gateway: str) -> Any:
    """Take one message: 401 when its signature or time is wrong, 400 when it is none, 200 as soon as it is stored."""
    if gateway not in gateways.names():
        abort(404)
    body = raw_body()
    try:
        delivery = WebhookDelivery.receive(gateway, dict(request.headers), body)
    except Forged:
        REFUSED.labels(gateway).inc()
        abort(401)
    except (ValueError, KeyError, TypeError, AttributeError):
        abort(400)
    return {"received": delivery.message_id}
