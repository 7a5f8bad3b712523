"""The desk's page of integrations: what providers sent, what their lists say, and the switches."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from sqlalchemy import func, select

from app.accounts.models import me
from app.consults.models import NATIVE, ProviderState, every_type
from app.consults.providers import provider_of, providers
from app.integrations import watching
from app.integrations.deliveries import Delivery
from app.integrations.sweeping import Difference, sweep_soon
from app.lib.access import needs
from app.lib.db import db
from app.lib.numbers import row_number
from app.lib.page import page, see

bp = Blueprint("desk_integrations", __name__, url_prefix="/desk/integrations")
ON_A_PAGE = 50
STATES = ("received", "done", "ignored")


@bp.get("")
@needs("agent")
def index() -> Any:
    """Show each way to book with its health, the differences that wait, and the latest messages."""
    provider, state = request.args.get("provider", "")[:20], request.args.get("state", "")
    rows = Delivery.latest(provider, state if state in STATES else "")
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    found = list(db.session.scalars(rows.limit(ON_A_PAGE + 1).offset((number - 1) * ON_A_PAGE)))
    shown: dict[str, Any] = {
        "deliveries": found[:ON_A_PAGE],
        "more": len(found) > ON_A_PAGE,
        "number": number,
        "provider": provider,
        "state": state,
    }
    differences = db.session.scalars(Difference.open()).all()
    shown["page_link"] = lambda number: url_for("desk_integrations.index", provider=provider, state=state, page=number)
    return page("integrations/index.html", ways=[health(name) for name in ways()], differences=differences, states=STATES, **shown)


def ways() -> list[str]:
    return [NATIVE, *(provider.name for provider in providers())]


def health(name: str) -> dict[str, Any]:
    """One way to book as the page shows it."""
    state = db.session.scalar(select(ProviderState).where(ProviderState.name == name)) or ProviderState(name=name)
    types = [kind for kind in every_type() if (kind.outside.name if kind.outside else NATIVE) == name]
    shown = {"name": name, "state": state, "types": types, "provider": None if name == NATIVE else provider_of(name)}
    if name == NATIVE:
        return {**shown, "title": "Our own calendar"}
    waiting = select(func.count()).select_from(Delivery).where(Delivery.provider == name, Delivery.state == "received")
    heard = {"heard_at": watching.last_heard(name), "gap": watching.usual_gap(name), "quiet": watching.silent_for(name)}
    return {**shown, "title": provider_of(name).title, "waiting": db.session.scalar(waiting), **heard}


def known(name: str) -> str:
    return name if name in ways() else abort(404)


@bp.post("/<name>/switch")
@needs("admin")
def switch(name: str) -> Any:
    """Switch a way to book off, or on again. What is off falls back to our own times, and these to a form."""
    on = request.form.get("on") == "yes"
    ProviderState.of(known(name)).switch(on, me())
    flash("Bookings go there again." if on else "Switched off. Within seconds visitors are shown another way to book.", "good")
    return see("desk_integrations.index")


@bp.post("/<name>/sweeps")
@needs("admin")
def sweep(name: str) -> Any:
    """Compare the provider's list with ours now, in a job."""
    if name == NATIVE or not provider_of(known(name)).lists:
        abort(422)
    sweep_soon(name)
    flash("The lists are being compared. Differences show here in a moment.", "good")
    return see("desk_integrations.index")


@bp.get("/deliveries/<int:id>")
@needs("admin")
def delivery(id: int) -> Any:
    """Show one message with its bytes as they came."""
    row = db.session.get(Delivery, id) or abort(404)
    body = row.body.decode("utf-8", "replace")
    return page("integrations/delivery.html", delivery=row, provider=provider_of(row.provider), errands=row.errands(), body=body)


@bp.post("/replays")
@needs("admin")
def replay() -> Any:
    """Apply the chosen messages once more."""
    ids = request.form.getlist("id", type=row_number)
    rows = db.session.scalars(select(Delivery).where(Delivery.id.in_(ids[:500])).order_by(Delivery.id)).all()
    for row in rows:
        row.replay()
    flash(f"{len(rows)} {'message is' if len(rows) == 1 else 'messages are'} applied again." if rows else "Choose some first.", "good")
    return see("desk_integrations.index")


@bp.post("/differences/verdicts")
@needs("admin")
def decide() -> Any:
    """Take theirs or keep ours, for one difference or for all that are open."""
    verdict, wanted = request.form.get("verdict", ""), request.form.get("id", "")
    if verdict not in {"accept", "dismiss"}:
        abort(422)
    rows = db.session.scalars(Difference.open()).all()
    chosen = [row for row in rows if wanted == "all" or str(row.id) == wanted]
    for row in chosen:
        row.accept(me()) if verdict == "accept" else row.dismiss(me())
    flash(f"{len(chosen)} settled.", "good")
    return see("desk_integrations.index")
