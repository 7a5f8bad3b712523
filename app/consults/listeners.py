"""What consults hears of itself: letters leave, reminders are planned, freed times are offered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, exists, func

from app.checkout.events import OrderMoved, PaymentCaptured
from app.checkout.models import Appointment, Order, stop_when
from app.consults import reminders
from app.consults.bookings import Booking
from app.consults.calendars import Conflict
from app.consults.deposits import Deposit
from app.consults.events import (
    BookingCancelled,
    BookingMade,
    BookingMoved,
    BookingRequested,
    ConflictFound,
    OutcomeRecorded,
    TimeFreed,
)
from app.consults.intake import plan_end
from app.consults.letters import to_hosts, to_visitor
from app.consults.offering import offer_freed
from app.consults.series import Series, sessions_of
from app.consults.syncing import follow
from app.consults.waiting import WaitingPlace
from app.lib.db import db
from app.lib.facts import on
from app.lib.page import absolute


@stop_when("booked")
def has_booked(order: Order) -> bool:
    """Somebody who left a checkout and booked a consult since: an adviser talks with them, letters would be in the way."""
    theirs = Booking.standing().where(func.lower(Booking.email) == order.email.lower(), Booking.booked_at >= order.created_at)
    return order.email != "" and db.session.scalar(theirs.with_only_columns(Booking.id).limit(1)) is not None


@on(BookingMade)
def confirm(fact: BookingMade) -> None:
    """The letter with the calendar part; the sessions of a series share one, each with its own part would be a heap."""
    booking = db.session.get(Booking, fact.booking_id)
    if booking is not None and booking.state == "booked":
        reminders.plan(booking)
        follow(booking)
        serve(booking)
        confirm_all(booking)


def confirm_all(booking: Booking) -> None:
    """The one letter about what stands, as soon as no session waits for an answer any more."""
    sessions = sessions_of(booking)
    first = next((session for session in sessions if session.state == "booked"), None)
    if first is None or any(session.state == "requested" for session in sessions):
        return
    if booking.series_id is None or Series.confirm(booking.series_id):
        say_confirmed(first)


def say_confirmed(booking: Booking) -> None:
    deposit = Deposit.of(booking)
    to_visitor("confirmation", booking, deposit=deposit if deposit and deposit.confirmed_at else None)
    to_hosts("host_booked", booking)


def first_of(booking: Booking) -> Booking:
    """The first session that is where this one is: its letter shows them all."""
    return next(session for session in sessions_of(booking) if session.state == booking.state)


def serve(booking: Booking) -> None:
    """Whoever had waited for this time has it now."""
    place = db.session.get(WaitingPlace, booking.waiting_id) if booking.waiting_id else None
    if place is not None:
        place.served()


@on(BookingRequested)
def acknowledge(fact: BookingRequested) -> None:
    booking = db.session.get(Booking, fact.booking_id)
    if booking is not None and booking.state == "requested" and first_of(booking).id == booking.id:
        to_visitor("request", booking, method="")
        to_hosts("host_requested", booking)


def waits_for(_fact: PaymentCaptured | OrderMoved) -> ColumnElement[bool]:
    return exists().where(Deposit.order_id == bindparam("order_id"))


@on(PaymentCaptured, when=waits_for)
def take_deposit(fact: PaymentCaptured) -> None:
    deposit = Deposit.of_order(fact.order_id)
    if deposit is not None:
        deposit.paid()


@on(OrderMoved, when=waits_for)
def decide_after_a_dispute(fact: OrderMoved) -> None:
    """Their bank has spoken for us: what was to be decided meanwhile is decided now."""
    deposit = Deposit.of_order(fact.order_id)
    if deposit is not None and fact.was == "disputed":
        deposit.decide()


@on(OutcomeRecorded)
def judge(fact: OutcomeRecorded) -> None:
    settle(db.session.get(Booking, fact.booking_id))


def settle(booking: Booking | None) -> None:
    """See whether the deposit for this consult goes back."""
    deposit = Deposit.of(booking) if booking is not None else None
    if deposit is not None:
        deposit.decide()


@on(BookingMoved)
def tell_the_new_time(fact: BookingMoved) -> None:
    """Only the newest move is told: an older one that comes late says nothing."""
    booking = db.session.get(Booking, fact.booking_id)
    if booking is not None and booking.stands and booking.sequence == fact.sequence:
        appointment = Appointment.of(booking.uid)
        if appointment is not None:
            appointment.move(booking.starts_at, booking.ends_at)
        reminders.plan(booking)
        plan_end(booking)
        settle(booking)
        follow(booking)
        to_visitor("moved", booking)
        to_hosts("host_moved", booking, was=fact.was)


@on(BookingCancelled)
def tell_the_end(fact: BookingCancelled) -> None:
    reminders.forget(fact.booking_id)
    booking = db.session.get(Booking, fact.booking_id)
    if booking is not None and booking.state == "cancelled":
        appointment = Appointment.of(booking.uid)
        if appointment is not None:
            appointment.call_off()
        settle(booking)
        follow(booking)
        to_visitor("cancelled", booking, method="CANCEL")
        to_hosts("host_cancelled", booking)
        confirm_all(booking)


@on(TimeFreed)
def offer_to_those_who_wait(fact: TimeFreed) -> None:
    offer_freed(fact.type_slug, datetime.fromisoformat(fact.starts_at))


@on(ConflictFound)
def tell_the_host(fact: ConflictFound) -> None:
    conflict = db.session.get(Conflict, fact.conflict_id)
    booking = db.session.get(Booking, conflict.booking_id) if conflict else None
    if conflict is not None and booking is not None and booking.stands:
        to_hosts("host_conflict", booking, conflict=conflict, desk_link=absolute("consult_desk.show", booking_id=booking.id))
