"""Exit intent, honestly: asked once, with a tenth of the visits held out, so that its real effect can be seen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, request
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.business.models import Offer
from app.checkout import visits
from app.checkout.orders import Order
from app.checkout.visits import offered
from app.lib import clock, content
from app.lib.access import public
from app.lib.content import Problem
from app.lib.db import Email, Model, Slug, db, first
from app.lib.fields import Fields
from app.lib.limits import limit
from app.lib.page import page

bp = Blueprint("exits", __name__)
QUIET = timedelta(days=30)
HELD_OUT = 10  # one visit in so many sees nothing
CHOICES = ("question", "consult", "mail", "stay")


class ExitAsk(Model):
    """Somebody was about to leave: shown the question, or held out to compare with; and what they chose."""

    __tablename__ = "exit_asks"

    visit: Mapped[str] = mapped_column(String(32), unique=True)
    offer: Mapped[Slug] = mapped_column(index=True)
    step: Mapped[str] = mapped_column(String(10))
    device: Mapped[str] = mapped_column(String(10))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="SET NULL"))
    email: Mapped[Email] = mapped_column(default="", index=True)
    arm: Mapped[str] = mapped_column(String(5))
    choice: Mapped[str] = mapped_column(String(10), default="")

    @classmethod
    def of(cls, visit: str) -> ExitAsk | None:
        return db.session.scalar(select(cls).where(cls.visit == visit))

    @classmethod
    def lately(cls, email: str) -> bool:
        """Was this person asked in the last thirty days, in whatever browser?"""
        recent = select(cls.id).where(cls.email == email, cls.created_at > clock.now() - QUIET)
        return bool(email) and db.session.scalar(recent.limit(1)) is not None

    @classmethod
    def begin(cls, offer: Offer, step: str, order: Order | None) -> ExitAsk | None:
        """The one ask of this visit; None when there was one, or this person had one lately, or nothing should stand in the way."""
        email, visit = (order.email if order else ""), visits.visit()
        if cls.of(visit) or cls.lately(email) or (order is not None and order.state != "draft"):
            return None
        row = cls(visit=visit, offer=offer.slug, step=step, device=visits.device(), arm=arm(visit), email=email)
        row.order_id = order.id if order else None
        return row if first(row) else None


def arm(visit: str) -> str:
    """shown or held, always the same for one visit."""
    return "held" if int(hashlib.sha256(f"exit {visit}".encode()).hexdigest(), 16) % HELD_OUT == 0 else "shown"


@dataclass(frozen=True)
class Words:
    """What the firm says to somebody who is about to leave."""

    title: str
    text: str
    question: str
    consult: str
    mail: str
    stay: str


def words() -> Words:
    """From content/checkout/exit.md; our own words while it is missing."""
    return read_words()[0]


def read_words() -> tuple[Words, list[Problem]]:
    document = content.document("checkout", "exit")
    plain = Words(
        "Before you go", "Is there something we can help with?", "Ask a question", "Book a free consult", "Mail me this checkout", "Go on"
    )
    if document is None:
        return plain, []
    fields = Fields.of(document)
    found = Words(*(fields.text(name, getattr(plain, name)) for name in ("title", "text", "question", "consult", "mail", "stay")))
    return found, fields.done()


@content.check("checkout")
def problems() -> list[Problem]:
    return [*content.problems("checkout"), *read_words()[1]]


@bp.post("/checkout/<offer>/exit")
@public
@limit("20/hour")
def ask(offer: str) -> Any:
    """The browser says: about to leave, after fifteen seconds and a touched field. Answers the question to show, or nothing (204)."""
    found = offered(offer)
    step = request.form.get("step", "")
    row = ExitAsk.begin(found, step, visits.mine(found)) if step in {"you", "plan", "pay"} else abort(422)
    if row is None or row.arm == "held":
        return "", 204
    return page("checkout/_exit.html", offer=found, words=words(), step=step)


@bp.post("/checkout/<offer>/exit/choice")
@public
@limit("20/hour")
def choose(offer: str) -> Any:
    """What was chosen in answer to the question."""
    row, choice = ExitAsk.of(visits.visit()), request.form.get("choice", "")
    if row is None or choice not in CHOICES:
        abort(422)
    row.choice = row.choice or choice
    return "", 204
