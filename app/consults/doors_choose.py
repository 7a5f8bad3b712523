"""Choosing: the list of types, and a type's month with its free times."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from app.accounts.models import proven_person
from app.business.models import Profession
from app.consults.bookings import Booking
from app.consults.door import bp, kept_query, today_in, wanted_day, wanted_profession, wanted_start, wanted_type, wanted_zone
from app.consults.doors_outside import show_outside, show_request
from app.consults.hosts import Host
from app.consults.month import month_of, time_of
from app.consults.offer import offer
from app.consults.providers import switched_off, way_of
from app.consults.taking import Taken
from app.consults.typefile import offered_types
from app.consults.types import ConsultType
from app.consults.walltime import local
from app.lib.access import public
from app.lib.limits import limit
from app.lib.numbers import row_number
from app.lib.page import page, see
from app.lib.pagecache import keep_for_strangers, keep_form_for_strangers

HOLDS = "20/minute;100/hour"


@bp.get("/book")
@public
@keep_for_strangers(30)
def index() -> Any:
    """Show what can be booked, for the visitor's profession where we know it; where one alone fits, its times at once."""
    person, zone = proven_person(), wanted_zone()
    profession = wanted_profession() or (person.profession if person else None)
    fitting, off = offered_types(profession), switched_off()
    if wanted_profession() and len(fitting) == 1 and "all" not in request.args:
        return see("consults.new_booking", type=fitting[0].slug, **kept_query())
    types = [(kind, first_free(kind, zone, off)) for kind in fitting]
    shown: dict[str, Any] = {"types": types, "zone": zone, "profession": profession, "professions": Profession.all()}
    return page("consults/index.html", kept=kept_query(profession=profession), **shown)


def first_free(kind: ConsultType, zone: Any, off: frozenset[str]) -> Any:
    free = offer(kind) if way_of(kind, off) == "native" else None
    return time_of(free, free.starts[0], zone) if free and free.starts else None


@bp.get("/book/<type>")
@public
def new_booking(type: str) -> Response:
    """Show a month of free times of one type, and the times of a day; or the way to its provider, or the form that asks for a time."""
    kind = wanted_type(type)
    way = way_of(kind)
    if way == "native":
        # A time that goes meanwhile is said when it is picked.
        keep_form_for_strangers(10)
        return page("consults/new.html", **choosing(kind))
    return show_outside(kind) if way == "outside" else show_request(kind)


def choosing(kind: ConsultType, **more: Any) -> dict[str, Any]:
    """What the page of free times shows, for a first booking and for a move alike."""
    free, zone = offer(kind), more.pop("zone", None) or wanted_zone()
    hosts = Host.holding(kind)
    only = next((host.id for host in hosts if str(host.id) == request.values.get("host")), None) if kind.assign == "any" else None
    month = month_of(free, zone, today_in(zone), wanted_day("month", "%Y-%m"), wanted_day("day"), only)
    shown = [host for host in hosts if not host.is_paused]
    return {"kind": kind, "month": month, "zone": zone, "hosts": shown, "only": only, "kept": kept_query(), "taken": None, **more}


@bp.post("/book/<type>/holds")
@public
@limit(HOLDS)
def create_hold(type: str) -> Any:
    """Keep the picked time for ten minutes; 409 with the nearest free times when it is gone."""
    kind, zone = wanted_type(type), wanted_zone()
    if way_of(kind) != "native":
        return see("consults.new_booking", type=type, **kept_query())
    start = wanted_start(zone)
    if kind.series > 1 and request.form.get("count", type=int, default=1) > 1:
        return see("consults.new_series", type=kind.slug, start=start, **kept_query(tz=zone.key), **series_query())
    only = request.form.get("host", type=row_number) if kind.assign == "any" else None
    try:
        booking = Booking.hold(kind, start, zone.key, only=only, profession=wanted_profession())
    except Taken as taken:
        return page("consults/new.html", 409, **choosing(kind, taken=gone(kind, taken, zone)))
    return see("consults.show_hold", token=booking.token, **kept_query())


def series_query() -> dict[str, Any]:
    return {name: request.form.get(name, type=int, default=1) for name in ("count", "weeks")}


def gone(kind: ConsultType, taken: Taken, zone: Any) -> dict[str, Any]:
    """What a page says about a time that cannot be had: when it was, which are near."""
    free = offer(kind)
    return {"moment": local(taken.start, zone), "near": [time_of(free, start, zone) for start in taken.nearest]}
