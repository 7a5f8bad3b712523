"""The agents' side: make a ticket of a conversation, escalate, log a call, time and links; and the report of promises kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, request
from flask_login import current_user
from sqlalchemy import case, func, select
from werkzeug.wrappers import Response as BaseResponse

from app.conversations.models import Conversation, Unsayable
from app.lib import clock
from app.lib.access import needs
from app.lib.db import db, roll_back
from app.lib.page import page, safe_next, see
from app.tickets import fields, policies
from app.tickets.models import SlaClock, Ticket
from app.tickets.timeline import NAMES

bp = Blueprint("ticket_desk", __name__, url_prefix="/desk/tickets")
SPANS = {"7": 7, "28": 28, "90": 90}


@dataclass(frozen=True)
class Kept:
    """How well one promise of one policy was kept: of `ended` so many in time; `late` still run past their time."""

    policy: str
    target: str
    ended: int
    in_time: int
    late: int

    @property
    def share(self) -> int | None:
        return round(100 * self.in_time / self.ended) if self.ended else None


@bp.get("/report")
@needs("agent")
def report() -> Response:
    """Compliance by policy and promise over 7, 28 or 90 days."""
    days = SPANS.get(request.args.get("days", ""), 28)
    return page("tickets/desk/report.html", rows=kept(days), days=days, spans=list(SPANS.values()))


def kept(days: int) -> list[Kept]:
    clocks = SlaClock
    in_time = func.sum(case(((clocks.ended_at.is_not(None)) & (clocks.ended_at <= clocks.due_at), 1), else_=0))
    late = func.sum(case(((clocks.ended_at.is_(None)) & (clocks.due_at < clock.now()), 1), else_=0))
    counted = select(clocks.policy_id, clocks.target, func.count(clocks.ended_at), in_time, late)
    counted = counted.where(clocks.started_at > clock.now() - timedelta(days=days)).group_by(clocks.policy_id, clocks.target)
    rows = db.session.execute(counted.order_by(clocks.policy_id, clocks.target)).all()
    return [Kept(policies.find(row[0]).title, NAMES[row[1]], row[2], int(row[3] or 0), int(row[4] or 0)) for row in rows]


def conversation_of(number: int) -> Conversation:
    """The conversation of this number, or what it was merged into."""
    row = db.session.get(Conversation, number) or abort(404)
    return row.living()


def ticket_of(number: int) -> Ticket:
    return Ticket.of(conversation_of(number)) or abort(404)


def done(deed: Callable[[], Any], words: str) -> BaseResponse:
    """Do it and go back to where one was; what cannot be done is said there."""
    try:
        deed()
        flash(words, "good")
    except (ValueError, Unsayable) as error:
        roll_back()
        flash(str(error), "bad")
    came_from = (request.referrer or "").removeprefix(request.host_url.rstrip("/"))
    return see(safe_next(came_from, "/desk"))


def minutes() -> int:
    given = request.form.get("minutes", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 6):
        raise ValueError("How many minutes?")
    return int(given)


@bp.post("/<int:number>/ticket")
@needs("agent")
def create_ticket(number: int) -> BaseResponse:
    """The conversation becomes a ticket and keeps its thread."""
    why = f"Made by {current_user.display_name}."
    return done(lambda: Ticket.make(conversation_of(number), way="agent", because=why), "It is a ticket now.")


@bp.post("/<int:number>/escalation")
@needs("agent")
def create_escalation(number: int) -> BaseResponse:
    """One level up, with a sentence why. What is no ticket yet becomes one."""

    def up() -> None:
        why = " ".join(request.form.get("why", "").split())
        if not why:
            raise ValueError("Say why in one sentence.")
        ticket = Ticket.make(conversation_of(number), way="agent", because=f"{current_user.display_name} escalated it.")
        if ticket.escalate(current_user, why) is None:
            raise ValueError("It is at the highest level already.")

    return done(up, "It went up a level.")


@bp.post("/<int:number>/call")
@needs("agent")
def create_call(number: int) -> BaseResponse:
    """A phone call about it."""

    def note() -> None:
        form = request.form
        inbound, outcome = form.get("way") != "out", form.get("outcome", "")[:40]
        ticket_of(number).log_call(current_user, inbound=inbound, minutes=minutes(), outcome=outcome, words=form.get("words", ""))

    return done(note, "The call is written down.")


@bp.post("/<int:number>/effort")
@needs("agent")
def create_effort(number: int) -> BaseResponse:
    """Minutes somebody worked on it."""
    return done(lambda: ticket_of(number).spend(minutes(), current_user, request.form.get("what", "")), "Written down.")


@bp.post("/<int:number>/fields")
@needs("agent")
def update_fields(number: int) -> BaseResponse:
    """What we know of the case, in the firm's own fields."""
    return done(lambda: fields.keep(ticket_of(number), request.form.to_dict(), current_user), "Kept.")


@bp.post("/<int:number>/link")
@needs("agent")
def create_link(number: int) -> BaseResponse:
    """It has to do with another ticket, or belongs under it."""

    def link() -> None:
        ticket = ticket_of(number)
        found = Conversation.found(current_user, request.form.get("other", ""))
        other = Ticket.of(found) if found else None
        if other is None:
            raise ValueError("There is no ticket of that number.")
        ticket.put_under(other, current_user) if request.form.get("how") == "parent" else ticket.link(other, current_user)

    return done(link, "Linked.")
