"""Ratings: how it was, 1 to 5 with words, once per closing, changeable for a week."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.lib import clock
from app.lib.db import Model, db, only
from app.lib.facts import tell
from app.tickets.events import TicketRated

if TYPE_CHECKING:
    from app.conversations.models import Closure
    from app.tickets.models.ticket import Ticket

CHANGEABLE = timedelta(days=7)
POOR = 3


class TooLateToRate(ValueError):
    """The week in which a rating can be changed is over, or there is nothing closed to rate."""


class Rating(Model):
    """What a customer thought of one closing; the agent is written down, because assignments change."""

    __tablename__ = "ratings"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    closure_id: Mapped[int] = mapped_column(ForeignKey("closures.id", ondelete="CASCADE"), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    stars: Mapped[int]
    words: Mapped[str] = mapped_column(Text, default="")

    @property
    def is_poor(self) -> bool:
        """Whether somebody should talk with them."""
        return self.stars < POOR


class Rated:
    """What a ticket can do about ratings."""

    def rate(self: Ticket, person: Person | None, stars: int, words: str = "") -> Rating:  # type: ignore[misc]
        """Say how the present closing was. Raises ValueError for other than 1 to 5 stars, TooLateToRate after a week."""
        if stars not in range(1, 6):
            raise ValueError("Choose between one and five.")
        closure = self.ratable()
        if closure is None:
            raise TooLateToRate("This can no longer be rated.")
        new = Rating(ticket_id=self.id, closure_id=closure.id, agent_id=closure.assignee_id, stars=stars)
        row = only(select(Rating).where(Rating.closure_id == closure.id), new)
        row.person_id, row.stars, row.words = person.id if person else None, stars, words.strip()[:4000]
        db.session.flush()
        tell(TicketRated(ticket_id=self.id, rating_id=row.id, stars=stars))
        return row

    def ratable(self: Ticket) -> Closure | None:  # type: ignore[misc]
        """The closing in force, while it can be rated; else None."""
        closure = self.conversation.closure()
        return closure if closure is not None and clock.now() - closure.created_at <= CHANGEABLE else None

    def rating(self: Ticket) -> Rating | None:  # type: ignore[misc]
        """The rating of the closing in force, or None."""
        closure = self.conversation.closure()
        return db.session.scalar(select(Rating).where(Rating.closure_id == closure.id)) if closure else None
