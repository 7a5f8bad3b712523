"""What can still happen to a booking that stands: another time, an end, an answer to a request, an outcome."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.consults.events import BookingCancelled, BookingMade, BookingMoved, OutcomeRecorded, TimeFreed
from app.consults.holding import Holding
from app.consults.seats import vacate
from app.consults.taking import asked_anyway
from app.lib import clock
from app.lib.db import Instant, Model, db, only
from app.lib.facts import tell

RESULTS = ("won", "lost", "later")


class TooLate(Exception):
    """The booking is over, was called off, its cut-off has passed, or it is for its provider to change."""


class Outcome(Model):
    """Whether the visitor came, and what came of it (won, lost, later, or not known yet)."""

    __tablename__ = "booking_outcomes"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), unique=True)
    came: Mapped[bool]
    result: Mapped[str] = mapped_column(String(10), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    recorded_at: Mapped[Instant] = mapped_column(default=clock.now)


class Changing(Holding):
    """The trait of a booking that lets it change after it was made."""

    __abstract__ = True

    def may_change(self) -> bool:
        """Whether the visitor may still move or cancel it: it stands, lies ahead, and the type's cut-off has not passed."""
        kind = self.kind
        cut_off = timedelta(minutes=kind.change_until if kind else 0)
        return self.stands and not self.is_outside and clock.now() < self.starts_at - cut_off

    def move(self, start: int, *, by_visitor: bool = True) -> None:
        """Move to another start, with the same hosts where they are free. Raises TooLate, or Taken with the nearest free times."""
        self.look_again()
        if not (self.may_change() if by_visitor else self.stands) or self.is_outside:
            raise TooLate
        if start == self.start:
            return
        was, kind = self.starts_at, self.kind
        self.take_again(start, kind if by_visitor or kind is None else asked_anyway(kind))
        self.sequence += 1
        tell(BookingMoved(booking_id=self.id, sequence=self.sequence, was=was.isoformat()))
        tell(TimeFreed(type_slug=self.type_slug, starts_at=was.isoformat()))

    def call_off(self, by: str, reason: str = "") -> bool:
        """Cancel for `visitor` or `host`. False when it stood no more. Raises TooLate for a visitor past the cut-off, or made elsewhere."""
        self.look_again()
        if not self.stands:
            return False
        if self.is_outside or (by == "visitor" and not self.may_change()):
            raise TooLate
        self.state, self.cancelled_at, self.cancelled_by, self.reason = "cancelled", clock.now(), by, reason[:500]
        self.sequence += 1
        vacate([self.id])
        tell(BookingCancelled(booking_id=self.id, sequence=self.sequence, by=by))
        if self.starts_at > clock.now():
            tell(TimeFreed(type_slug=self.type_slug, starts_at=self.starts_at.isoformat()))
        return True

    def approve(self) -> bool:
        """Let a requested consult stand. False when it was answered before."""
        self.look_again()
        if self.state != "requested":
            return False
        self.state = "booked"
        tell(BookingMade(booking_id=self.id))
        return True

    def record(self, came: bool, result: str, by: Person) -> Outcome:
        """Note whether they came and what came of it; a second note replaces the first."""
        outcome = only(select(Outcome).where(Outcome.booking_id == self.id), Outcome(booking_id=self.id, came=came))
        outcome.came, outcome.result = came, result if came and result in RESULTS else ""
        outcome.by_id, outcome.recorded_at = by.id, clock.now()
        tell(OutcomeRecorded(booking_id=self.id))
        return outcome

    def outcome(self) -> Outcome | None:
        return db.session.scalar(select(Outcome).where(Outcome.booking_id == self.id))
