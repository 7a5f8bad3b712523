"""Links sent by letter: each proves the mailbox it went to, and is good once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.lib import clock, tokens
from app.lib.db import Email, Instant, Model, add, claim, db

if TYPE_CHECKING:
    from app.accounts.models import Person

LIVES = {
    "sign-in": timedelta(minutes=15),
    "password": timedelta(hours=1),
    "address": timedelta(hours=1),
    "invite": timedelta(days=7),
}


class MailedLink(Model):
    """A link in a letter: what it is for, whose address it proves, until when; good once."""

    __tablename__ = "mailed_links"

    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(10))
    email: Mapped[Email] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    next: Mapped[str] = mapped_column(String(500), default="")
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]

    @classmethod
    def make(cls, purpose: str, email: str, person: Person | None = None, wanted: str = "") -> str:
        """Write a row for `purpose` (a key of LIVES) and give the bearer token, which is kept nowhere."""
        token = tokens.secret(256)
        expires = clock.now() + LIVES[purpose]
        person_id = person.id if person else None
        row = cls(token_digest=tokens.digest(token), purpose=purpose, email=plain(email), person_id=person_id, expires_at=expires)
        row.next = wanted if len(wanted) <= 500 else ""
        add(row)
        return token

    @classmethod
    def find(cls, token: str, *purposes: str) -> MailedLink | None:
        """The link with this token, when it is for one of `purposes`, unused and not too old."""
        usable = (cls.used_at.is_(None), cls.expires_at > clock.now(), cls.purpose.in_(purposes))
        return db.session.scalar(select(cls).where(cls.token_digest == tokens.digest(token), *usable))

    @classmethod
    def end_changes(cls, person: Person) -> None:
        """No link that was sent until now gives their account another address."""
        theirs = (cls.person_id == person.id, cls.purpose == "address", cls.used_at.is_(None))
        db.session.execute(update(cls).where(*theirs).values(used_at=clock.now()))

    def use(self) -> bool:
        """Use it up, and with it every other link of the same kind to the same address. False when somebody was faster."""
        cls, now = type(self), clock.now()
        ours = claim(update(cls).where(cls.id == self.id, cls.used_at.is_(None)).values(used_at=now))
        others = (cls.email == self.email, cls.purpose == self.purpose, cls.used_at.is_(None))
        db.session.execute(update(cls).where(*others).values(used_at=now))
        return ours


def plain(email: str) -> str:
    return email.strip().lower()
