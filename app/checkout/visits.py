"""Which checkout this browser is in: kept in the session cookie as order tokens, never as anything typed."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from flask import abort, g, request, session
from sqlalchemy import or_, select

from app.accounts.models import current_person, proven_person
from app.business.models import Offer, Profession, Site
from app.checkout.orders import Order
from app.lib import clock, tokens
from app.lib.db import db
from app.lib.page import see

MOST_BOUGHT = 8
PHONE = re.compile(r"Mobi|iPhone|Android.+Mobile")
TABLET = re.compile(r"iPad|Tablet|Android")
TRACKED = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "ref")


def offered(slug: str) -> Offer:
    """The offer on sale under this name, or 404."""
    return Offer.find(slug) or abort(404)


def today() -> date:
    """The firm's date: schedules begin on it."""
    return clock.now().astimezone(ZoneInfo(Site.current().hours.zone or "UTC")).date()


def visit() -> str:
    """A random name for this browser session, for counting; it says nothing about a person."""
    if "visit" not in session:
        session["visit"] = tokens.secret(96)
    return str(session["visit"])


def device() -> str:
    agent = request.headers.get("User-Agent", "")
    return "phone" if PHONE.search(agent) else "tablet" if TABLET.search(agent) else "desktop"


def remember(order: Order) -> None:
    """This browser is in this checkout from now on."""
    session["checkouts"] = {**session.get("checkouts", {}), order.offer: order.token}


def bought(order: Order) -> None:
    """The checkout is over: the browser may see the receipt, and the offer can be bought again."""
    kept = {offer: token for offer, token in session.get("checkouts", {}).items() if token != order.token}
    session["checkouts"] = kept
    session["bought"] = [order.token, *(t for t in session.get("bought", []) if t != order.token)][:MOST_BOUGHT]


def mine(offer: Offer) -> Order | None:
    """The order of this browser for the offer: the one it is filling in, else one it bought that came back unpaid."""
    token = session.get("checkouts", {}).get(offer.slug)
    order = Order.by_token(str(token)) if token else None
    if order is None and session.get("bought"):
        order = Order.unpaid_among(session["bought"], offer.slug)
    return order if order is not None and order.offer == offer.slug else None


def holds(order: Order) -> bool:
    """May this browser see the order: it made or bought it, or its owner or an agent is signed in."""
    tokens_here = {*session.get("checkouts", {}).values(), *session.get("bought", [])}
    person = proven_person()
    return order.token in tokens_here or (person is not None and (person.is_agent or order.person_id in person.aliases()))


def bought_here() -> list[Order]:
    """The orders that this browser bought, and those of whoever is signed in, the newest first."""
    person = proven_person()
    own = [Order.person_id.in_(person.aliases())] if person else []
    here = [str(token) for token in session.get("bought", [])]
    found = db.session.scalars(select(Order).where(or_(Order.token.in_(here), *own)).order_by(Order.id.desc()).limit(20))
    return [order for order in found if order.is_bought]


def order_at(offer: Offer, *before: str) -> Order:
    """The order of this browser with the steps in `before` done; else the customer is led to the first one that is not."""
    order = mine(offer)
    if order is None:
        abort(see("checkout.start", offer=offer.slug))
    if not order.is_open:
        abort(see("receipts.receipt", number=order.number))
    for step in before:
        if not order.done(step):
            abort(see({"you": "checkout.start", "plan": "checkout.plan"}[step], offer=offer.slug))
    return order


def wishes(offer: Offer) -> dict[str, Any]:
    """What the address asks for, checked: who comes, which add-ons, from where. What makes no sense is left out."""
    asked = request.args
    profession = Profession.find(asked.get("profession", "")[:80])
    known = {one.id for one in offer.add_ons}
    return {
        "email": address(asked.get("email", "")),
        "name": " ".join(asked.get("name", "")[:120].split()),
        "phone": asked.get("phone", "")[:40],
        "profession": profession.slug if profession else "",
        "add_ons": [one for one in re.split(r"[,\s]+", asked.get("addons", "")[:500]) if one in known],
        "plan": asked.get("plan", "")[:80],
        "from": {name: asked[name][:200] for name in TRACKED if asked.get(name)},
    }


def address(typed: str) -> str:
    try:
        return validate_email(typed[:254], check_deliverability=False).normalized if typed else ""
    except EmailNotValidError:
        return ""


def suggested(offer: Offer, profession: str) -> list[str]:
    """The add-ons that come ticked for a profession; they are shown, counted in the total, and can be taken off."""
    return [one.id for one in offer.add_ons if profession and profession in one.suggested_for and one.suits(profession)]


def known_person() -> dict[str, str]:
    """What the signed-in person would type anyway (WCAG 3.3.7)."""
    person = proven_person()
    if person is None:
        return {}
    return {"email": person.email or "", "name": person.name, "phone": person.phone or "", "profession": person.profession or ""}


def owner_id() -> int | None:
    """Whose account the order goes into: the signed-in customer's. An agent fills it in for somebody else."""
    person = proven_person()
    return person.id if person is not None and not person.is_agent else None


def refuse(offer: Offer, step: str, fields: list[str], order: Order | None = None) -> None:
    """Remember why a step was sent back; written down after the refused request has been undone."""
    profession = request.form.get("profession", "") if order is None else order.profession
    g.refused_step = {
        "offer": offer.slug,
        "step": step,
        "fields": fields,
        "visit": visit(),
        "device": device(),
        "profession": profession if Profession.find(profession) else "",
        "order_id": order.id if order is not None else 0,
    }


__all__ = [
    "bought", "current_person", "device", "holds", "known_person", "mine", "offered", "order_at", "refuse", "remember", "suggested",
    "today", "visit", "wishes",
]  # fmt: skip
