"""Bookings in the desk: what is ahead, what waits for an answer or an outcome, and one consult with all that is known."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, request
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from app.accounts.models import me
from app.consults.bookings import Booking
from app.consults.calendars import Conflict
from app.consults.changes import RESULTS, TooLate
from app.consults.deposits import Deposit
from app.consults.desk_door import bp
from app.consults.door import wanted_start
from app.consults.doors_choose import choosing, gone
from app.consults.intake import Intake, IntakeFile
from app.consults.outside import OutsideBooking
from app.consults.series import sessions_of
from app.consults.syncing import write_again
from app.consults.taking import Taken, asked_anyway
from app.consults.walltime import zone_of
from app.lib import clock
from app.lib.access import needs
from app.lib.db import db
from app.lib.numbers import row_number
from app.lib.page import page, see

PAGE = 50


def shelf(name: str) -> Select[Booking]:
    """The bookings of a tab."""
    now, ahead = clock.now(), select(Booking).where(Booking.ends_at >= clock.now()).order_by(Booking.starts_at)
    past = select(Booking).where(Booking.ends_at < now).order_by(Booking.starts_at.desc())
    shelves = {
        "upcoming": ahead.where(Booking.state.in_(("booked", "requested"))),
        "requests": ahead.where(Booking.state == "requested"),
        "open": past.where(Booking.state == "booked", ~Booking.has_outcome()),
        "past": past.where(Booking.state.in_(("booked", "cancelled"))),
        "conflicts": select(Booking)
        .join(Conflict, Conflict.booking_id == Booking.id)
        .where(Conflict.settled_at.is_(None))
        .order_by(Booking.starts_at),
    }
    return shelves[name] if name in shelves else abort(404)


@bp.get("")
@needs("agent")
def index() -> Response:
    """List the consults of a tab; `mine` narrows to one's own."""
    name = request.args.get("tab", "upcoming")
    found = shelf(name)
    if request.args.get("mine"):
        found = found.where(Booking.held_by(me()))
    number = max(1, request.args.get("page", 1, type=row_number))
    rows = db.session.scalars(found.options(selectinload(Booking.seats)).limit(PAGE + 1).offset((number - 1) * PAGE)).unique().all()
    return page("consults/desk/index.html", tab=name, bookings=rows[:PAGE], number=number, more=len(rows) > PAGE, zone=own_zone())


def own_zone() -> Any:
    return zone_of(me().timezone, otherwise="UTC") if me().timezone else None


@bp.get("/<int:booking_id>")
@needs("agent")
def show(booking_id: int) -> Response:
    """Show one consult: who, when, what they answered (to its hosts and admins only), and what can be done."""
    return shown(db.get_or_404(Booking, booking_id))


def shown(booking: Booking, status: int = 200, **more: Any) -> Response:
    answers, files = (told(booking), db.session.scalars(IntakeFile.of(booking)).all()) if may_read(booking) else (None, [])
    conflicts = db.session.scalars(select(Conflict).where(Conflict.booking_id == booking.id, Conflict.settled_at.is_(None))).all()
    given = {"answers": answers, "files": files, "conflicts": conflicts, "outcome": booking.outcome(), "sessions": sessions_of(booking)}
    given["there"], given["deposit"] = OutsideBooking.current(booking) if booking.is_outside else None, Deposit.of(booking)
    return page("consults/desk/booking.html", status, booking=booking, kind=booking.kind, results=RESULTS, **given, **more)


def may_read(booking: Booking) -> bool:
    """Answers are for those who hold the consult, and for admins."""
    return me().is_admin or any(host.person_id == me().id for host in booking.hosts)


def told(booking: Booking) -> list[tuple[str, Any]] | None:
    """Question and answer in words; None when nothing was asked or it is forgotten."""
    intake = Intake.of(booking)
    if intake is None or intake.sealed is None:
        return None
    asked = {question.name: question.ask for question in booking.kind.questions} if booking.kind else {}
    return [(asked.get(name, name), value) for name, value in intake.answers.items()]


