"""Intake: what visitors tell before a consult. Encrypted at rest, deleted when the type's time to keep it is over."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ForeignKey, LargeBinary, Select, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import FileStorage

from app.consults.bookings import Booking
from app.lib import clock, tokens
from app.lib.db import Instant, Model, Slug, Title, add, db, only
from app.lib.outbox import errand, later
from app.lib.uploads import ALLOWED, Refused
from app.lib.uploads.kinds import EXTENSIONS, sniff
from app.lib.uploads.names import safe_name
from app.lib.uploads.store import scan

MOST_BYTES = 5_000_000


class Intake(Model):
    """The answers of one booking as encrypted JSON; None once they were deleted."""

    __tablename__ = "intakes"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), unique=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    forgotten_at: Mapped[Instant | None]

    @classmethod
    def of(cls, booking: Booking) -> Intake | None:
        return db.session.scalar(select(cls).where(cls.booking_id == booking.id))

    @classmethod
    def keep(cls, booking: Booking, answers: dict[str, Any]) -> Intake:
        """Store the answers of a booking, instead of those it has, and plan their end."""
        row = only(select(cls).where(cls.booking_id == booking.id), cls(booking_id=booking.id))
        row.sealed = tokens.encrypt(json.dumps(answers).encode())
        plan_end(booking)
        return row

    @property
    def answers(self) -> dict[str, Any]:
        return dict(json.loads(tokens.decrypt(self.sealed))) if self.sealed else {}


class IntakeFile(Model):
    """One file that came with the answers; its bytes are encrypted."""

    __tablename__ = "intake_files"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), index=True)
    question: Mapped[Slug]
    name: Mapped[Title]
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)

    @classmethod
    def of(cls, booking: Booking) -> Select[IntakeFile]:
        return select(cls).where(cls.booking_id == booking.id).order_by(cls.id)

    @classmethod
    def keep(cls, booking: Booking, question: str, file: FileStorage) -> IntakeFile:
        """Judge, encrypt and store one file, instead of the one this question has, and plan its end, whether or not a consult comes of it.

        Raises uploads.Refused with words for the sender.
        """
        most = min(MOST_BYTES, current_app.config["SETTINGS"].max_upload_mb * 1024 * 1024)
        content = file.stream.read(most + 1)
        if len(content) > most:
            raise Refused(f"The file is larger than {most // 1_000_000} MB.")
        kind = sniff(content, file.filename or "", ALLOWED)
        scan(content)
        db.session.execute(delete(cls).where(cls.booking_id == booking.id, cls.question == question))
        plan_end(booking)
        name, sealed = safe_name(file.filename or "file", EXTENSIONS[kind]), tokens.encrypt(content)
        return add(cls(booking_id=booking.id, question=question, name=name, content_type=kind, size=len(content), sealed=sealed))

    @property
    def content(self) -> bytes:
        return tokens.decrypt(self.sealed)


def plan_end(booking: Booking) -> None:
    """Forget what was told when the type's time to keep it after the consult is over; once more when the consult moves."""
    kind = booking.kind
    end = booking.ends_at + timedelta(days=kind.keep_days if kind else 90)
    later("consults.forget_answers", due_at=end, key=f"consults:forget:{booking.id}", booking_id=booking.id)


@errand("consults.forget_answers")
def forget_answers(booking_id: int) -> None:
    """The time to keep them is over: delete what was answered, keep that it was."""
    db.session.execute(delete(IntakeFile).where(IntakeFile.booking_id == booking_id))
    row = db.session.scalar(select(Intake).where(Intake.booking_id == booking_id))
    if row is not None:
        row.sealed, row.forgotten_at = None, clock.now()
