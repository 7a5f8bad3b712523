"""What a booking is made of: its columns, and what can be read off them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.accounts.models import Person
from app.consults.hosts import Host
from app.consults.seats import Seat
from app.consults.typefile import find_type
from app.consults.types import PLACES, ConsultType
from app.consults.walltime import epoch, zone_of
from app.lib import clock
from app.lib.db import Email, Instant, Model, Slug, Title, Words, ZoneName, db

OURS = ("site", "desk")


class BookingRow(Model):
    """The columns of a booking. `promised` is the wall time that the visitor was told, in their zone."""

    __abstract__ = True

    uid: Mapped[str] = mapped_column(String(120), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    type_slug: Mapped[Slug] = mapped_column(index=True)
    title: Mapped[Title]
    state: Mapped[str] = mapped_column(String(10), default="held")
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    timezone: Mapped[ZoneName] = mapped_column(default="UTC")
    promised: Mapped[str] = mapped_column(String(16), default="")
    held_until: Mapped[Instant | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    name: Mapped[Title] = mapped_column(default="")
    email: Mapped[Email] = mapped_column(default="", index=True)
    phone: Mapped[str] = mapped_column(String(40), default="")
    profession: Mapped[Slug | None]
    place: Mapped[str] = mapped_column(String(10), default="phone")
    place_words: Mapped[str] = mapped_column(String(300), default="")
    sms_agreed_at: Mapped[Instant | None]
    source: Mapped[str] = mapped_column(String(20), default="site")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    conversation_id: Mapped[int | None]
    series_id: Mapped[int | None] = mapped_column(ForeignKey("booking_series.id", ondelete="SET NULL"), index=True)
    waiting_id: Mapped[int | None] = mapped_column(ForeignKey("waiting_places.id", ondelete="SET NULL"))
    notes: Mapped[Words] = mapped_column(default="")
    booked_at: Mapped[Instant | None]
    cancelled_at: Mapped[Instant | None]
    cancelled_by: Mapped[str] = mapped_column(String(10), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")

    @declared_attr
    def person(cls) -> Mapped[Person | None]:
        return relationship(foreign_keys="Booking.person_id")

    @declared_attr
    def seats(cls) -> Mapped[list[Seat]]:
        return relationship(order_by=Seat.id, cascade="all, delete-orphan")

    @property
    def kind(self) -> ConsultType | None:
        """The type as its file says now; None when the file is gone."""
        return find_type(self.type_slug)

    @property
    def hosts(self) -> list[Host]:
        """Who holds it, or last did."""
        now = [seat.host for seat in self.seats if seat.freed_at is None]
        return now or [seat.host for seat in self.seats[-1:]]

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.timezone)

    @property
    def start(self) -> int:
        return epoch(self.starts_at)

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def stands(self) -> bool:
        return self.state in {"booked", "requested"}

    @property
    def is_held(self) -> bool:
        return self.state == "held" and self.held_until is not None and self.held_until > clock.now()

    @property
    def is_outside(self) -> bool:
        """Made at a provider's page: it is moved and called off there, and the provider writes to the visitor."""
        return self.source not in OURS

    @property
    def is_over(self) -> bool:
        return self.ends_at <= clock.now()

    @property
    def place_name(self) -> str:
        return PLACES.get(self.place, self.place)

    def wall_time(self) -> str:
        return self.starts_at.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")

    def living_seats(self) -> list[Seat]:
        return [seat for seat in self.seats if seat.freed_at is None]

    def look_again(self) -> None:
        """Read the row anew and keep it locked, before deciding on its state."""
        db.session.flush()
        db.session.refresh(self, with_for_update={"of": type(self)})