@bp.get("/<int:booking_id>/files/<int:file_id>")
@needs("agent")
def download(booking_id: int, file_id: int) -> Response:
    """Give a file that came with the answers, as a download that nothing runs."""
    booking: Booking = db.get_or_404(Booking, booking_id)
    file = db.session.scalar(IntakeFile.of(booking).where(IntakeFile.id == file_id)) or abort(404)
    if not may_read(booking):
        abort(403)
    response = Response(file.content, mimetype=file.content_type)
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/<int:booking_id>/outcome")
@needs("agent")
def record(booking_id: int) -> Any:
    """Note whether they came and what came of it."""
    booking: Booking = db.get_or_404(Booking, booking_id)
    came, result = request.form.get("came"), request.form.get("result", "")
    if came not in {"yes", "no"} or (result and result not in RESULTS) or booking.state != "booked" or booking.starts_at > clock.now():
        abort(422)
    booking.record(came == "yes", result, me())
    flash("Noted.", "good")
    return see("consult_desk.show", booking_id=booking.id)


@bp.post("/<int:booking_id>/notes")
@needs("agent")
def share_notes(booking_id: int) -> Any:
    """Write what the customer reads in their account."""
    booking: Booking = db.get_or_404(Booking, booking_id)
    booking.notes = request.form.get("notes", "").strip()[:10_000]
    flash("The customer can read it now." if booking.notes else "Nothing is shared now.", "good")
    return see("consult_desk.show", booking_id=booking.id)


@bp.post("/<int:booking_id>/approval")
@needs("agent")
def approve(booking_id: int) -> Any:
    """Let a requested consult stand."""
    booking: Booking = db.get_or_404(Booking, booking_id)
    if booking.approve():
        waits = any(session.state == "requested" for session in sessions_of(booking))
        word = "goes out when every session of the series has its answer" if waits else "is on its way"
        flash(f"Approved. The confirmation {word}.", "good")
    return see("consult_desk.show", booking_id=booking.id)


@bp.post("/<int:booking_id>/cancellation")
@needs("agent")
def call_off(booking_id: int) -> Any:
    """Call a consult off, or decline a request, with a reason that the customer reads."""
    booking: Booking = db.get_or_404(Booking, booking_id)
    try:
        ended = booking.call_off("host", request.form.get("reason", "").strip())
    except TooLate:
        abort(422)
    if ended:
        flash("Cancelled. The customer’s calendar follows.", "good")
    return see("consult_desk.show", booking_id=booking.id)


@bp.get("/<int:booking_id>/move")
@needs("agent")
def edit_time(booking_id: int) -> Response:
    """Show the free times it may move to; notice and limits do not bind the desk."""
    booking: Booking = db.get_or_404(Booking, booking_id)
    kind = booking.kind or abort(410)
    return page("consults/desk/move.html", **choosing(asked_anyway(kind), booking=booking, zone=booking.hosts[0].zone))


@bp.post("/<int:booking_id>/time")
@needs("agent")
def update_time(booking_id: int) -> Any:
    """Move it for the customer."""
    booking: Booking = db.get_or_404(Booking, booking_id)
    kind, zone = booking.kind or abort(410), booking.hosts[0].zone
    try:
        booking.move(wanted_start(zone), by_visitor=False)
    except TooLate:
        abort(422)
    except Taken as taken:
        lost = gone(kind, taken, zone)
        return page("consults/desk/move.html", 409, **choosing(asked_anyway(kind), booking=booking, zone=zone, taken=lost))
    flash("Moved. The customer’s calendar follows.", "good")
    return see("consult_desk.show", booking_id=booking.id)


@bp.post("/<int:booking_id>/conflicts/<int:conflict_id>/settlement")
@needs("agent")
def settle_conflict(booking_id: int, conflict_id: int) -> Any:
    """Say that a conflict needs nothing more; `restore` writes our event into the calendar again."""
    conflict = db.session.get(Conflict, conflict_id)
    if conflict is None or conflict.booking_id != booking_id:
        abort(404)
    conflict.settled_at = clock.now()
    if request.form.get("restore"):
        write_again(conflict.link_id, booking_id)
    return see("consult_desk.show", booking_id=booking_id)
