"""Published feeds: each host's consults at a secret address that any calendar program can follow."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, abort, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.business.models import Site
from app.consults.bookings import Booking
from app.consults.door import bp
from app.consults.hosts import Host
from app.consults.seats import Seat
from app.lib import clock, tokens
from app.lib.access import public
from app.lib.db import db
from app.lib.ical import Happening, calendar
from app.lib.page import absolute

LINK = "consults.feed"
PAST, AHEAD = timedelta(days=60), timedelta(days=400)
HOUR = 3600


def feed_address(host: Host) -> str:
    return absolute("consults.feed", token=tokens.sign(LINK, {"h": host.id, "v": host.feed_version}))


@bp.get("/calendar/<token>.ics")
@public
def feed(token: str) -> BaseResponse:
    """Give a host's consults as a calendar (RFC 5545); answers 304 while nothing changed."""
    response = Response(calendar(events_of(host_of(token)), method="PUBLISH", name="Consults"), mimetype="text/calendar")
    response.add_etag()
    response.headers["Cache-Control"] = f"private, max-age={HOUR // 4}"
    response.headers["X-Robots-Tag"] = "noindex"
    return response.make_conditional(request)


def host_of(token: str) -> Host:
    try:
        given = tokens.unsign(LINK, token)
    except tokens.Bad:
        abort(404)
    host = db.session.get(Host, given.get("h", 0))
    if host is None or host.feed_version != given.get("v"):
        abort(404)
    return host


def events_of(host: Host) -> list[Happening]:
    """The host's standing consults."""
    now = clock.now()
    mine = select(Seat.booking_id).where(Seat.host_id == host.id, Seat.freed_at.is_(None))
    near = Booking.starts_at.between(now - PAST, now + AHEAD)
    found = Booking.standing().where(Booking.id.in_(mine), near).order_by(Booking.starts_at)
    return [plain(booking) for booking in db.session.scalars(found)]


def plain(booking: Booking) -> Happening:
    """The consult without who comes: a feed may be read by foreign servers. The link leads those who may to the desk."""
    return Happening(
        uid=booking.uid,
        sequence=booking.sequence,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        summary=booking.title,
        url=absolute("consult_desk.show", booking_id=booking.id),
        organizer=(Site.current().name, Site.current().email),
        stamp=booking.booked_at or booking.created_at,
    )
