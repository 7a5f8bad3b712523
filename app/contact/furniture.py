"""What contact puts on pages of others: at the foot of each, the way to feedback; at the desk, what waits to be looked at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.accounts.models import current_person
from app.contact.kinds import FOLDER
from app.contact.models import Message
from app.lib import slots
from app.lib.content import document
from app.lib.tallies import tallied, tally

tally("contact.held", select(func.count(Message.id)).where(Message.state == "held"), serves="agent")


def waiting() -> dict[str, Any] | None:
    """How many wait; the way there stays when none does, for what was decided."""
    person = current_person()
    return {"count": tallied("contact.held")} if person is not None and person.is_agent else None


def feedback() -> dict[str, Any] | None:
    """The way to say something about the page one is on; gone when the firm takes no feedback."""
    return {} if document(FOLDER, "feedback") else None


slots.fill("footer", "contact/_feedback.html", feedback)
slots.fill("desk.nav", "contact/desk/_nav.html", waiting, order=40, kept=True)
