"""The waiting list and series, for visitors."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from app.accounts.models import Visitor, plain, proven_person
from app.consults.bookings import Booking
from app.consults.door import BadLink, bp, kept_query, today_in, wanted_profession, wanted_start, wanted_type, wanted_zone
from app.consults.doors_choose import HOLDS, choosing, gone
from app.consults.forms import WaitingForm
from app.consults.providers import way_of
from app.consults.series import WEEKS, book, preview
from app.consults.taking import Taken
from app.consults.waiting import WaitingPlace
from app.lib import tokens
from app.lib.access import public
from app.lib.db import add
from app.lib.limits import limit
from app.lib.page import page, see


@bp.get("/book/<type>/waiting")
@public
def new_waiting_place(type: str) -> Response:
    """Ask who would take an earlier time, and which days suit."""
    kind, zone, person = wanted_type(type), wanted_zone(), proven_person()
    known = {"name": person.name, "email": person.email, "phone": person.phone} if person else {}
    form = WaitingForm(data={"from_day": today_in(zone), **known})
    return page("consults/waiting.html", kind=kind, zone=zone, form=form, kept=kept_query())


@bp.post("/book/<type>/waiting")
@public
@limit("5/minute;20/hour")
def create_waiting_place(type: str) -> Any:
    """Put somebody on the waiting list."""
    kind, zone, form = wanted_type(type), wanted_zone(), WaitingForm()
    if not form.validate_on_submit():
        return page("consults/waiting.html", 422, kind=kind, zone=zone, form=form, kept=kept_query())
    person = proven_person() or Visitor.begin().person
    if not person.is_proven:
        person.name, person.claimed_email = person.name or form.name.data or "", plain(form.email.data or "")
    place = WaitingPlace(type_slug=kind.slug, person_id=person.id, timezone=zone.key)
    form.populate_obj(place)
    return see("consults.show_waiting_place", token=add(place).token)


def place_of(token: str) -> WaitingPlace:
    try:
        return WaitingPlace.by_token(token)
    except tokens.Bad:
        raise BadLink from None


@bp.get("/book/waiting/<token>")
@public
def show_waiting_place(token: str) -> Response:
    """Show somebody's place on the list."""
    place = place_of(token)
    return page("consults/waiting_place.html", place=place, kind=wanted_type(place.type_slug))


@bp.post("/book/waiting/<token>/removal")
@public
def leave_waiting_list(token: str) -> Any:
    """Leave the list."""
    place_of(token).leave()
    flash("You are off the list.", "good")
    return see("consults.show_waiting_place", token=token)


@bp.get("/book/<type>/series")
@public
def new_series(type: str) -> Any:
    """Show every session of a series before anything is booked."""
    kind, zone = wanted_type(type), wanted_zone()
    if way_of(kind) != "native":
        return see("consults.new_booking", type=type, **kept_query())
    count, weeks = asked(kind.series)
    sessions = preview(kind, wanted_start(zone), count, weeks, zone)
    return page("consults/series.html", kind=kind, zone=zone, sessions=sessions, count=count, weeks=weeks, choices=WEEKS, kept=kept_query())


def asked(most: int) -> tuple[int, int]:
    """How many sessions, every how many weeks; whatever was asked, within what the type allows."""
    count = request.values.get("count", 4, type=int) or 4
    weeks = request.values.get("weeks", 1, type=int)
    return min(max(count, 1), most), weeks if weeks in WEEKS else 1


@bp.post("/book/<type>/series")
@public
@limit(HOLDS)
def create_series(type: str) -> Any:
    """Hold every session that was chosen; 409 when one of them is gone, and none is held then."""
    kind, zone = wanted_type(type), wanted_zone()
    if way_of(kind) != "native":
        return see("consults.new_booking", type=type, **kept_query())
    starts = [int(value) for value in request.form.getlist("session") if value.isdecimal() and len(value) <= 11][: kind.series]
    try:
        bookings: list[Booking] = book(kind, starts, zone.key, asked(kind.series)[1], profession=wanted_profession())
    except Taken as taken:
        return page("consults/new.html", 409, **choosing(kind, taken=gone(kind, taken, zone)))
    return see("consults.show_hold", token=bookings[0].token, **kept_query())
