"""Consent: who agreed to what, in which words, when and where; and that it ended."""

from __future__ import annotations

import ipaddress

from flask import has_request_context, request
from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.lib import clock
from app.lib.db import Email, Instant, Model, Words, add, db
from app.lib.facts import tell
from app.notifications.events import ConsentGiven, ConsentWithdrawn


class Consent(Model):
    """One yes, kept after it ended: it is the proof."""

    __tablename__ = "consents"

    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    address: Mapped[Email] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(String(40))
    words: Mapped[Words]
    place: Mapped[str] = mapped_column(String(200))
    network: Mapped[str] = mapped_column(String(64), default="")
    withdrawn_at: Mapped[Instant | None]
    withdrawn_how: Mapped[str] = mapped_column(String(80), default="")
    person: Mapped[Person | None] = relationship()

    @classmethod
    def give(cls, what: str, address: str, words: str, place: str, person: Person | None = None) -> Consent:
        """The owner of `address` (e-mail, or phone as E.164) agrees to `what`, having read `words` at `place`. A standing yes is kept."""
        found = cls.standing(what, address)
        if found is not None and found.words == words:
            return found
        person_id = person.id if person else None
        row = add(cls(what=what, address=plain(address), words=words, place=place[:200], person_id=person_id, network=network()))
        tell(ConsentGiven(consent_id=row.id, what=what, address=row.address))
        return row

    @classmethod
    def standing(cls, what: str, address: str) -> Consent | None:
        same = (cls.what == what, cls.address == plain(address), cls.withdrawn_at.is_(None))
        return db.session.scalar(select(cls).where(*same).order_by(cls.id.desc()).limit(1))

    @classmethod
    def stands(cls, what: str, address: str | None) -> bool:
        """Whether the owner of this address agrees to `what` now. Ask in the transaction that acts on it."""
        return bool(address) and cls.standing(what, address or "") is not None

    @classmethod
    def of(cls, person: Person) -> Select[Consent]:
        return select(cls).where(cls.person_id == person.id).order_by(cls.id.desc())

    @classmethod
    def withdraw(cls, what: str, address: str, how: str) -> None:
        """Every standing yes of this address to `what` ends."""
        same = (cls.what == what, cls.address == plain(address), cls.withdrawn_at.is_(None))
        for row in db.session.scalars(select(cls).where(*same)):
            row.end(how)

    def end(self, how: str) -> None:
        if self.withdrawn_at is None:
            self.withdrawn_at, self.withdrawn_how = clock.now(), how[:80]
            tell(ConsentWithdrawn(consent_id=self.id, what=self.what, address=self.address))


def plain(address: str) -> str:
    return address.strip().lower()


def network() -> str:
    """The network the request came from, without the part that names one household (IPv4 /24, IPv6 /48)."""
    if not has_request_context() or not request.remote_addr:
        return ""
    try:
        address = ipaddress.ip_address(request.remote_addr)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))
