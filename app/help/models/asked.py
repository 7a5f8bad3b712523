"""What people asked: every search, and what other slices say went unanswered. The gap board is made of this."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.help.events import QuestionUnanswered
from app.help.models.blots import blotted
from app.lib import clock, tokens
from app.lib.db import Instant, Model, add, db
from app.lib.facts import tell

LONGEST = 160
KEPT_DAYS = 365
OPENING, OPENED_WITHIN_DAYS = "help.opening", 1


class Asked(Model):
    """One question somebody asked: where, in which words, and what became of it. What tells who asked is blotted out."""

    __tablename__ = "help_asked"

    source: Mapped[str] = mapped_column(String(20), index=True)
    words: Mapped[str] = mapped_column(String(LONGEST))
    weak: Mapped[bool] = mapped_column(default=False, index=True)
    found: Mapped[int] = mapped_column(default=0)
    top: Mapped[str] = mapped_column(String(160), default="")
    opened: Mapped[str] = mapped_column(String(160), default="")
    settled_at: Mapped[Instant | None]

    @classmethod
    def note(cls, source: str, words: str, *, weak: bool, found: int = 0, top: str = "", names: Iterable[str] = ()) -> Asked:
        """Remember a question. `source` is search, faq, chat, bot, ticket or community; a weak one is told upward. `names` are not kept."""
        asked = add(cls(source=source, words=blotted(words, names)[:LONGEST], weak=weak, found=found, top=top[:160]))
        if weak:
            tell(QuestionUnanswered(asked_id=asked.id, source=source))
        return asked

    @property
    def token(self) -> str:
        """What the page of results shows the asker, and nobody else has: with it they say what they opened."""
        return tokens.sign(OPENING, {"asked": self.id})

    @classmethod
    def by_token(cls, token: str) -> Asked | None:
        """The search of the last day that this token was given for, else None."""
        try:
            named = cls.id == int(tokens.unsign(OPENING, token)["asked"])
        except (tokens.Bad, KeyError, TypeError, ValueError):
            return None
        return db.session.scalar(cls.since(OPENED_WITHIN_DAYS).where(named))

    def follow(self, key: str) -> None:
        """The asker opened this result."""
        self.opened = key[:160]

    def settle(self) -> None:
        """An editor has dealt with it: it leaves the gap board."""
        self.settled_at = clock.now()

    @classmethod
    def since(cls, days: int) -> Select[Asked]:
        """Everything asked in the last days, newest first."""
        return select(cls).where(cls.created_at >= clock.now() - timedelta(days=days)).order_by(cls.id.desc())

    @classmethod
    def gaps(cls, days: int = 90) -> Select[Asked]:
        """What went unanswered and was not settled: weak, or answers were shown and none was opened."""
        unopened = (cls.source == "search") & (cls.opened == "")
        return cls.since(days).where(cls.settled_at.is_(None), cls.weak | unopened)
