"""Keys by which other programs make and read tickets: shown once, kept as a digest, with scopes, revocable."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.lib import clock, tokens
from app.lib.db import Instant, Model, Title, add, db

SCOPES = ("write", "read")
PREFIX = "fdk_"
SEEN_EVERY = timedelta(minutes=1)


class ApiKey(Model):
    """One key. `scopes` are write (make tickets) and read (ask how they stand), with a blank between."""

    __tablename__ = "api_keys"

    name: Mapped[Title]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(40))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]
    made_by: Mapped[Person | None] = relationship()

    @classmethod
    def make(cls, name: str, scopes: list[str], by: Person) -> tuple[ApiKey, str]:
        """A new key and its words, which are known only now. Raises ValueError without a name or a known scope."""
        chosen = [scope for scope in SCOPES if scope in scopes]
        if not name.strip() or not chosen:
            raise ValueError("Give the key a name and something it may do.")
        words = PREFIX + tokens.secret(256)
        row = add(cls(name=" ".join(name.split())[:200], digest=tokens.digest(words), scopes=" ".join(chosen), made_by_id=by.id))
        return row, words

    @classmethod
    def of(cls, header: str) -> ApiKey | None:
        """The living key of an Authorization header (`Bearer …`, RFC 6750)."""
        kind, _, words = header.partition(" ")
        if kind.lower() != "bearer" or not words.startswith(PREFIX):
            return None
        return db.session.scalar(select(cls).where(cls.digest == tokens.digest(words.strip()), cls.revoked_at.is_(None)))

    @classmethod
    def all(cls) -> Select[ApiKey]:
        return select(cls).order_by(cls.id.desc())

    def may(self, scope: str) -> bool:
        return scope in self.scopes.split()

    def seen(self) -> None:
        """Note that it is in use, to the minute."""
        if self.used_at is None or clock.now() - self.used_at > SEEN_EVERY:
            self.used_at = clock.now()

    def revoke(self) -> None:
        self.revoked_at = self.revoked_at or clock.now()
