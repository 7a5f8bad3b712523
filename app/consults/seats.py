"""Seats: whose time a booking takes. One claim row per host and five minutes makes a second booking impossible, whatever the code does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.consults.hosts import Host, changed
from app.consults.walltime import MINUTE, to_datetime
from app.lib import clock
from app.lib.db import Instant, Model, Slug, db

BUCKET = 5 * MINUTE
QUIET = {"synchronize_session": False}


class Occupied(Exception):
    """Another booking claims part of that time: the belt held where the lock should have."""


class Seat(Model):
    """One host in one booking, with the blocked range (buffers included). A hold ends at `held_until`; a freed seat keeps its history."""

    __tablename__ = "booking_seats"
    __table_args__ = (Index("ix_booking_seats_host_block", "host_id", "block_start"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), index=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"))
    type_slug: Mapped[Slug] = mapped_column(index=True)
    starts_at: Mapped[Instant]
    block_start: Mapped[Instant]
    block_end: Mapped[Instant]
    held_until: Mapped[Instant | None]
    freed_at: Mapped[Instant | None]
    host: Mapped[Host] = relationship(lazy="joined", innerjoin=True)

    @classmethod
    def is_living(cls) -> ColumnElement[bool]:
        """Takes time now: not freed, and no hold that has run out."""
        return and_(cls.freed_at.is_(None), or_(cls.held_until.is_(None), cls.held_until > clock.now()))


class SlotClaim(db.Model):  # type: ignore[name-defined,misc]
    """Five minutes of one host, claimed. The primary key is the constraint, on SQLite and PostgreSQL alike."""

    __tablename__ = "slot_claims"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), index=True)


def lock(host_ids: Iterable[int]) -> None:
    """Let nobody else change the time of these hosts until this transaction ends.

    PostgreSQL: their rows, in order, FOR NO KEY UPDATE. SQLite: the lock of the writers, which whoever is there to write has already.
    """
    wanted = select(Host.id).where(Host.id.in_(sorted(host_ids))).order_by(Host.id).with_for_update(key_share=True)
    db.session.execute(wanted).all()


def free_lapsed(host_ids: Iterable[int]) -> None:
    """Give up the claims of holds that have run out; call with the hosts locked."""
    now = clock.now()
    lapsed = select(Seat.booking_id).where(Seat.host_id.in_(host_ids), Seat.freed_at.is_(None), Seat.held_until <= now)
    gone = list(db.session.scalars(lapsed))
    if gone:
        vacate(gone)


def vacate(booking_ids: list[int]) -> None:
    """Free the time of these bookings; their seats stay as history."""
    hosts = set(db.session.scalars(select(Seat.host_id).where(Seat.booking_id.in_(booking_ids), Seat.freed_at.is_(None))))
    # Whoever takes time locks the hosts before the claims: in the other order the two would wait for each other.
    lock(hosts)
    db.session.execute(delete(SlotClaim).where(SlotClaim.booking_id.in_(booking_ids)), execution_options=QUIET)
    freed = update(Seat).where(Seat.booking_id.in_(booking_ids), Seat.freed_at.is_(None)).values(freed_at=clock.now())
    db.session.execute(freed, execution_options={"synchronize_session": "fetch"})
    changed(sorted(hosts))


def occupy(host_ids: list[int], block: tuple[int, int], *, claimed: bool = True, **seat: Any) -> None:
    """Seat the hosts in the booking `booking_id`; `seat` has its other columns. Raises Occupied when a claim on the block stands already.

    `claimed` False only notes the time, for bookings made elsewhere: they are facts, even when they overlap.
    """
    start, end = map(to_datetime, block)
    db.session.add_all(Seat(host_id=host_id, block_start=start, block_end=end, **seat) for host_id in host_ids)
    if claimed:
        claim_buckets(seat["booking_id"], host_ids, block)
    changed(host_ids)


def claim_buckets(booking_id: int, host_ids: list[int], block: tuple[int, int]) -> None:
    buckets = range(block[0] // BUCKET, -(-block[1] // BUCKET))
    rows = [{"host_id": host_id, "bucket": bucket, "booking_id": booking_id} for host_id in host_ids for bucket in buckets]
    try:
        with db.session.begin_nested():
            db.session.execute(insert(SlotClaim), rows)
    except IntegrityError:
        raise Occupied from None
