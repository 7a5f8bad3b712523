"""The second step: time-based codes from a phone (TOTP, RFC 6238) and recovery codes for the day the phone is gone."""

from __future__ import annotations

import re
import secrets

import pyotp
import segno
from sqlalchemy import ForeignKey, String, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.lib import clock, tokens
from app.lib.db import Instant, Model, claim, db

STEP = 30
# One step of 30 s to either side, for clocks that are a little off.
DRIFT = 1
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class WrongCode(ValueError):
    """The code does not belong to the secret at this time."""


class RecoveryCode(Model):
    """One of ten codes on paper, each good once."""

    __tablename__ = "recovery_codes"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[Instant | None]

    @classmethod
    def left(cls, person: Person) -> int:
        return db.session.scalar(select(func.count(cls.id)).where(cls.person_id == person.id, cls.used_at.is_(None))) or 0

    @classmethod
    def renew(cls, person: Person) -> list[str]:
        """Ten fresh codes, to be shown once; older ones die."""
        db.session.execute(delete(cls).where(cls.person_id == person.id))
        codes = [written() for _ in range(RECOVERY_CODES)]
        db.session.add_all(cls(person_id=person.id, digest=tokens.digest(bare(code))) for code in codes)
        return codes

    @classmethod
    def spend(cls, person: Person, code: str) -> bool:
        mine = (cls.person_id == person.id, cls.digest == tokens.digest(bare(code)), cls.used_at.is_(None))
        return claim(update(cls).where(*mine).values(used_at=clock.now()))


def fresh_secret() -> str:
    """A shared secret of 160 bits, base32, as authenticator apps take it."""
    return pyotp.random_base32()


def picture(secret: str, email: str, firm: str) -> str:
    """A QR code of the secret as an SVG data address."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=firm)
    found: str = segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    return found


def enrol(person: Person, secret: str, code: str) -> list[str]:
    """Ask for a code from now on; gives the recovery codes. Raises WrongCode when `code` does not fit the secret."""
    step = step_of(secret, code)
    if step is None:
        raise WrongCode
    person.totp_secret, person.totp_last_step = tokens.encrypt(secret.encode()), step
    return RecoveryCode.renew(person)


def drop(person: Person) -> None:
    """Ask for no code any more."""
    person.totp_secret = person.totp_last_step = None
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))


def passes(person: Person, code: str) -> bool:
    """Whether the code opens the second step: one from the phone, never the same twice, or a recovery code, which is used up."""
    if re.fullmatch(r"\d{3} ?\d{3}", code.strip()):
        step = step_of(tokens.decrypt(person.totp_secret or b"").decode(), code)
        return step is not None and take(person, step)
    return RecoveryCode.spend(person, code)


def take(person: Person, step: int) -> bool:
    fresh = or_(Person.totp_last_step.is_(None), Person.totp_last_step < step)
    return claim(update(Person).where(Person.id == person.id, fresh).values(totp_last_step=step))


def step_of(secret: str, code: str) -> int | None:
    """The number of the 30-second step whose code this is, near now."""
    now, clocked = int(clock.now().timestamp()) // STEP, pyotp.TOTP(secret)
    given = code.replace(" ", "")
    return next((step for step in range(now - DRIFT, now + DRIFT + 1) if tokens.same(clocked.at(step * STEP), given)), None)


def written() -> str:
    """Sixteen letters and digits that cannot be mistaken for one another (79 bits), in fours."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def bare(code: str) -> str:
    return re.sub(r"[^a-z0-9]", "", code.lower())
