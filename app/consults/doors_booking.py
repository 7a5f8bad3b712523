"""Booking: the held time with its form, and the consult that comes of it."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from werkzeug.exceptions import Gone

from app.accounts.models import Person, Visitor, plain, proven_person
from app.business.models import Offer
from app.checkout.models import browser
from app.consults.bookings import Booking
from app.consults.deposits import Deposit
from app.consults.door import booking_of, bp, kept_query
from app.consults.doors_choose import gone
from app.consults.forms import DetailsForm, form_for
from app.consults.intake import Intake, IntakeFile
from app.consults.invitation import add_links, invitation, where
from app.consults.outside import OutsideBooking
from app.consults.policy import NotOnline, asked_first
from app.consults.series import sessions_of
from app.consults.taking import Taken
from app.consults.types import ConsultType
from app.lib import clock
from app.lib.access import public
from app.lib.db import db, unit_of_work
from app.lib.limits import limit
from app.lib.page import page, see
from app.lib.uploads import Refused


@bp.get("/book/hold/<token>")
@public
def show_hold(token: str) -> Any:
    """Show the held time with its countdown and ask who they are."""
    booking = booking_of(token)
    kind = booking.kind
    if booking.state not in {"held", "lapsed"} or kind is None:
        return see("consults.show_booking", token=token)
    if was_too_late(booking):
        return see("consults.show_deposit", token=token, **kept_query())
    return page("consults/details.html", **details(booking, kind, filled(booking, kind)))


def was_too_late(booking: Booking) -> bool:
    """Its deposit came when the time was not kept any more: the page of the deposit leads on to other times."""
    deposit = Deposit.of(booking)
    return deposit is not None and deposit.is_over


def filled(booking: Booking, kind: ConsultType) -> DetailsForm:
    """The form with what we know: of the person who signed in, or from an earlier try."""
    person = proven_person()
    known = {"name": booking.name or (person.name if person else ""), "email": booking.email or (person.email if person else "")}
    known["phone"] = booking.phone or (person.phone or "" if person else "")
    return form_for(kind)(data={name: value for name, value in known.items() if value})


def details(booking: Booking, kind: ConsultType, form: DetailsForm, **more: Any) -> dict[str, Any]:
    shown = {"booking": booking, "kind": kind, "form": form, "sessions": sessions_of(booking), "kept": kept_query(), "taken": None}
    return {**shown, **more}


@bp.post("/book/hold/<token>/extension")
@public
def extend_hold(token: str) -> Any:
    """Keep the time for ten more minutes."""
    for session in sessions_of(booking_of(token)):
        session.extend()
    paying = request.form.get("page") == "deposit"
    return see("consults.show_deposit" if paying else "consults.show_hold", token=token, **kept_query())


@bp.post("/book/hold/<token>/release")
@public
def release_hold(token: str) -> Any:
    """Let the held time go and choose another."""
    booking = booking_of(token)
    for session in sessions_of(booking):
        session.let_go()
    nobody_pays(booking)
    day = booking.starts_at.astimezone(booking.zone).date().isoformat()
    return see("consults.new_booking", type=booking.type_slug, **kept_query(day=day, tz=booking.timezone))


@bp.post("/book/hold/<token>")
@public
@limit("10/minute;60/hour")
def create_booking(token: str) -> Any:
    """Turn the hold into a consult; 422 keeps what was typed, 409 offers the nearest free times besides."""
    booking = booking_of(token)
    kind = booking.kind
    if kind is None:
        raise Gone
    if booking.state not in {"held", "lapsed"}:
        return see("consults.show_booking", token=token)
    form = form_for(kind, have=answered_files(booking))()
    problems = keep_files(booking, form)
    if not form.validate_on_submit() or problems:
        return page("consults/details.html", 422, **details(booking, kind, form, problems=problems))
    if not all([session.is_open() for session in sessions_of(booking)]):
        # The money for it came while this was read.
        return see("consults.show_booking", token=token)
    return booked(booking, kind, form)


def booked(booking: Booking, kind: ConsultType, form: DetailsForm) -> Any:
    chosen, sessions = request.form.get("instead", ""), sessions_of(booking)
    session = next((one for one in sessions if str(one.id) == request.form.get("lost")), booking)
    try:
        if chosen.isdecimal() and len(chosen) <= 11:
            session.take_again(int(chosen))
        fill_in(booking, kind, form)
        for session in sessions:
            copy_details(booking, session)
        Intake.keep(booking, form.answers)
        first = asked_first(kind, booking)
        if first == "deposit":
            keep_for_deposit(booking)
            return see("consults.show_deposit", token=booking.token, **kept_query())
        for session in sessions:
            session.confirm(needs_approval=first == "approval")
        nobody_pays(booking)
        belong_to_order(booking, kind)
    except Taken as taken:
        return page("consults/details.html", 409, **details(booking, kind, form, lost=session.id, taken=gone(kind, taken, booking.zone)))
    except NotOnline:
        return page("consults/details.html", 422, **details(booking, kind, form, must_call=True))
    return see("consults.show_booking", token=booking.token)


def keep_for_deposit(booking: Booking) -> None:
    if not was_too_late(booking):
        for session in sessions_of(booking):
            session.keep()


def nobody_pays(booking: Booking) -> None:
    """The time was let go, or stands without a deposit that was asked for in another window."""
    deposit = Deposit.of(booking)
    if deposit is not None:
        deposit.drop()


def belong_to_order(booking: Booking, kind: ConsultType) -> None:
    """The first session of a programme that was bought in this browser, or by whoever is signed in, stands on its receipt."""
    including = {offer.slug for offer in Offer.all() if offer.session == kind.slug}
    order = next((one for one in browser.bought_here() if one.offer in including and not one.appointments), None)
    if order is not None:
        when: dict[str, Any] = {"starts_at": booking.starts_at, "ends_at": booking.ends_at, "zone": booking.timezone}
        order.appoint(uid=booking.uid, title=booking.title, place=where(booking)[:300], **when)


def answered_files(booking: Booking) -> frozenset[str]:
    return frozenset(file.question for file in db.session.scalars(IntakeFile.of(booking)))


def keep_files(booking: Booking, form: DetailsForm) -> list[str]:
    """Store what was attached at once, in a transaction of its own: a browser cannot fill a file field again after a refusal."""
    problems = []
    for question, file in form.files.items():
        try:
            with unit_of_work():
                IntakeFile.keep(booking, question, file)
        except Refused as refused:
            problems.append(f"{file.filename}: {refused}")
    return problems


def fill_in(booking: Booking, kind: ConsultType, form: DetailsForm) -> None:
    person = proven_person() or Visitor.begin().person
    booking.person, booking.place = person, form.place_chosen
    booking.name, booking.email, booking.phone = (str(field.data or "").strip() for field in (form.name, form.email, form.phone))
    booking.place_words = booking.hosts[0].where(booking.place) if booking.hosts else ""
    booking.sms_agreed_at = clock.now() if form.wants_texts else None
    introduce(person, booking)
    db.session.flush()


def introduce(person: Person, booking: Booking) -> None:
    """What a visitor says of themselves: a name, and an address that proves nothing yet."""
    person.name = person.name or booking.name
    person.phone = person.phone or booking.phone[:20] or None
    person.profession = person.profession or booking.profession
    person.timezone = person.timezone or booking.timezone
    if not person.is_proven:
        person.claimed_email = plain(booking.email)


def copy_details(booking: Booking, session: Booking) -> None:
    for name in ("person_id", "name", "email", "phone", "profession", "place", "place_words", "sms_agreed_at"):
        setattr(session, name, getattr(booking, name))


@bp.get("/book/booking/<token>")
@public
def show_booking(token: str) -> Response:
    """Show a consult to whoever has its link: what, when, where, and what can still be changed."""
    booking = booking_of(token)
    there = OutsideBooking.current(booking) if booking.is_outside else None
    around: dict[str, Any] = {"sessions": sessions_of(booking), "links": add_links(booking), "there": there, "deposit": Deposit.of(booking)}
    return page("consults/booking.html", booking=booking, kind=booking.kind, **around)


@bp.get("/book/booking/<token>/consult.ics")
@public
def invite(token: str) -> Response:
    """Give the consult as a calendar file."""
    booking = booking_of(token)
    response = Response(invitation(booking, method="PUBLISH"), mimetype="text/calendar")
    response.headers["Content-Disposition"] = "attachment; filename=consult.ics"
    return response
