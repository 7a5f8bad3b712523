"""Holding: a time is kept for somebody for minutes, then becomes a consult that stands, or lapses."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from flask import current_app

from app.consults.events import BookingMade, BookingRequested, TimeFreed
from app.consults.rows import BookingRow
from app.consults.seats import Occupied, occupy, vacate
from app.consults.taking import Choice, Taken, take
from app.consults.types import ConsultType
from app.consults.waiting import WaitingPlace
from app.consults.walltime import to_datetime, zone_of
from app.lib import clock
from app.lib.db import add, db
from app.lib.facts import tell
from app.lib.outbox import later

HOLD = timedelta(minutes=10)
LONGEST_HOLD = timedelta(minutes=40)


class Holding(BookingRow):
    """The trait of a booking that begins as a hold."""

    __abstract__ = True

    @classmethod
    def hold(cls, kind: ConsultType, start: int, zone: str, *, only: int | None = None, **more: Any) -> Self:
        """Keep this start free for somebody, for ten minutes or until `held_until`. Raises Taken when it cannot be had."""
        choice = take(kind, start, only=only)
        return cls.seated(kind, start, zone, choice, **{"held_until": clock.now() + HOLD, **more})

    @classmethod
    def seated(cls, kind: ConsultType, start: int, zone: str, choice: Choice, **more: Any) -> Self:
        """A new booking at a start that has just been taken."""
        given = {"place": kind.places[0], "state": "held", **more, **times(kind, start)}
        booking = add(cls(uid=new_uid(), type_slug=kind.slug, title=kind.title, timezone=zone_of(zone).key, **given))
        booking.promised = booking.wall_time()
        booking.sit(choice)
        return booking

    def sit(self, choice: Choice) -> None:
        """Give the booking the hosts and the time that were chosen, instead of those it has. Raises Taken."""
        held = self.held_until if self.state == "held" else None
        try:
            seat: dict[str, Any] = {"type_slug": self.type_slug, "starts_at": self.starts_at, "held_until": held}
            occupy([host.id for host in choice.hosts], choice.block, booking_id=self.id, **seat)
        except Occupied:
            raise Taken(self.start, []) from None
        db.session.flush()
        db.session.expire(self, ["seats"])
        if held:
            later("consults.lapse", due_at=held, key=f"consults:lapse:{self.id}", booking_id=self.id)

    def extend(self) -> bool:
        """Ten more minutes, as long as the hold stands and is not older than forty. False when it cannot be extended."""
        self.look_again()
        if not self.is_held or clock.now() + HOLD > self.created_at + LONGEST_HOLD:
            return False
        self.hold_until(clock.now() + HOLD)
        return True

    def hold_until(self, moment: datetime) -> None:
        self.held_until = moment
        for seat in self.living_seats():
            seat.held_until = moment
        later("consults.lapse", due_at=moment, key=f"consults:lapse:{self.id}", booking_id=self.id)

    def is_open(self) -> bool:
        """Whether it is a hold still, or was one: nothing that stands, or stood. Locked, so that it stays so for this request."""
        self.look_again()
        return self.state in {"held", "lapsed"}

    def keep(self) -> bool:
        """At least ten more minutes, for somebody on the way to a payment. A hold that ran out is taken anew. Raises Taken.

        False when it stands already: then nothing is kept.
        """
        if not self.is_open():
            return False
        most = max(self.held_until or clock.now(), clock.now() + HOLD)
        if not self.is_held or not self.living_seats():
            self.state, self.held_until = "held", most
            self.take_again()
        self.hold_until(most)
        return True

    def confirm(self, *, needs_approval: bool = False) -> bool:
        """Turn the hold into a consult that stands. A hold that ran out is taken anew. False when it stood already. Raises Taken."""
        if not self.is_open():
            return False
        if not self.is_held or not self.living_seats():
            self.take_again()
        self.state, self.held_until, self.booked_at = ("requested" if needs_approval else "booked"), None, clock.now()
        for seat in self.living_seats():
            seat.held_until = None
        tell(BookingRequested(booking_id=self.id) if needs_approval else BookingMade(booking_id=self.id))
        return True

    def take_again(self, start: int | None = None, kind: ConsultType | None = None) -> None:
        """Take its own time, or another, instead of what it has; by the rules of its type, or of `kind`. Raises Taken."""
        kind = kind or self.kind
        if kind is None:
            raise Taken(self.start, [])
        start = self.start if start is None else start
        choice = take(kind, start, keep=[seat.host_id for seat in self.seats], but=self.id)
        vacate([self.id])
        self.set_time(kind, start)
        self.sit(choice)

    def set_time(self, kind: ConsultType, start: int) -> None:
        for name, value in times(kind, start).items():
            setattr(self, name, value)
        self.promised = self.wall_time()

    def lapse(self) -> bool:
        """Give the held time up once its end has come. False when it was confirmed or extended meanwhile."""
        self.look_again()
        if self.state != "held" or self.is_held:
            return False
        self.give_up()
        return True

    def let_go(self) -> None:
        """The visitor wants another time: free this one at once."""
        self.look_again()
        if self.state == "held":
            self.give_up()

    def give_up(self) -> None:
        """Free the time. Where it had been offered to somebody who waits, the next in line is asked."""
        self.state, self.held_until = "lapsed", None
        vacate([self.id])
        place = db.session.get(WaitingPlace, self.waiting_id) if self.waiting_id else None
        if place is not None:
            place.passed_over()
            tell(TimeFreed(type_slug=self.type_slug, starts_at=self.starts_at.isoformat()))


def times(kind: ConsultType, start: int) -> dict[str, datetime]:
    return {"starts_at": to_datetime(start), "ends_at": to_datetime(start + kind.minutes * 60)}


def new_uid() -> str:
    """A UID that is ours alone and never changes (RFC 5545 3.8.4.7)."""
    return f"{uuid.uuid4()}@{urlsplit(current_app.config['SETTINGS'].base_url).hostname}"
