"""How far somebody has come in a guide with checkable steps."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.help.events import StepTicked
from app.lib import clock
from app.lib.db import Instant, Model, db, only
from app.lib.facts import tell


class Progress(Model):
    """One reader's way through one guide: the anchors of the steps that are done. The person is known once they sign in or write."""

    __tablename__ = "help_progress"
    __table_args__ = (UniqueConstraint("article", "reader"),)

    article: Mapped[str] = mapped_column(String(120), index=True)
    reader: Mapped[str] = mapped_column(String(64), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    done: Mapped[list[str]] = mapped_column(JSON, default=list)
    steps: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[Instant] = mapped_column(default=clock.now)

    @classmethod
    def of(cls, article: str, reader: str) -> Progress | None:
        return db.session.scalar(select(cls).where(cls.article == article, cls.reader == reader))

    @classmethod
    def begin(cls, article: str, reader: str) -> Progress:
        """This reader's progress, made now if there is none."""
        return only(select(cls).where(cls.article == article, cls.reader == reader), cls(article=article, reader=reader, done=[]))

    def tick(self, step: str, done: bool, steps: list[str], person: Person | None = None) -> None:
        """Mark a step done or not; steps that the guide no longer has are forgotten."""
        kept = {*self.done, step} if done else set(self.done) - {step}
        self.done = [anchor for anchor in steps if anchor in kept]
        self.steps, self.changed_at = len(steps), clock.now()
        self.person_id = person.id if person else self.person_id
        tell(StepTicked(progress_id=self.id, article=self.article, done=len(self.done), steps=self.steps, person_id=self.person_id))

    @property
    def current(self) -> int:
        """The number of the step they are at: the first one not done, or the last."""
        return min(len(self.done) + 1, max(self.steps, 1))

    @property
    def finished(self) -> bool:
        return bool(self.steps) and len(self.done) >= self.steps

    @classmethod
    def by_person(cls, person: Person) -> Select[Progress]:
        """What this person (or a visitor proven to be them) is working through, latest first."""
        return select(cls).where(cls.person_id.in_(person.aliases())).order_by(cls.changed_at.desc())
