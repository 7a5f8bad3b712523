"""Bookings made at a provider's page. Each of theirs is a row; ours is drawn from the rows of its chain, in whatever order they came."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person, plain
from app.consults.bookings import Booking
from app.consults.changes import Outcome
from app.consults.events import BookingCancelled, BookingMade, BookingMoved, BookingRequested
from app.consults.holding import new_uid
from app.consults.hosts import Host
from app.consults.providers import ProviderState, Report
from app.consults.seats import occupy, vacate
from app.consults.taking import block_of
from app.consults.typefile import every_type, find_type
from app.consults.types import PLACES, ConsultType
from app.consults.walltime import epoch, zone_of
from app.lib import clock, tokens
from app.lib.db import Instant, Model, add, db, only
from app.lib.facts import tell

# What is final stays final: an older message that comes late changes nothing.
RANK = {"": 0, "requested": 1, "booked": 2, "cancelled": 3, "replaced": 4}
LIVING = ("requested", "booked")
TEXTS = {"title": 200, "event_type": 200, "name": 200, "email": 254, "phone": 40, "timezone": 64, "reason": 500, "mark": 600, "place": 10}
LINKS = ("join_url", "move_url", "cancel_url")


class Unready(Exception):
    """The report speaks of a booking whose own report has not come yet."""


class OutsideBooking(Model):
    """One booking as its provider tells of it; a move makes a new one there, and both belong to one booking of ours."""

    __tablename__ = "outside_bookings"
    __table_args__ = (UniqueConstraint("provider", "ref"),)

    provider: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(120))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="")
    at: Mapped[Instant | None]
    made_at: Mapped[Instant | None]
    starts_at: Mapped[Instant | None]
    ends_at: Mapped[Instant | None]
    title: Mapped[str] = mapped_column(String(200), default="")
    event_type: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="")
    hosts: Mapped[str] = mapped_column(String(1000), default="")
    place: Mapped[str] = mapped_column(String(10), default="")
    join_url: Mapped[str] = mapped_column(String(1000), default="")
    move_url: Mapped[str] = mapped_column(String(1000), default="")
    cancel_url: Mapped[str] = mapped_column(String(1000), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    mark: Mapped[str] = mapped_column(String(600), default="", index=True)
    missed: Mapped[bool | None]
    missed_at: Mapped[Instant | None]

    @classmethod
    def find(cls, provider: str, ref: str) -> OutsideBooking | None:
        return db.session.scalar(select(cls).where(cls.provider == provider, cls.ref == ref[:120]))

    @classmethod
    def named(cls, provider: str, ref: str) -> OutsideBooking:
        """The row of an id, made empty when nothing was heard of it yet."""
        return only(select(cls).where(cls.provider == provider, cls.ref == ref[:120]), cls(provider=provider, ref=ref[:120]))

    @classmethod
    def chain(cls, booking_id: int) -> list[OutsideBooking]:
        return list(db.session.scalars(select(cls).where(cls.booking_id == booking_id).order_by(cls.id)))

    @classmethod
    def current(cls, booking: Booking) -> OutsideBooking | None:
        """What the provider says of a booking of ours now; None for one that was made here."""
        rows = cls.chain(booking.id)
        return newest(rows) or (rows[-1] if rows else None)

    @classmethod
    def marked(cls, mark: str) -> Select[OutsideBooking]:
        """Those that carry this mark of ours, the newest first."""
        return select(cls).where(cls.mark == mark[:600]).order_by(cls.id.desc())

    @classmethod
    def ahead(cls, provider: str) -> Select[OutsideBooking]:
        return select(cls).where(cls.provider == provider, cls.state.in_(LIVING), cls.starts_at > clock.now())

    @classmethod
    def hear(cls, report: Report) -> Booking | None:
        """Make state of a report: the same end, whatever came first or came twice. Raises Unready for a no-show of an unknown booking."""
        ProviderState.of(report.provider, locked=True)
        if report.state == "" and cls.find(report.provider, report.ref) is None:
            raise Unready(report.ref)
        row = cls.named(report.provider, report.ref)
        row.learn(report)
        linked = [row, *(cls.named(report.provider, ref) for ref in (report.replaces, report.replaced_by) if ref)]
        if report.replaces:
            linked[1].state = "replaced"
        return settle(one_chain(linked))

    def learn(self, report: Report) -> None:
        """Take up what is newer, or was empty; the state only ever goes forward."""
        if RANK[report.state] > RANK[self.state]:
            self.state = report.state
        if report.state in LIVING and (self.made_at is None or report.at < self.made_at):
            self.made_at = report.at
        if report.missed is not None and (self.missed_at is None or report.at >= self.missed_at):
            self.missed, self.missed_at = report.missed, report.at
        newer = report.state != "" and (self.at is None or report.at >= self.at)
        self.at = report.at if newer else self.at
        for name, value in values_of(report).items():
            if value and (newer or not getattr(self, name)):
                setattr(self, name, value)


def values_of(report: Report) -> dict[str, Any]:
    texts = {name: getattr(report, name)[:most] for name, most in TEXTS.items()}
    links = {name: link for name in LINKS if (link := getattr(report, name)).startswith("https://") and len(link) <= 1000}
    return {**texts, **links, "starts_at": report.starts_at, "ends_at": report.ends_at, "hosts": " ".join(report.hosts)[:1000]}


def one_chain(rows: list[OutsideBooking]) -> list[OutsideBooking]:
    """Rows that turn out to speak of one booking, and all that belong to it already: they share the booking that was made first."""
    ids = sorted({row.booking_id for row in rows if row.booking_id})
    known = [row for booking_id in ids for row in OutsideBooking.chain(booking_id)]
    chain = list({row.id: row for row in [*known, *rows]}.values())
    for row in chain:
        row.booking_id = ids[0] if ids else None
    for booking_id in ids[1:]:
        twin = db.session.get_one(Booking, booking_id)
        twin.state = "lapsed"
        vacate([twin.id])
    db.session.flush()
    return chain


def newest(rows: Iterable[OutsideBooking]) -> OutsideBooking | None:
    """The living one that was made last."""
    living = [row for row in rows if row.state in LIVING and row.starts_at and row.ends_at]
    return max(living, key=lambda row: (row.made_at or row.created_at, row.id), default=None)


def settle(rows: list[OutsideBooking]) -> Booking | None:
    """Draw our booking from the rows of its chain, and tell what changed. None while nothing says when it is."""
    row = newest(rows)
    booking = db.session.get(Booking, rows[0].booking_id) if rows[0].booking_id else None
    if row is None:
        row = max((one for one in rows if one.state == "cancelled" and one.starts_at and one.ends_at), key=lambda one: one.id, default=None)
    if row is None:
        return booking
    if booking is None:
        booking = begin(row)
        for one in rows:
            one.booking_id = booking.id
    apply(row, booking)
    note_absence(booking, rows)
    return booking


def begin(row: OutsideBooking) -> Booking:
    given = {name: getattr(row, name) for name in ("title", "starts_at", "ends_at")}
    return add(Booking(uid=new_uid(), type_slug=row.provider, state="lapsed", source=row.provider, timezone="UTC", **given))


def apply(row: OutsideBooking, booking: Booking) -> None:
    """Give the booking what the row says."""
    was, was_start = booking.state, booking.starts_at
    kind = kind_of(row)
    describe(booking, row, kind)
    booking.state, booking.starts_at, booking.ends_at = row.state, row.starts_at or was_start, row.ends_at or booking.ends_at
    booking.timezone = zone_of(row.timezone).key if row.timezone else booking.timezone
    booking.promised = booking.wall_time()
    take_seats(booking, row, kind)
    tell_change(booking, was, was_start, row.reason)


def describe(booking: Booking, row: OutsideBooking, kind: ConsultType | None) -> None:
    seen = read_mark(row.mark)
    booking.type_slug, booking.title = kind.slug if kind else row.provider, (kind.title if kind else row.title) or "Consult"
    booking.name, booking.email, booking.phone = row.name, row.email, row.phone
    booking.place, booking.place_words = (row.place if row.place in PLACES else "video"), row.join_url[:300]
    booking.profession = booking.profession or seen.get("p")
    booking.person = booking.person or whose(row, seen.get("v"))
    booking.booked_at = booking.booked_at or row.made_at or clock.now()


def whose(row: OutsideBooking, person_id: Any) -> Person | None:
    """The person who followed our link, when the address fits: a link may be passed on."""
    person = db.session.get(Person, person_id) if isinstance(person_id, int) else None
    return person if person is not None and plain(row.email) in {person.email, person.claimed_email} else None


def take_seats(booking: Booking, row: OutsideBooking, kind: ConsultType | None) -> None:
    """Note the time in the diaries of those hosts whom we know. It is a fact, even where it overlaps."""
    vacate([booking.id])
    addresses = [plain(address) for address in row.hosts.split()]
    ids = list(db.session.scalars(select(Host.id).join(Person, Person.id == Host.person_id).where(Person.email.in_(addresses))))
    if booking.stands and ids:
        block = block_of(kind.rules, booking.start) if kind else (booking.start, booking.start)
        block = block[0], max(block[1], epoch(booking.ends_at))
        seat: dict[str, Any] = {"type_slug": booking.type_slug, "starts_at": booking.starts_at, "held_until": None}
        occupy(ids, block, claimed=False, booking_id=booking.id, **seat)
    db.session.flush()
    db.session.expire(booking, ["seats"])


def tell_change(booking: Booking, was: str, was_start: Any, reason: str) -> None:
    if booking.state == "cancelled" and was in LIVING:
        booking.cancelled_at, booking.cancelled_by, booking.reason = clock.now(), "provider", reason
        booking.sequence += 1
        tell(BookingCancelled(booking_id=booking.id, sequence=booking.sequence, by="provider"))
    elif booking.stands and was != booking.state:
        booking.cancelled_at, booking.cancelled_by = None, ""
        tell(BookingMade(booking_id=booking.id) if booking.state == "booked" else BookingRequested(booking_id=booking.id))
    elif booking.stands and was_start != booking.starts_at:
        booking.sequence += 1
        tell(BookingMoved(booking_id=booking.id, sequence=booking.sequence, was=was_start.isoformat()))


def note_absence(booking: Booking, rows: list[OutsideBooking]) -> None:
    """The provider's word on whether they came, as long as nobody here gave theirs."""
    said = max((row for row in rows if row.missed_at), key=lambda row: (row.missed_at, row.id), default=None)
    outcome = booking.outcome()
    if said is None or (outcome is not None and outcome.by_id is not None):
        return
    if said.missed and outcome is None:
        add(Outcome(booking_id=booking.id, came=False))
    elif not said.missed and outcome is not None:
        db.session.delete(outcome)


def kind_of(row: OutsideBooking) -> ConsultType | None:
    """The type that was booked: the one our link named, else the one whose file names their event type, else the one with that link."""
    slug = read_mark(row.mark).get("t")
    marked = find_type(slug) if isinstance(slug, str) else None
    theirs = [kind for kind in every_type() if kind.outside and kind.outside.name == row.provider and row.event_type]
    named = (kind for kind in theirs if kind.outside and kind.outside.event_type == row.event_type)
    linked = (kind for kind in theirs if kind.outside and kind.outside.url.rstrip("/").rpartition("/")[2] == row.event_type)
    return marked or next(named, None) or next(linked, None)


def mark(kind: ConsultType, profession: str | None, person: Person | None) -> str:
    """What our link carries to the provider and back: type, profession and person, readable to nobody but us."""
    seen = {"t": kind.slug, "p": profession, "v": person.id if person else None}
    return tokens.encrypt(json.dumps({name: value for name, value in seen.items() if value}).encode()).decode()


def read_mark(words: str) -> dict[str, Any]:
    """What a mark says; nothing for one that is not ours."""
    try:
        found = json.loads(tokens.decrypt(words.encode())) if words else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
