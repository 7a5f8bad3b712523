"""HTTP of the contact pages, and of the queue in which somebody looks at what seemed odd."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, flash, request
from flask_login import current_user
from sqlalchemy import ColumnElement, select
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import current_person, proven_person
from app.contact import taking
from app.contact.forms import MOST_FILES, ContactForm, PageForm, form_class, page_form
from app.contact.kinds import Kind
from app.contact.models import Message
from app.contact.screening import started
from app.contact.urgency import priority
from app.conversations.models import Availability, Blocked, Unsayable
from app.help import library
from app.hours.models import main_calendar
from app.lib import uploads
from app.lib.access import needs, public
from app.lib.db import db, held, roll_back
from app.lib.limits import limit
from app.lib.page import is_part, page, part, see
from app.lib.security import takes_files
from app.lib.uploads import Refused
from app.tickets.models import Ticket, expected

bp = Blueprint("contact", __name__)
FEEDBACK = "feedback"
# The form stands on pages that have forms of their own.
APART = "feedback-"
# The lists of what somebody has decided, under the names they have in the address.
DECIDED = {"spam": "spam", "through": "taken"}
MOST = 100


@bp.get("/contact")
@public
def index() -> Response:
    """Every way to reach us with its state now, and what one can write about."""
    here = db.session.scalars(Availability.online()).first() is not None
    given = {name: request.args[name] for name in ("article", "subject", "page") if name in request.args}
    return page("contact/index.html", kinds=Kind.all(), agents_here=here, faqs=library.faqs(at="contact")[:4], given=given)


@bp.get("/contact/<kind>")
@public
def new_message(kind: str) -> Response:
    """The form of one kind, with what we know already filled in."""
    found = Kind.find(kind) or abort(404)
    form = form_class(found)(formdata=None, **prefill())
    form.begun.data = started()
    return show(found, form)


def show(kind: Kind, form: ContactForm, status: int = 200, problem: str = "") -> Response:
    return page("contact/form.html", status, kind=kind, form=form, problem=problem, expects=expects(kind, form), zone=main_calendar().zone)


def expects(kind: Kind, form: ContactForm) -> Any:
    person = proven_person()
    level = priority(kind.priority, form.said("effect"), form.said("span"))
    return expected(kind.team or None, taking.tier_of(person) if person else None, level)


def prefill() -> dict[str, str]:
    """From the account, from the address of this page, and from the page one came from."""
    person = proven_person()
    account = {"name": person.name, "email": person.email, "phone": person.phone} if person else {}
    names = ("name", "email", "phone", "subject", "words", "article", "page")
    asked = {name: request.args[name][:2000] for name in names if request.args.get(name)}
    return {"page": came_from(), **{name: value for name, value in account.items() if value}, **asked}


def came_from() -> str:
    """The path of the page of ours that led here, without its query."""
    where = urlsplit(request.referrer or "")
    return where.path[:300] if where.netloc == request.host else ""


@bp.post("/contact/<kind>")
@takes_files(MOST_FILES)
@public
@limit("20/minute;200/hour")
def create_message(kind: str) -> Response | BaseResponse:
    """Take the message, or keep it until somebody has looked. Nothing that is valid is ever refused."""
    found = Kind.find(kind) or abort(404)
    form = form_class(found)()
    form.begun.data = form.begun.data or ""
    if not form.validate():
        return show(found, form, 422)
    try:
        message = taken(found, form)
    except (Refused, Unsayable) as error:
        roll_back()
        return show(found, form, 422, str(error))
    return see("contact.show_receipt", receipt=message.receipt)


@bp.get("/contact/page-feedback")
@public
def new_page_feedback() -> Response | BaseResponse:
    """The short form about the page one is on, drawn in its foot. Without script the link leads to the whole form."""
    kind = Kind.find(FEEDBACK) or abort(404)
    if not is_part():
        return see("contact.new_message", kind=FEEDBACK)
    form = page_form(kind)(formdata=None, prefix=APART, page=came_from())
    form.begun.data = started()
    return page("contact/_page_feedback.html", form=form, problem="")


@bp.post("/contact/page-feedback")
@takes_files(MOST_FILES)
@public
@limit("20/minute;200/hour")
def create_page_feedback() -> Response:
    """Take it as any other message of that kind; thanks, or the form with what was misread, stands where it stood."""
    kind = Kind.find(FEEDBACK) or abort(404)
    form = page_form(kind)(prefix=APART)
    if not form.validate():
        return drawn_again(form, "")
    form.subject.data = f"About the page {form.page.data or '/'}"[:200]
    try:
        message = taken(kind, form)
    except (Refused, Unsayable) as error:
        roll_back()
        return drawn_again(form, str(error))
    return Response(part("contact/_page_thanks.html", message=message))


def drawn_again(form: PageForm, problem: str) -> Response:
    return page("contact/_page_feedback.html", 422, form=form, problem=problem)


def taken(kind: Kind, form: ContactForm | PageForm) -> Message:
    """Keep what this browser sent, with its files. Raises Refused, Unsayable."""
    files = uploads.judged(form.files.data, MOST_FILES)
    sender = taking.Sender.here(request.remote_addr or "")
    return taking.take(kind, form, sender, [file.kept(f"pending:person:{sender.person.id}") for file in files])


@bp.get("/contact/received/<receipt>")
@public
def show_receipt(receipt: str) -> Response:
    """The number of the message and when to expect an answer; nothing of what was written."""
    message = Message.by_receipt(receipt) or abort(404)
    ticket = Ticket.begun_in(message.conversation) if message.conversation else None
    person = current_person()
    own = message.conversation is not None and person is not None and message.person_id == person.id
    return page("contact/received.html", message=message, ticket=ticket, own=own, zone=main_calendar().zone)


@bp.get("/contact/suggestions")
@public
@limit("300/minute", methods=("GET",))
def suggestions() -> Response:
    """Articles that may answer what is being typed as the subject."""
    found = library.find(request.args.get("subject", "")[:200], person=current_person(), limit=3)
    return page("contact/_suggestions.html", hits=[] if not request.args.get("subject", "").strip() else found.hits)


@bp.get("/desk/contact")
@needs("agent")
def review() -> Response:
    """What seemed odd and waits for somebody to look; what was called spam, and what was let through."""
    show = request.args.get("show", "")
    found = Message.decided(DECIDED[show]) if show in DECIDED else Message.held()
    messages = db.session.scalars(found.limit(MOST)).all()
    context: dict[str, Any] = {"files": Message.files_with(messages), "kinds": {kind.slug: kind for kind in Kind.all()}, "most": MOST}
    return page("contact/desk/review.html", show=show if show in DECIDED else "", messages=messages, **context)


@bp.post("/desk/contact/<int:message_id>/release")
@needs("agent")
def create_release(message_id: int) -> BaseResponse:
    """It is a person's: let it through."""
    message = undecided(message_id, Message.state != "taken")
    was = back_to(message)
    try:
        conversation = taking.let_through(message, Kind.find(message.kind), current_user)
        flash(f"Let through as {conversation.reference}.", "good")
    except Blocked:
        roll_back()
        flash("Its sender is blocked. Lift the block first.", "bad")
    return was


@bp.post("/desk/contact/<int:message_id>/spam")
@needs("agent")
def create_spam(message_id: int) -> BaseResponse:
    """It is spam: out of the way, not out of the house. What was let through is taken back."""
    message = undecided(message_id, (Message.state == "held") | ((Message.state == "taken") & Message.seen_at.is_not(None)))
    was = back_to(message)
    message.judge_spam(current_user)
    return was


def back_to(message: Message) -> BaseResponse:
    """The list that it stood in."""
    return see("contact.review", show={"spam": "spam", "taken": "through"}.get(message.state))


def undecided(message_id: int, stands: ColumnElement[bool]) -> Message:
    """A message that somebody decides about now: whoever presses at the same moment finds it decided."""
    return held(select(Message).where(Message.id == message_id, stands)) or abort(404)
