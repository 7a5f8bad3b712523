"""Appointments that belong to an order, as calendar files (RFC 5545). Whoever books them calls `Order.appoint`."""

from __future__ import annotations

from datetime import datetime

from icalendar import Calendar, Event
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.lib.db import Instant, Model, Title, ZoneName, db


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

    @classmethod
    def of(cls, uid: str) -> Appointment | None:
        return db.session.scalar(select(cls).where(cls.uid == uid))

    def move(self, starts_at: datetime, ends_at: datetime) -> None:
        """The consult has another time."""
        self.starts_at, self.ends_at = starts_at, ends_at

    def call_off(self) -> None:
        """The consult will not be held: the order has none any more."""
        db.session.delete(self)


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
