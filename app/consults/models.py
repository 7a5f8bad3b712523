"""The rows of consults, and the few verbs other slices use."""

from __future__ import annotations

from app.consults.bookings import Booking
from app.consults.calendars import BusyTime, CalendarCopy, CalendarLink, CalendarObject, Conflict
from app.consults.changes import Outcome, TooLate
from app.consults.deposits import Deposit
from app.consults.hosts import DayOverride, Host, TimeOff, WeeklyWindow
from app.consults.intake import Intake, IntakeFile
from app.consults.offer import offer
from app.consults.outside import OutsideBooking, Unready
from app.consults.providers import NATIVE, ProviderState, switched_off, way_of
from app.consults.seats import Seat, SlotClaim
from app.consults.series import Series
from app.consults.taking import Taken
from app.consults.typefile import every_type, find_type, offered_types
from app.consults.types import ConsultType, Outside
from app.consults.waiting import WaitingOffer, WaitingPlace

__all__ = [
    "NATIVE",
    "Booking",
    "BusyTime",
    "CalendarCopy",
    "CalendarLink",
    "CalendarObject",
    "Conflict",
    "ConsultType",
    "DayOverride",
    "Deposit",
    "Host",
    "Intake",
    "IntakeFile",
    "Outcome",
    "Outside",
    "OutsideBooking",
    "ProviderState",
    "Seat",
    "Series",
    "SlotClaim",
    "Taken",
    "TimeOff",
    "TooLate",
    "Unready",
    "WaitingOffer",
    "WaitingPlace",
    "WeeklyWindow",
    "every_type",
    "find_type",
    "offer",
    "offered_types",
    "switched_off",
    "way_of",
]
