"""One conversation on the visitor's side: its page, what came since, its socket, and the ways out of it."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, render_template
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person, current_person
from app.chat.events import PersonWanted
from app.chat.forms import AddressForm, MessageForm
from app.chat.live import frame, is_drawn, is_seen, seen_mark, state
from app.chat.opening import to_people
from app.chat.routes.board import bp
from app.chat.visiting import goes_on, mine, people_here, theirs, touch_visitor
from app.conversations.models import Conversation, Entry, Taken, public_stream, remember_link, writing
from app.lib import clock, live
from app.lib import db as rows
from app.lib.access import public
from app.lib.db import db
from app.lib.facts import tell
from app.lib.limits import limit
from app.lib.page import page, part, see

PAGE = 50
MOST = 100
LOOKING = 30.0
JUST_NOW = 60


@bp.get("/<reference>")
@public
def show(reference: str) -> Response | BaseResponse:
    """The thread: the last fifty entries, and the way to earlier ones."""
    conversation, person = mine(reference)
    there = goes_on(conversation, person)
    if there is not conversation:
        return see("chat.show", reference=there.reference)
    return show_thread(conversation, person)


def show_thread(
    conversation: Conversation, person: Person, status: int = 200, form: MessageForm | None = None, problem: str = ""
) -> Response:
    entries, more = last_entries(conversation, None)
    forms = {"form": form or MessageForm(formdata=None), "address": AddressForm(formdata=None, name=person.name)}
    about = {"entries": entries, "more": more, "problem": problem, "seen": is_seen(conversation), "person": person}
    about["by_link"] = person not in people_here()
    return page("chat/thread.html", status, **forms, **about, **state(conversation))


def last_entries(conversation: Conversation, before: int | None) -> tuple[list[Entry], bool]:
    """Up to fifty entries in the order they were made, and whether there are earlier ones."""
    found = db.session.scalars(conversation.before(before, limit=PAGE + 1)).all()
    return [entry for entry in reversed(found[:PAGE]) if is_drawn(entry)], len(found) > PAGE


@bp.get("/<reference>/before/<int:seq>")
@public
def show_before(reference: str, seq: int) -> str:
    """Earlier entries, to stand where the link to them stood."""
    conversation, _ = mine(reference)
    entries, more = last_entries(conversation, seq)
    return part("chat/_earlier.html", conversation=conversation, entries=entries, more=more)


@bp.get("/<reference>/since/<int:seq>")
@public
def show_since(reference: str, seq: int) -> Response:
    """Everything after number `seq`, ready to be put into the page: for gaps, reconnects, and browsers without a socket."""
    conversation, person = mine(reference)
    live.presence.enter(public_stream(conversation.id), f"person:{person.id}", ttl=LOOKING)
    entries = db.session.scalars(conversation.since(seq, limit=MOST)).all()
    parts = [change for entry in entries if (change := frame(conversation, entry)) is not None]
    if entries or is_moving(conversation):
        parts += standing(conversation)
    more = len(entries) == MOST
    return live.caught_up(parts, entries[-1].seq if more else conversation.last_seq, more=more)


def is_moving(conversation: Conversation) -> bool:
    """Whether something without a number may have changed: a place in the queue, or what an agent has read."""
    latest = max((part.last_read_at or part.created_at for part in db.session.scalars(conversation.participants())), default=None)
    return conversation.owner == "queue" or (latest is not None and (clock.now() - latest).total_seconds() < JUST_NOW)


def standing(conversation: Conversation) -> list[Any]:
    now = state(conversation)
    return [
        live.partial("outerHTML", "chat-seen", seen_mark(conversation)),
        live.partial("outerHTML", "chat-who", part("chat/_who.html", **now)),
        live.partial("outerHTML", "chat-state", part("chat/_state.html", **now)),
    ]


@live.sock.route("/<reference>/live", bp=bp)
@public
def listen(knock: live.Knock, reference: str) -> None:
    """The visitor's socket: public entries of this one conversation, and the small signs around them."""
    conversation, person = mine(reference)
    live.stream_socket(knock, [public_stream(conversation.id)], who=f"person:{person.id}")


@bp.get("/<reference>/log")
@public
def show_log(reference: str) -> Response:
    """The thread alone, which reloads itself: the live part of the page for browsers without script. Only our own page may frame it."""
    conversation, person = mine(reference)
    live.presence.enter(public_stream(conversation.id), f"person:{person.id}", ttl=LOOKING)
    entries, more = last_entries(conversation, None)
    signs = {"seen": is_seen(conversation), "writing": writing(conversation)}
    body = render_template("chat/log.html", entries=entries, more=more, **signs, **state(conversation))
    response = make_response(body)
    response.headers["Content-Security-Policy"] = "default-src 'self'; script-src 'none'; frame-ancestors 'self'; base-uri 'none'"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@bp.get("/link/<token>")
@public
@limit("30/minute", methods=("GET",))
def show_link(token: str) -> BaseResponse:
    """A link from one of our letters opens this one conversation in this browser. It proves nothing else."""
    found = Conversation.by_link(token) or abort(404)
    conversation, person = found
    if current_person() is not person:
        remember_link(conversation, person)
    return see("chat.show", reference=conversation.reference)


@bp.post("/<reference>/person")
@public
@limit("10/minute")
def create_person(reference: str) -> BaseResponse:
    """A person, please: the bot steps aside at once, no questions asked."""
    conversation, person = mine(reference)
    if conversation.owner == "bot":
        conversation.happen("person_wanted", person)
        tell(PersonWanted(conversation_id=conversation.id))
        try:
            to_people(conversation)
        except Taken:
            rows.roll_back()
    return see("chat.show", reference=conversation.reference)


@bp.post("/<reference>/address")
@public
@limit("5/minute;20/hour")
def create_address(reference: str) -> Response | BaseResponse:
    """Where an answer may go when nobody looks at this page any more."""
    conversation, person = theirs(reference)
    form = AddressForm()
    if not form.validate():
        return show_thread(conversation, person, 422, problem=next(iter(form.errors.values()))[0])
    if not person.is_proven:
        conversation.claim_address(person, form.email.data or "", form.name.data or "")
    conversation.send_copy(person, bool(form.copy.data))
    flash("Thank you. If you leave, our answer comes to your address.", "good")
    return see("chat.show", reference=conversation.reference)


@bp.post("/<reference>/copy")
@public
@limit("3/hour")
def create_copy(reference: str) -> BaseResponse:
    """The transcript by mail: at once to a proven address, else when the conversation ends."""
    conversation, person = theirs(reference)
    conversation.send_copy(person)
    if person.is_proven and conversation.mail_copy(person):
        flash("A copy is on its way to your address.", "good")
    else:
        flash("You get a copy when the conversation ends, at the address you left.", "good")
    return see("chat.show", reference=conversation.reference)


@bp.post("/<reference>/closure")
@public
@limit("10/minute")
def create_closure(reference: str) -> BaseResponse:
    """The visitor is done."""
    conversation, person = mine(reference)
    there = goes_on(conversation, person)
    there.close(person)
    touch_visitor()
    return see("chat.show", reference=there.reference)
