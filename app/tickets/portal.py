"""The customers' side: their requests, each with its history in plain words; for people without an account by one signed link."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person, Visitor, current_person
from app.conversations.models import Blocked, Conversation, Entry, Unsayable, led_on, linked_person, remember_link
from app.help import library
from app.lib import uploads
from app.lib.access import needs, public
from app.lib.db import db, roll_back
from app.lib.limits import limit
from app.lib.page import is_part, page, see, url_if
from app.lib.search import Hit
from app.lib.security import takes_files
from app.lib.uploads import Refused
from app.tickets.models import Ticket, TooLateToRate

bp = Blueprint("requests", __name__, url_prefix="/account/requests")
MOST_FILES = 5
DRAWN = {"closed", "reopened", "ticket"}


@bp.get("")
@needs("customer")
def index() -> Response:
    """My requests, the ones that go on first."""
    mine_ids = Conversation.of(current_user).with_only_columns(Conversation.id)
    rows = select(Ticket).join(Ticket.conversation).where(Conversation.id.in_(mine_ids), Conversation.merged_into_id.is_(None))
    latest = rows.order_by(Conversation.state == "closed", Conversation.last_at.desc(), Ticket.began_in_id.is_not(None), Ticket.id)
    once: dict[int, Ticket] = {}
    for ticket in db.session.scalars(latest.limit(200)):
        once.setdefault(ticket.conversation_id, ticket)
    return page("tickets/requests.html", tickets=list(once.values()), standing=standing)


@bp.get("/link/<token>")
@public
@limit("60/minute", methods=("GET",))
def show_link(token: str) -> Response | BaseResponse:
    """What a letter's link opens: this one request, in this browser, while its session lasts."""
    found = Conversation.by_link(token)
    if found is None:
        return page("tickets/link-gone.html", status=404)
    remember_link(*found)
    return show_there(*found) if found[0].merged_into_id is not None else see(place(found[0]))


@bp.get("/<reference>")
@public
def show(reference: str) -> Response | BaseResponse:
    """One request: what was said, how it stands, what comes next. An open page asks for it again and gets nothing when nothing is new.

    One that was merged into another leads there.
    """
    conversation, person = mine(reference)
    if conversation.merged_into_id is not None:
        return show_there(conversation, person)
    ticket = Ticket.of(conversation) or abort(404)
    if is_part() and request.args.get("seen") == str(newest(ticket)):
        return Response(status=204)
    return drawn(ticket, person)


def show_there(conversation: Conversation, person: Person) -> Response | BaseResponse:
    """The way to where a merged request goes on, or in words that it does, for who takes no part in it there."""
    there = led_on(conversation, person)
    if there is None:
        return page("tickets/went-on.html", conversation=conversation)
    if is_part() and Ticket.of(there) is None:
        return Response(status=204, headers={"HX-Redirect": place(there)})
    return see(place(there))


def place(conversation: Conversation) -> str:
    """Where its customer reads it: as a request, or as the chat it is when it has no number of ours."""
    endpoint = "requests.show" if Ticket.of(conversation) is not None else "chat.show"
    return url_if(endpoint, reference=conversation.reference) or url_for("requests.index")


def drawn(ticket: Ticket, person: Person, code: int = 200, problem: str = "", words: str = "") -> Response:
    conversation = ticket.conversation
    entries = [one for one in db.session.scalars(conversation.before(limit=200)) if one.is_spoken or one.what in DRAWN]
    context = {"ticket": ticket, "conversation": conversation, "entries": entries[::-1], "person": person, "words": words}
    context["seen"], context["articles"] = newest(ticket), articles_for(conversation, person)
    context["rating"], context["ratable"] = ticket.rating(), ticket.ratable() is not None
    return page("tickets/request.html", code, **context, problem=problem, standing=standing)


def articles_for(conversation: Conversation, person: Person) -> list[Hit]:
    """What may answer it before we do; none once it is closed."""
    if conversation.is_closed or not conversation.subject:
        return []
    return list(library.find(conversation.subject[:200], person=person if person.is_proven else None, limit=3).hits)


def newest(ticket: Ticket) -> int:
    """The number of the last entry that the customer may see; a change of an earlier one is an entry too."""
    seq = select(func.max(Entry.seq)).where(Entry.conversation_id == ticket.conversation_id, Entry.public)
    return db.session.scalar(seq) or 0


