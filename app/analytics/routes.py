"""The door for our pages' small events, and the reports at the desk."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, request

from app.analytics import funnel
from app.analytics.models import Moment
from app.business.models import Offer
from app.checkout.models import Order, browser
from app.lib import clock
from app.lib.access import needs, public
from app.lib.limits import limit
from app.lib.page import page

bp = Blueprint("analytics", __name__)
NAMES = {"entered", "left", "seen", "used", "embed"}
STEPS = {"you", "plan", "pay"}
MOST = 20
PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year"}


@bp.post("/moments")
@public
@limit("120/minute")
def create_moments() -> Any:
    """Small events of a checkout page: a JSON list in `moments`. What makes no sense is refused as a whole."""
    offer, step = Offer.find(request.form.get("offer", "")[:80]), request.form.get("step", "")
    try:
        heard = json.loads(request.form.get("moments", "")[:4000])
    except ValueError:
        abort(422)
    if offer is None or step not in STEPS or not isinstance(heard, list) or not 0 < len(heard) <= MOST:
        abort(422)
    order = browser.mine(offer)
    who = {"visit": browser.visit(), "offer": offer.slug, "step": step, "device": browser.device(), **known(order)}
    Moment.note([{**who, **cleaned(one)} for one in heard])
    return "", 204


def known(order: Order | None) -> dict[str, str]:
    return {"profession": order.profession, "kind": order.kind} if order else {}


def cleaned(one: Any) -> dict[str, Any]:
    """One event with known names and small values; 422 for anything else."""
    if not isinstance(one, dict) or one.get("name") not in NAMES:
        abort(422)
    detail, value = one.get("detail", ""), one.get("value", 0)
    if not isinstance(detail, str) or not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10_000_000:
        abort(422)
    return {"name": one["name"], "detail": "".join(ch for ch in detail[:60] if ch.isalnum() or ch in "-_ "), "value": value}


@bp.get("/desk/reports/checkout")
@needs("agent")
def checkout() -> Any:
    """Where people enter, stop and finish, and what helped them."""
    days = request.args.get("days", "30")
    days = days if days in PERIODS else "30"
    until = clock.now()
    found = funnel.report(until - timedelta(days=int(days)), until)
    return page("analytics/checkout.html", report=found, days=days, periods=PERIODS, goals=funnel.GOALS)
