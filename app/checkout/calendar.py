"""Appointments that belong to an order, as calendar files (RFC 5545). Whoever books them calls `Order.appoint`."""

from __future__ import annotations

from icalendar import Calendar, Event
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.db import Instant, Model, Title, ZoneName


class Appointment(Model):
    """A consult that is part of an order: when (UTC, with the zone it was agreed in), what and where."""

    __tablename__ = "order_appointments"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    uid: Mapped[str] = mapped_column(String(200), unique=True)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    zone: Mapped[ZoneName]
    title: Mapped[Title]
    place: Mapped[str] = mapped_column(String(300), default="")


def file(appointment: Appointment) -> bytes:
    """The appointment as an .ics file: one event in UTC with a stable UID."""
    event = Event()
    event.add("uid", appointment.uid)
    event.add("summary", appointment.title)
    event.add("dtstamp", appointment.created_at)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    if appointment.place:
        event.add("location", appointment.place)
    calendar = Calendar()
    calendar.add("prodid", "-//Frontdesk//Checkout//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
