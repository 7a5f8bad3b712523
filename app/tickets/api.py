"""The door for other programs: make a ticket, ask how one stands. JSON in and out, a key in the Authorization header."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from email_validator import EmailNotValidError, validate_email
from flask import Blueprint, Response, abort, g, jsonify, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Person, Team
from app.conversations.models import LONGEST, PRIORITIES, Conversation, Entry
from app.lib import tokens
from app.lib.access import public
from app.lib.db import add, db
from app.lib.limits import limit
from app.lib.page import absolute
from app.lib.security import from_anywhere
from app.tickets.models import Ticket
from app.tickets.models.keys import ApiKey
from app.tickets.models.ticket import KINDS

bp = Blueprint("tickets_api", __name__, url_prefix="/api/tickets")
View = TypeVar("View", bound=Callable[..., Any])
RATE = "120/minute"
MOST_FIELDS, LONGEST_KEY = 40, 200


class Wrong(ValueError):
    """Something in the request makes no sense; the words name the field."""


def whose() -> str:
    """Counted by key, so that one program does not use up another's turns."""
    return tokens.digest(request.headers.get("Authorization", ""))


def keyed(scope: str) -> Callable[[View], View]:
    """This view is for programs with a key of that scope: 401 without one, 403 when it may not."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            key = ApiKey.of(request.headers.get("Authorization", ""))
            if key is None:
                return told("No key, or one that is not (any more) known here.", 401, {"WWW-Authenticate": "Bearer"})
            if not key.may(scope):
                return told(f"This key may not {scope}.", 403)
            g.api_key = key
            return view(*args, **kwargs)

        return cast("View", guarded)

    return mark


def told(words: str, status: int, headers: dict[str, str] | None = None) -> Response:
    response = jsonify({"error": words, "status": status})
    response.status_code = status
    response.headers.update(headers or {})
    return response


@bp.post("")
@public
@from_anywhere
@limit(RATE, by=whose)
@keyed("write")
def create() -> Response:
    """Make a ticket. The same Idempotency-Key gives the ticket that is there already, with 200 instead of 201."""
    key: ApiKey = g.api_key
    key.seen()
    begun = mark_of(key)
    known = Conversation.begun_with(begun) if begun else None
    ticket = Ticket.of(known) if known is not None else None
    if ticket is not None:
        return shown(ticket, 200)
    try:
        wanted = asked(request.get_json(silent=True))
    except Wrong as no:
        return told(str(no), 422)
    try:
        with db.session.begin_nested():
            return shown(made(wanted, key, begun), 201)
    except IntegrityError:
        return told("The same request is under way; ask again.", 409)


def mark_of(key: ApiKey) -> str | None:
    given = request.headers.get("Idempotency-Key", "")[:LONGEST_KEY]
    return f"api-{key.id}-{tokens.digest(given)[:40]}" if given else None


def asked(body: Any) -> dict[str, Any]:
    """What the request wants, checked. Raises Wrong."""
    if not isinstance(body, dict):
        raise Wrong("Send a JSON object with Content-Type: application/json.")
    wanted = {name: text(body, name, most) for name, most in (("name", 200), ("subject", 200), ("words", LONGEST))}
    wanted |= {"email": address(text(body, "email", 254)), "kind": text(body, "kind", 40) or "general"}
    if not wanted["words"].strip():
        raise Wrong("words: say what it is about.")
    if wanted["kind"] not in KINDS:
        raise Wrong(f"kind: one of {', '.join(KINDS)}.")
    priority, team = text(body, "priority", 10), text(body, "team", 80)
    if priority and priority not in PRIORITIES:
        raise Wrong(f"priority: one of {', '.join(PRIORITIES)}.")
    found = Team.by_slug(team) if team else None
    if team and found is None:
        raise Wrong("team: nobody goes by this name.")
    return {**wanted, "priority": priority or None, "team": found, "fields": fields(body.get("fields"))}


def text(body: dict[str, Any], name: str, most: int) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Wrong(f"{name}: a text, please.")
    if len(value) > most:
        raise Wrong(f"{name}: at most {most} characters.")
    return value.replace("\0", "").strip()


def address(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise Wrong("email: the address of whoever asks.") from None


def fields(given: Any) -> dict[str, str]:
    """Further facts by name: texts, numbers, yes or no."""
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > MOST_FIELDS:
        raise Wrong(f"fields: an object of at most {MOST_FIELDS} values.")
    wrong = [name for name, value in given.items() if not isinstance(value, (str, int, float, bool)) or len(str(value)) > 2000]
    if wrong:
        raise Wrong(f"fields.{str(wrong[0])[:60]}: a text, a number, true or false.")
    return {str(name)[:80].replace("\0", ""): str(value).replace("\0", "") for name, value in given.items()}


def made(wanted: dict[str, Any], key: ApiKey, begun: str | None) -> Ticket:
    """The ticket. The address is what the program says: it proves nothing, joins nobody and shows no history."""
    person = add(Person(name=wanted["name"], role="visitor"))
    subject = wanted["subject"] or wanted["words"][:80]
    row = Conversation.open(
        person,
        "form",
        subject=subject,
        team=wanted["team"],
        priority=wanted["priority"] or "normal",
        client_id=begun,
        opened_from={"api": key.name},
    )
    row.claim_address(person, wanted["email"], wanted["name"])
    row.say(person, wanted["words"])
    return Ticket.make(row, kind=wanted["kind"], way="api", fields=wanted["fields"], because=f"By the program “{key.name}”.")


@bp.get("/<reference>")
@public
@limit(RATE, by=whose, methods=("GET",))
@keyed("read")
def show(reference: str) -> Response:
    """How a ticket stands, and what both sides said; never a note."""
    g.api_key.seen()
    row = db.session.get(Conversation, Conversation.number_of(reference)) or abort(404)
    ticket = Ticket.of(row.living()) or abort(404)
    return shown(ticket, 200, words=True)


def shown(ticket: Ticket, status: int, words: bool = False) -> Response:
    row = ticket.conversation
    told_of: dict[str, Any] = {
        "number": row.reference,
        "subject": row.subject,
        "state": row.state,
        "kind": ticket.kind,
        "priority": row.priority,
        "team": row.team.slug if row.team else None,
        "opened_at": row.created_at.isoformat(),
        "reply_promised_by": row.next_due_at.isoformat() if row.next_due_at else None,
        "fields": ticket.fields,
    }
    if words:
        told_of["messages"] = [said(entry) for entry in db.session.scalars(public_words(row))]
    response = jsonify(told_of)
    response.status_code = status
    if status == 201:
        response.headers["Location"] = absolute("tickets_api.show", reference=row.reference)
    return response


def public_words(row: Conversation) -> Any:
    said = select(Entry).where(Entry.conversation_id == row.id, Entry.kind == "message", Entry.public, Entry.deleted_at.is_(None))
    return said.order_by(Entry.seq).limit(500)


def said(entry: Entry) -> dict[str, Any]:
    return {"at": entry.created_at.isoformat(), "from": entry.voice, "words": entry.body}
