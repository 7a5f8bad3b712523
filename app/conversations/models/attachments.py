"""Attachment: a file that came with an entry."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.lib.db import Model
from app.lib.uploads import Upload


class Attachment(Model):
    """One file of one entry. Who may read the entry may have the file, nobody else."""

    __tablename__ = "attachments"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"), index=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"), unique=True)
    upload: Mapped[Upload] = relationship(lazy="joined", innerjoin=True)

    @property
    def name(self) -> str:
        return self.upload.name
