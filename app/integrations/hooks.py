"""The doors for booking providers' webhooks: size, signature, then the raw bytes become a row, then 200."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request

from app.integrations.deliveries import Delivery, refuse
from app.lib.access import public
from app.lib.db import roll_back
from app.lib.deliveries import raw_body
from app.lib.security import from_anywhere
from app.lib.signatures import Forged

bp = Blueprint("booking_hooks", __name__)
SIGNED_BY = {"Calendly-Webhook-Signature": "calendly", "X-Cal-Signature-256": "calcom"}


@bp.post("/webhooks/calendly", endpoint="calendly", defaults={"provider": "calendly"})
@bp.post("/webhooks/calcom", endpoint="calcom", defaults={"provider": "calcom"})
@public
@from_anywhere
def receive(provider: str) -> Any:
    """Take one message: 401 when its signature or time is wrong, 400 when it is none, 200 as soon as it is stored."""
    body = raw_body()
    try:
        row = Delivery.receive(provider, dict(request.headers), body)
    except Forged:
        roll_back()
        refuse(provider)
        abort(401)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        abort(400)
    return {"received": row.digest[:16], "times": row.times}


@bp.post("/api/consultations/book")
@public
@from_anywhere
def confirm() -> Any:
    """Take a booking confirmation of either provider; its signature header says whose it is."""
    signed = next((provider for header, provider in SIGNED_BY.items() if header in request.headers), None)
    return receive(signed) if signed else abort(401)
