"""Proofs that an address is somebody's: links sent by letter, good once, and six-digit codes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person, plain
from app.accounts.sessions import SignIn
from app.lib import clock, mail, tokens
from app.lib.db import Email, Instant, Model, add, claim, commit, db
from app.lib.outbox import errand

LIVES = {
    "sign-in": timedelta(minutes=15),
    "password": timedelta(hours=1),
    "address": timedelta(hours=1),
    "invite": timedelta(days=7),
}
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 3
CODE_SENDS, CODE_SENDS_WITHIN = 3, timedelta(hours=1)


class TooOften(Exception):
    """This address was sent enough codes for now."""


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

    def use(self) -> bool:
        """Use it up, and with it every other link of the same kind to the same address. False when somebody was faster."""
        cls, now = type(self), clock.now()
        ours = claim(update(cls).where(cls.id == self.id, cls.used_at.is_(None)).values(used_at=now))
        others = (cls.email == self.email, cls.purpose == self.purpose, cls.used_at.is_(None))
        db.session.execute(update(cls).where(*others).values(used_at=now))
        return ours


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
