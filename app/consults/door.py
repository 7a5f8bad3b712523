"""The public blueprint, and what each of its views needs: the type, the zone, the day that somebody asked for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import HTTPException, NotFound

from app.accounts.models import proven_person
from app.business.models import Profession, Site
from app.consults.bookings import Booking
from app.consults.typefile import find_type
from app.consults.types import ConsultType
from app.consults.walltime import YEARS, epoch, exists, to_datetime, zone_of
from app.consults.zones import known
from app.lib import clock, tokens
from app.lib.page import is_part, page

bp = Blueprint("consults", __name__)


@bp.after_request
def keep_the_address(response: Response) -> Response:
    """In a dialog on another page the flow must not rewrite that page's address."""
    if is_part() and not urlsplit(request.headers.get("HX-Current-URL", "")).path.startswith(("/book", "/account")):
        response.headers["HX-Push-Url"] = "false"
    return response


def wanted_type(slug: str) -> ConsultType:
    return find_type(slug) or abort(404)


def wanted_zone() -> ZoneInfo:
    """The zone somebody chose, else that of their account, else the firm's."""
    person = proven_person()
    name = known(request.values.get("tz")) or (person and known(person.timezone)) or Site.current().hours.zone
    return zone_of(name)


def wanted_day(name: str, form: str = "%Y-%m-%d") -> date | None:
    """A date from the query; nothing when it is none."""
    try:
        found = datetime.strptime(request.args.get(name, ""), form).date()
    except ValueError:
        return None
    return found if found.year in YEARS else None


def wanted_start(zone: ZoneInfo) -> int:
    """The start that was picked: an epoch second, or a wall time in that zone. 422 for what is no time or exists on no clock."""
    words = request.values.get("start", "")
    try:
        wall = to_datetime(int(words)) if words.isdecimal() and len(words) <= 11 else datetime.fromisoformat(words)
    except ValueError:
        abort(422)
    if wall.year not in YEARS:
        abort(422)
    if wall.tzinfo is not None:
        return epoch(wall)
    return epoch(wall.replace(tzinfo=zone)) if exists(wall, zone) else abort(422)


def wanted_profession() -> str | None:
    found = Profession.find(request.values.get("profession", "")[:80])
    return found.slug if found else None


def kept_query(**more: Any) -> dict[str, Any]:
    """What every link of the flow carries on: profession, zone, host, where it began."""
    kept = {name: request.values[name][:80] for name in ("profession", "tz", "host", "from") if request.values.get(name)}
    return {**kept, **{name: value for name, value in more.items() if value is not None}}


def booking_of(token: str) -> Booking:
    """The booking of a signed link; a clear page with 404 for a link that was changed or leads nowhere."""
    try:
        return Booking.by_token(token)
    except tokens.Bad:
        raise BadLink from None


class BadLink(NotFound):
    """A link that is not ours, was cut off, or whose booking is gone."""


@bp.app_errorhandler(BadLink)
def bad_link(_error: HTTPException) -> Response:
    return page("consults/bad_link.html", 404)


def today_in(zone: ZoneInfo) -> date:
    return clock.now().astimezone(zone).date()
