"""What other machines send us: the bytes are a row before anything is made of them, a message counts once, and can be applied again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from flask import abort, request
from sqlalchemy import JSON, LargeBinary, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.lib import tokens
from app.lib.db import Instant, Model, db, first
from app.lib.outbox import Errand, later

LARGEST = 1024 * 1024


def raw_body() -> bytes:
    """The bytes of this request as they came; 413 for more than a mebibyte."""
    if (request.content_length or 0) > LARGEST:
        abort(413)
    return request.get_data(cache=True)


class Delivered(Model):
    """One message as it came. A table says which of its columns name the `SENDER` and the message (`MARK`), unique together.

    `APPLY` is the errand that makes state of it, given `delivery_id`; `KEY` begins the errand's key; `HEADERS` are those that are kept.
    """

    __abstract__ = True
    SENDER: ClassVar[str]
    MARK: ClassVar[str]
    APPLY: ClassVar[str]
    KEY: ClassVar[str]
    HEADERS: ClassVar[tuple[str, ...]]

    kind: Mapped[str] = mapped_column(String(80))
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default="received", index=True)
    times: Mapped[int] = mapped_column(default=1)
    applied_at: Mapped[Instant | None]

    @property
    def body(self) -> bytes:
        return tokens.decrypt(self.sealed)

    @property
    def errand_key(self) -> str:
        return f"{self.KEY}:{self.id}"

    def errands(self) -> list[Errand]:
        """The tries to apply it, for the desk."""
        return list(db.session.scalars(select(Errand).where(Errand.key == self.errand_key).order_by(Errand.id)))

    def replay(self) -> None:
        """Apply it again, as if it had just come: state beats arrival order, so it does no harm."""
        self.state = "received"
        self.apply_soon()

    def apply_soon(self) -> None:
        later(self.APPLY, key=self.errand_key, delivery_id=self.id)

    @classmethod
    def again(cls, sender: str, mark: str) -> Self | None:
        """The message that is known already; it has come once more."""
        known = db.session.scalar(cls.named(sender, mark))
        if known is not None:
            known.times += 1
        return known

    @classmethod
    def store(cls, sender: str, mark: str, kind: str, headers: Mapping[str, str], body: bytes) -> tuple[Self, bool]:
        """Seal and keep a message that was verified, and plan its application. False with the row of a twin that was first."""
        kept = {name: headers[name] for name in cls.HEADERS if name in headers}
        row = cls(**{cls.SENDER: sender, cls.MARK: mark}, kind=kind[:80], headers=kept, sealed=tokens.encrypt(body))
        if not first(row):
            return db.session.scalars(cls.named(sender, mark)).one(), False
        row.apply_soon()
        return row, True

    @classmethod
    def named(cls, sender: str, mark: str) -> Select[Self]:
        return select(cls).where(getattr(cls, cls.SENDER) == sender, getattr(cls, cls.MARK) == mark)

    @classmethod
    def latest(cls, sender: str = "", state: str = "") -> Select[Self]:
        """The newest first, of one sender and in one state where these are given."""
        found = select(cls).order_by(cls.id.desc())
        found = found.where(getattr(cls, cls.SENDER) == sender) if sender else found
        return found.where(cls.state == state) if state else found
