"""Booking that does not happen here: the way to a provider's page, and a form that asks for a time when nothing can be booked online."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, request
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.accounts.models import Person, Visitor, proven_person
from app.consults.bookings import Booking
from app.consults.door import bp, kept_query, wanted_profession, wanted_type
from app.consults.forms import DetailsForm
from app.consults.outside import OutsideBooking, mark
from app.consults.providers import Guest, provider_of, way_of
from app.consults.types import ConsultType
from app.conversations.models import AlreadyBegun, Block, Blocked, Conversation
from app.lib import tokens
from app.lib.access import public
from app.lib.db import db, roll_back
from app.lib.limits import limit
from app.lib.page import is_part, page, see
from app.lib.security import allow_source

ASKED = "consults.request"


class RequestForm(FlaskForm):  # type: ignore[misc]
    """Which times would suit somebody, in their own words."""

    request_id = HiddenField(validators=[Length(max=64)])
    name = StringField("Your name", [DataRequired("Please tell us your name."), Length(max=200)])
    email = EmailField("E-mail", [DataRequired("Where may we write to?"), Length(max=254)])
    phone = TelField("Phone", [Length(max=40)])
    times = TextAreaField(
        "When would suit you?",
        [DataRequired("Please name a day or two."), Length(max=2000)],
        description="Days and times of day are enough, for example “Tuesday or Thursday after 4”.",
    )

    validate_email = DetailsForm.validate_email

    place_chosen, wants_texts = "", False
    validate_phone = DetailsForm.validate_phone


def show_outside(kind: ConsultType) -> Response:
    """Show where this type is booked: a plain link, and on wish the provider's page inside ours. Nothing is loaded from there before."""
    assert kind.outside is not None  # noqa: S101 - the caller looked
    provider, person = provider_of(kind.outside.name), proven_person()
    guest = guest_for(kind, person)
    entry = provider.entry(kind.outside, guest)
    # A part that is swapped into another page lives under that page's policy: there, only the link can work.
    embedded = bool(entry.script) and not is_part()
    for directive, sources in entry.sources.items() if embedded else ():
        allow_source(directive, *sources)
    shown: dict[str, Any] = {"kind": kind, "provider": provider, "entry": entry, "embedded": embedded, "mark": guest.mark}
    return page("consults/outside.html", kept=kept_query(), **shown)


def guest_for(kind: ConsultType, person: Person | None) -> Guest:
    """Who they are, as far as it is proven; nothing of it for a type whose provider must not know."""
    private = kind.outside is not None and kind.outside.private
    profession = None if private else wanted_profession() or (person.profession if person else None)
    known = {"name": person.name, "email": person.email or ""} if person and not private else {}
    return Guest(mark=mark(kind, profession, person), **known)


@bp.get("/book/outside/<mark>")
@public
@limit("60/minute")
def show_arrival(mark: str) -> Any:
    """Say whether the booking with this mark has arrived from its provider; the page asks until it has."""
    row = db.session.scalars(OutsideBooking.marked(mark).limit(1)).first() if len(mark) >= 80 else None
    booking = db.session.get(Booking, row.booking_id) if row and row.booking_id else None
    return page("consults/arrival.html", booking=booking if booking and booking.stands else None, mark=mark)


def show_request(kind: ConsultType, form: RequestForm | None = None) -> Response:
    """Show the form that asks for a time: nothing can be booked online now."""
    status = 422 if form else 200
    person = proven_person()
    known = {"name": person.name, "email": person.email} if person else {}
    form = form or RequestForm(formdata=None, data={**known, "request_id": uuid.uuid4().hex})
    return page("consults/request.html", status, kind=kind, form=form, kept=kept_query())


@bp.post("/book/<type>/requests")
@public
@limit("4/minute;10/hour")
def create_request(type: str) -> Any:
    """Take the wish for a time: it becomes a conversation that somebody answers. Sent twice it is one."""
    kind, form = wanted_type(type), RequestForm()
    if way_of(kind) == "native":
        return see("consults.new_booking", type=kind.slug, **kept_query())
    if not form.validate_on_submit():
        return show_request(kind, form)
    known = Conversation.begun_with(form.request_id.data or "") if len(form.request_id.data or "") >= 16 else None
    try:
        row = known or asked(kind, form)
    except Blocked:
        abort(403)
    except AlreadyBegun:
        roll_back()
        row = Conversation.begun_with(form.request_id.data or "") or abort(409)
    return see("consults.show_asked", token=tokens.sign(ASKED, {"c": row.id}))


def asked(kind: ConsultType, form: RequestForm) -> Conversation:
    person = proven_person() or Visitor.begin().person
    Block.refuse(person)
    came = {"page": request.path, "title": kind.title}
    begun = form.request_id.data if len(form.request_id.data or "") >= 16 else None
    row = Conversation.open(person, "form", subject=f"A time for: {kind.title}", opened_from=came, client_id=begun)
    if person.email != form.email.data:
        row.claim_address(person, form.email.data or "", form.name.data or "")
    person.phone = person.phone or (form.phone.data or "")[:20] or None
    person.profession = person.profession or wanted_profession()
    wanted = f"I would like to book “{kind.title}”.\n\nTimes that suit me: {(form.times.data or '').strip()}"
    row.say(person, wanted + (f"\n\nPhone: {form.phone.data}" if form.phone.data else ""))
    return row


@bp.get("/book/asked/<token>")
@public
def show_asked(token: str) -> Response:
    """Say that the wish has arrived, and what happens next."""
    try:
        found = db.session.get(Conversation, tokens.unsign(ASKED, token).get("c", 0))
    except tokens.Bad:
        found = None
    return page("consults/asked.html", conversation=found or abort(404))
