"""Booking for somebody: two clicks beside a conversation, or a page with every free time."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, request

from app.accounts.models import Person, me
from app.business.models import Site
from app.consults.bookings import Booking
from app.consults.desk_door import bp
from app.consults.desk_forms import GuestForm
from app.consults.door import wanted_start, wanted_type
from app.consults.doors_choose import choosing, gone
from app.consults.month import Time, time_of
from app.consults.offer import offer
from app.consults.taking import Taken, asked_anyway
from app.consults.typefile import every_type, offered_types
from app.consults.types import ConsultType
from app.consults.walltime import zone_of
from app.consults.zones import known
from app.lib.access import needs
from app.lib.db import db
from app.lib.numbers import row_number
from app.lib.page import page, see

SHOWN = 4


def wanted_person() -> Person | None:
    return db.session.get(Person, request.values.get("person", 0, row_number))


@bp.get("/quick")
@needs("agent")
def quick() -> Response:
    """The next free times of the types that suit a person, each a button: the part that opens beside a conversation."""
    person = wanted_person() or abort(404)
    zone = zone_for(person)
    kinds = [kind for kind in offered_types(person.profession) if kind.outside is None][:3]
    times = [(kind, soon(kind, zone)) for kind in kinds]
    return page("consults/desk/quick.html", person=person, zone=zone, times=times, conversation=request.args.get("conversation", ""))


def soon(kind: ConsultType, zone: Any) -> list[Time]:
    free = offer(asked_anyway(kind))
    return [time_of(free, start, zone) for start in free.starts[:SHOWN]]


@bp.get("/new")
@needs("agent")
def new() -> Response:
    """Every free time of a type, to book for somebody."""
    person = wanted_person()
    slug = request.args.get("type", "")
    kinds = [kind for kind in every_type() if kind.outside is None]
    kind = next((kind for kind in kinds if kind.slug == slug), kinds[0] if kinds else None)
    if kind is None:
        return page("consults/desk/new.html", person=person, kinds=[], kind=None)
    return page("consults/desk/new.html", person=person, kinds=kinds, **choosing(asked_anyway(kind), zone=zone_for(person)))


def zone_for(person: Person | None) -> ZoneInfo:
    """The zone that was chosen, else theirs, else the firm's: their letters are in it too."""
    return zone_of(known(request.values.get("tz")) or (person and known(person.timezone)) or Site.current().hours.zone)


@bp.post("")
@needs("agent")
def create() -> Any:
    """Book for somebody: it stands at once, and the confirmation goes to them."""
    kind, person = wanted_type(request.form.get("type", "")), wanted_person()
    zone, form = zone_for(person), GuestForm.of(person)
    again: dict[str, Any] = {"person": person, "kinds": every_type(), "form": form}
    if not form.validate_on_submit():
        return page("consults/desk/new.html", 422, **again, **choosing(asked_anyway(kind), zone=zone))
    made = {"source": "desk", "made_by_id": me().id, **whose(form, person, kind)}
    try:
        booking = Booking.hold(asked_anyway(kind), wanted_start(zone), zone.key, **made)
        booking.confirm()
    except Taken as taken:
        return page("consults/desk/new.html", 409, **again, **choosing(asked_anyway(kind), zone=zone, taken=gone(kind, taken, zone)))
    booking.place_words = booking.hosts[0].where(booking.place)
    flash(f"Booked with {booking.hosts[0].name}. The confirmation is on its way.", "good")
    return see("consult_desk.show", booking_id=booking.id)


def whose(form: GuestForm, person: Person | None, kind: ConsultType) -> dict[str, Any]:
    """Who it is for: the person, corrected by what was typed."""
    place = request.form.get("place", "") if request.form.get("place") in kind.places else kind.places[0]
    return {
        "person_id": person.id if person else None,
        "name": form.name.data,
        "email": form.email.data,
        "phone": form.phone.data,
        "profession": person.profession if person else None,
        "place": place,
        "conversation_id": request.form.get("conversation", type=row_number),
    }