def mine(reference: str) -> tuple[Conversation, Person]:
    """The request, and as whom this browser takes part in it. 404 for everybody else, agents too: they have the desk."""
    number, visitor = Conversation.number_of(reference), Visitor.current()
    here = [current_person(), visitor.person if visitor else None, linked_person(number)]
    for person in (one for one in here if one is not None and one.active):
        row = Conversation.own(person, number)
        if row is not None:
            return row, person
    abort(404)


def mine_here(reference: str) -> tuple[Ticket, Person]:
    """As `mine`, with its ticket, for what is done to it: who presses on the old page of a merged one looks first at where it goes on."""
    conversation, person = mine(reference)
    if conversation.merged_into_id is not None:
        abort(see("requests.show", reference=reference))
    return Ticket.of(conversation) or abort(404), person


def standing(ticket: Ticket) -> dict[str, Any]:
    """How it stands, in plain words: what, what comes next, by when (an instant or None), and the colour of its dot."""
    conversation = ticket.conversation
    promised: datetime | None = conversation.next_due_at
    found: dict[str, tuple[str, str, str]] = {
        "open": ("We are on it", "The next step is ours.", "spot"),
        "waiting": ("We have answered", "The next step is yours, if something is left.", "good"),
        "snoozed": ("We agreed to wait", "We come back to it by ourselves; write and it goes on at once.", "warn"),
        "closed": ("Done", "Write again and it goes on.", "ring"),
    }
    what, following, kind = found[conversation.state]
    return {"what": what, "next": following, "kind": kind, "by": promised if conversation.state == "open" else None}


@bp.post("/<reference>/entries")
@takes_files(MOST_FILES)
@public
@limit("20/minute;200/hour")
def create_entry(reference: str) -> Response | BaseResponse:
    """Add words, files or both."""
    here, person = mine(reference)
    conversation = led_on(here, person)
    if conversation is None:
        return see("requests.show", reference=reference)
    words, client_id = request.form.get("words", ""), request.form.get("client_id") or None
    try:
        files = uploads.received(request.files.getlist("files"), owner=f"pending:person:{person.id}", most=MOST_FILES)
        conversation.say(person, words, client_id, uploads=files)
    except (Unsayable, Refused) as error:
        roll_back()
        return said_wrong(conversation, person, str(error), words)
    except Blocked:
        abort(403)
    flash("Added.", "good")
    return see(f"{place(conversation)}#end")


def said_wrong(conversation: Conversation, person: Person, problem: str, words: str) -> Response | BaseResponse:
    """Why it could not be added, with the words kept; a chat has its own page, which keeps none."""
    ticket = Ticket.of(conversation)
    if ticket is not None:
        return drawn(ticket, person, 422, problem, words)
    flash(problem, "bad")
    return see(place(conversation))


@bp.post("/<reference>/closure")
@public
@limit("20/minute")
def create_closure(reference: str) -> BaseResponse:
    """It is settled, says the customer."""
    ticket, person = mine_here(reference)
    ticket.conversation.close(person, "The customer says it is settled.")
    return see("requests.show", reference=reference, _anchor="rating")


@bp.post("/<reference>/reopening")
@public
@limit("20/minute")
def create_reopening(reference: str) -> BaseResponse:
    """It is not settled after all."""
    ticket, person = mine_here(reference)
    ticket.conversation.reopen(person)
    return see("requests.show", reference=reference)


@bp.post("/<reference>/rating")
@public
@limit("20/minute")
def create_rating(reference: str) -> Response | BaseResponse:
    """How it was; changeable for a week. Only this POST records, no link does."""
    ticket, person = mine_here(reference)
    words = request.form.get("words", "")
    try:
        ticket.rate(person, int(request.form.get("stars", "0") or 0), words)
        flash("Thank you. You can change it for a week.", "good")
    except TooLateToRate as error:
        if words.strip():
            return drawn(ticket, person, 422, f"{error} Your words stand here: send them as a message and we read them.", words)
        flash(str(error), "bad")
    except ValueError:
        flash("Choose between one and five.", "bad")
    return see("requests.show", reference=reference, _anchor="rating")
