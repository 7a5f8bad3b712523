"""Notes on a person: what people who work here want to know in every conversation with them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Select, delete, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app.accounts.models import Link, Person
from app.lib.db import Model, Words, add, claim

LONGEST = 2_000


class PersonNote(Model):
    """What somebody who works here wrote about a person. It is shown beside all their conversations and never leaves the desk."""

    __tablename__ = "person_notes"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    words: Mapped[Words]
    author: Mapped[Person | None] = relationship(foreign_keys=author_id)

    @classmethod
    def about(cls, person: Person) -> Select[PersonNote]:
        """All on this human being, newest first: written beside the words of a proven person, or of visitors proven to be them."""
        return select(cls).where(cls.person_id.in_(Link.human(person).aliases())).options(joinedload(cls.author)).order_by(cls.id.desc())

    @classmethod
    def write(cls, person: Person, author: Person, words: str) -> PersonNote:
        """Raises ValueError, in words for the agent, for nothing or too much."""
        words = words.replace("\0", "").replace("\r\n", "\n").strip()
        if not 0 < len(words) <= LONGEST:
            raise ValueError("Write a few words first." if not words else f"That is longer than {LONGEST:,} characters.")
        return add(cls(person_id=person.id, author_id=author.id, words=words))

    def remove(self, by: Person) -> bool:
        """Its author takes it away. False for everybody else."""
        return claim(delete(PersonNote).where(PersonNote.id == self.id, PersonNote.author_id == by.id))
