"""The home panel: who is here, what we offer, and the first message."""

from __future__ import annotations

from flask import Response, abort, flash, request
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person, Visitor, current_person
from app.chat.answers import articles_for
from app.chat.forms import MOST_FILES, OpeningForm
from app.chat.greetings import Place, greeting
from app.chat.opening import begin
from app.chat.reception import Reception, reception
from app.chat.routes.board import bp
from app.chat.visiting import own, place, speaker
from app.conversations.models import AlreadyBegun, Block, Blocked, Conversation, Unsayable
from app.help import library
from app.lib import clock
from app.lib.access import public
from app.lib.db import db, roll_back
from app.lib.limits import limit
from app.lib.page import page, see
from app.lib.security import takes_files
from app.lib.uploads import Judged, Refused, judged

FEW, MANY = 3, 50
FRESH_HOURS = 24
RETRY_MINUTES = 10


@bp.get("")
@public
def index() -> Response | BaseResponse:
    """The way in. With `?resume` a conversation that is going on comes at once."""
    going_on = ongoing()
    if going_on is not None and "resume" in request.args:
        return see("chat.show", reference=going_on.reference)
    return show_home(reception(place().page), None, 200)


def ongoing() -> Conversation | None:
    """The last conversation of this browser, if it was alive within a day."""
    last = db.session.scalar(own().where(Conversation.channel == "chat", Conversation.state != "closed").limit(1))
    return last if last is not None and (clock.now() - last.last_at).total_seconds() < FRESH_HOURS * 3600 else None


def show_home(now: Reception, form: OpeningForm | None, status: int, problem: str = "") -> Response:
    where, person = place(), current_person()
    form = form or OpeningForm(formdata=None, needs_address=needs_address(now, person), **where_from(where))
    past = db.session.scalars(own().limit(FEW + 1)).all()
    asked = library.faqs(at="checkout" if where.step else "widget")[:FEW]
    about = {"articles": articles_for(where, person), "faqs": asked, "past": past[:FEW], "more": len(past) > FEW, "going_on": ongoing()}
    return page("chat/home.html", status, reception=now, greeting=greeting(where), place=where, form=form, problem=problem, **about)


def where_from(where: Place) -> dict[str, str]:
    return {"page": where.page, "title": where.title, "step": where.step}


def needs_address(now: Reception, person: Person | None) -> bool:
    return not now.is_live and not (person and person.reachable_email)


@bp.get("/past")
@public
def past() -> Response:
    """All conversations of this browser's person."""
    return page("chat/past.html", past=db.session.scalars(own().limit(MANY)).all())


@bp.post("")
@takes_files(MOST_FILES)
@public
@limit("6/minute;60/hour")
def create() -> Response | BaseResponse:
    """The first message begins a conversation, and the visitor with it. Sent twice, it begins one."""
    now = reception(place().page)
    form = OpeningForm(needs_address=needs_address(now, current_person()))
    begun = begun_before(form.opening_id.data or "")
    if begun is not None:
        return see("chat.show", reference=begun.reference)
    if not form.validate():
        return show_home(now, form, 422)
    try:
        conversation = opened(form, judged(form.files.data, MOST_FILES))
    except (Unsayable, Refused) as error:
        return show_home(now, form, 422, str(error))
    except Blocked as error:
        return show_home(now, form, 403, str(error))
    except AlreadyBegun:
        conversation = begun_meanwhile(form.opening_id.data or "")
    return see("chat.show", reference=conversation.reference)


def opened(form: OpeningForm, files: list[Judged]) -> Conversation:
    person = speaker()
    Block.refuse(person)
    ids = {"opening_id": form.opening_id.data or None, "client_id": form.client_id.data or None}
    words, kept = form.words.data or "", [file.kept(f"pending:person:{person.id}") for file in files]
    conversation = begin(person, words, opened_from=place().as_json(), uploads=kept, **ids)
    if form.email.data:
        conversation.claim_address(person, form.email.data, form.name.data or "")
        conversation.send_copy(person)
        flash("Thank you. Your message is here, and the answer comes to the address you left.", "good")
    return conversation


def begun_before(opening_id: str) -> Conversation | None:
    """The conversation that this very form began before, when the answer to it got lost on the way.

    Whoever knows the form's random id and has no cookie yet is the browser that sent it: it gets its visitor now.
    """
    found = Conversation.begun_with(opening_id[:64]) if len(opening_id) >= 16 else None
    if found is None:
        return None
    if db.session.scalar(own().where(Conversation.id == found.id)) is not None:
        return found
    young = (clock.now() - found.created_at).total_seconds() < RETRY_MINUTES * 60
    if current_person() is None and young and found.person is not None and found.person.role == "visitor":
        give_visitor(found.person)
        return found
    return abort(404)


def begun_meanwhile(opening_id: str) -> Conversation:
    """The conversation that the same form began while this request was at it; what this one had begun is nothing."""
    roll_back()
    return begun_before(opening_id) or abort(409)


def give_visitor(person: Person) -> None:
    visitor = Visitor.begin()
    stranger, visitor.person = visitor.person, person
    db.session.flush()
    if stranger is not person:
        db.session.delete(stranger)
