"""Proofs that an address is somebody's by six-digit codes, and the end of old proofs."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.mailed import MailedLink
from app.accounts.models import Person, plain
from app.accounts.sessions import SignIn
from app.lib import clock, mail, tokens
from app.lib.db import Email, Instant, Model, add, claim, commit, db
from app.lib.outbox import errand

CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 3
CODE_SENDS, CODE_SENDS_WITHIN = 3, timedelta(hours=1)


class TooOften(Exception):
    """This address was sent enough codes for now."""


class EmailCode(Model):
    """A six-digit code that was sent to an address on behalf of somebody unproven, such as a visitor in the chat."""

    __tablename__ = "email_codes"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    email: Mapped[Email] = mapped_column(index=True)
    code_digest: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[Instant | None]

    @classmethod
    def send(cls, person: Person, email: str) -> EmailCode:
        """Send a fresh code, good for ten minutes and three tries; older ones die. Raises TooOften after three in an hour."""
        address = plain(email)
        if cls.sent_since(address, clock.now() - CODE_SENDS_WITHIN) >= CODE_SENDS:
            raise TooOften
        db.session.execute(update(cls).where(cls.person_id == person.id, cls.used_at.is_(None)).values(attempts=CODE_TRIES))
        code = tokens.code()
        row = add(cls(person_id=person.id, email=address, code_digest=keyed(address, code), expires_at=clock.now() + CODE_LIFE))
        letter = mail.write("accounts/code", to=address, code=code)
        letter.about, letter.asked_for = "account:code", True
        mail.post(letter)
        return row

    @classmethod
    def sent_since(cls, email: str, since: datetime) -> int:
        return db.session.scalar(select(func.count(cls.id)).where(cls.email == email, cls.created_at > since)) or 0

    @classmethod
    def check(cls, person: Person, email: str, code: str) -> bool:
        """Whether this is the code last sent to `email` for `person`; a right one is used up.

        The try counts even when the request fails afterwards, so this commits: call it before anything else is written.
        """
        row = db.session.scalar(select(cls).where(cls.person_id == person.id, cls.email == plain(email)).order_by(cls.id.desc()).limit(1))
        if row is None or not row.count_try():
            return False
        right = tokens.same(row.code_digest, keyed(row.email, code.strip().replace(" ", "")))
        return right and claim(update(cls).where(cls.id == row.id, cls.used_at.is_(None)).values(used_at=clock.now()))

    def count_try(self) -> bool:
        cls = type(self)
        living = (cls.id == self.id, cls.attempts < CODE_TRIES, cls.used_at.is_(None), cls.expires_at > clock.now())
        counted = claim(update(cls).where(*living).values(attempts=cls.attempts + 1))
        commit()
        return counted


@errand("accounts.sweep")
def sweep() -> None:
    """Proofs that nobody can use any more, and sessions that ended long ago, are forgotten."""
    now = clock.now()
    db.session.execute(delete(MailedLink).where(MailedLink.expires_at < now - timedelta(days=7)))
    db.session.execute(delete(EmailCode).where(EmailCode.expires_at < now - timedelta(days=1)))
    db.session.execute(delete(SignIn).where(SignIn.last_seen_at < now - timedelta(days=180)))


def keyed(email: str, code: str) -> str:
    # A plain hash of six digits is read back in a second; with the installation's key it is not.
    return tokens.digest(tokens.derived(f"e-mail code {email}").hex() + code)
