"""What readers say of an article: that it helped or not, in words, and that they read it at all."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ForeignKey, Select, String, UniqueConstraint, case, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.help.events import ArticleJudged, CommentLeft
from app.lib import clock
from app.lib.db import Instant, Model, Words, add, claim, first, only
from app.lib.facts import tell

REASONS = {
    "wrong": "Something is wrong or out of date",
    "unclear": "It is hard to follow",
    "missing": "My question is not answered",
    "other": "Something else",
}


class Vote(Model):
    """One reader's word on one version of an article or question (`subject` is its id). A second vote replaces the first."""

    __tablename__ = "help_votes"
    __table_args__ = (UniqueConstraint("subject", "reader"),)

    subject: Mapped[str] = mapped_column(String(120), index=True)
    version: Mapped[str] = mapped_column(String(64), default="")
    reader: Mapped[str] = mapped_column(String(64))
    helpful: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(20), default="")

    @classmethod
    def cast(cls, subject: str, reader: str, helpful: bool, version: str = "") -> Vote:
        """Count this reader's vote, replacing an earlier one."""
        new = cls(subject=subject, reader=reader, helpful=helpful, version=version)
        vote = only(select(cls).where(cls.subject == subject, cls.reader == reader), new)
        vote.helpful, vote.version, vote.reason = helpful, version, ""
        tell(ArticleJudged(vote_id=vote.id, subject=subject, helpful=helpful))
        return vote

    def explain(self, reason: str) -> None:
        """Say why it did not help; an unknown reason counts as `other`."""
        self.reason = reason if reason in REASONS else "other"

    @classmethod
    def tally(cls, days: int = 3650) -> Select[str, int, int]:
        """(subject, helpful votes, votes) of the last days for everything that was voted on."""
        helpful = func.sum(case((cls.helpful, 1), else_=0))
        since = clock.now() - timedelta(days=days)
        return select(cls.subject, helpful, func.count()).where(cls.created_at >= since).group_by(cls.subject)

    @classmethod
    def whys(cls, days: int = 3650) -> Select[str, str, int]:
        """(subject, reason, votes) of the last days for everything that was said not to help and why."""
        since = clock.now() - timedelta(days=days)
        said = select(cls.subject, cls.reason, func.count()).where(cls.created_at >= since, cls.reason != "", cls.helpful.is_(False))
        return said.group_by(cls.subject, cls.reason).order_by(func.count().desc(), cls.reason)


class Comment(Model):
    """Private feedback on an article: for the desk, never shown to the public."""

    __tablename__ = "help_comments"

    subject: Mapped[str] = mapped_column(String(120), index=True)
    words: Mapped[Words]
    reason: Mapped[str] = mapped_column(String(20), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    handled_at: Mapped[Instant | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    handled_by: Mapped[Person | None] = relationship(foreign_keys=[handled_by_id])

    @classmethod
    def leave(cls, subject: str, words: str, person: Person | None = None, reason: str = "") -> Comment:
        """Keep what a reader wrote and tell it upward."""
        comment = add(cls(subject=subject, words=words[:2000], person_id=person.id if person else None, reason=reason))
        tell(CommentLeft(comment_id=comment.id, subject=subject))
        return comment

    def handle(self, by: Person) -> None:
        self.handled_at, self.handled_by_id = clock.now(), by.id

    @classmethod
    def open(cls) -> Select[Comment]:
        """Comments that nobody has dealt with, oldest first."""
        return select(cls).where(cls.handled_at.is_(None)).order_by(cls.id)


class Reading(Model):
    """How often an article or question was opened on a day. No person, no browser."""

    __tablename__ = "help_readings"
    __table_args__ = (UniqueConstraint("subject", "day"),)

    subject: Mapped[str] = mapped_column(String(120))
    day: Mapped[date] = mapped_column(index=True)
    count: Mapped[int] = mapped_column(default=1)

    @classmethod
    def note(cls, subject: str) -> None:
        """Count one opening today."""
        today = clock.now().date()
        raised = update(cls).where(cls.subject == subject, cls.day == today).values(count=cls.count + 1)
        if not claim(raised) and not first(cls(subject=subject, day=today)):
            claim(raised)

    @classmethod
    def totals(cls, days: int = 30) -> Select[str, int]:
        """(subject, openings) of the last days, most read first."""
        since = clock.now().date() - timedelta(days=days)
        total = func.sum(cls.count)
        return select(cls.subject, total).where(cls.day > since).group_by(cls.subject).order_by(total.desc(), cls.subject)
