"""Escalation: a ticket goes up a level, by hand or by a broken promise; each step is a row that says who and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.lib.db import Model, add, hold
from app.lib.facts import tell
from app.tickets.events import TicketEscalated

if TYPE_CHECKING:
    from app.tickets.models.ticket import Ticket

HIGHEST = 3


class Escalation(Model):
    """One step up: to which level, by whom (nobody: a clock), and why."""

    __tablename__ = "escalations"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    level: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    why: Mapped[str] = mapped_column(String(300))
    by: Mapped[Person | None] = relationship()


class Escalating:
    """What a ticket can do about its level."""

    def escalate(self: Ticket, by: Person | None, why: str) -> Escalation | None:  # type: ignore[misc]
        """One level up, at most to 3: at least high priority, and urgent from level 2 on. None at the top."""
        hold(self)
        if self.level >= HIGHEST:
            return None
        self.level += 1
        row = add(Escalation(ticket_id=self.id, level=self.level, by_id=by.id if by else None, why=why[:300]))
        conversation = self.conversation
        if self.level >= 2 or conversation.priority == "high":
            conversation.prioritise("urgent", by)
        elif conversation.priority in {"low", "normal"}:
            conversation.prioritise("high", by)
        conversation.happen("escalated", by, level=self.level, why=row.why)
        self.explain(f"Level {self.level}: {row.why}")
        tell(TicketEscalated(ticket_id=self.id, level=self.level, by_id=row.by_id))
        return row

    def escalations(self: Ticket) -> Select[Escalation]:  # type: ignore[misc]
        return select(Escalation).where(Escalation.ticket_id == self.id).order_by(Escalation.id)
