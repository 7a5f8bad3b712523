"""Where tickets show on pages of others: in the account, beside a thread at the desk, in the desk's menu."""

from __future__ import annotations

from typing import Any

from flask_login import current_user
from sqlalchemy import select

from app.conversations.models import Conversation
from app.lib import slots
from app.lib.access import only_for
from app.lib.db import db
from app.tickets.models import Ticket
from app.tickets.timeline import panel


def requests_card() -> dict[str, Any] | None:
    if not current_user.is_authenticated:
        return None
    own = Conversation.of(current_user).with_only_columns(Conversation.id)
    states = select(Conversation.state).where(Conversation.id.in_(select(Ticket.conversation_id)))
    found = list(db.session.scalars(states.where(Conversation.id.in_(own), Conversation.state != "closed")))
    return {"open_requests": len(found), "your_turn": found.count("waiting")}


def beside() -> dict[str, Any]:
    return {"ticket_panel": panel}


slots.fill("account.nav", "tickets/_account_nav.html", order=200)
slots.fill("account.cards", "tickets/_account_card.html", requests_card, order=200)
slots.fill("desk.person", "tickets/desk/_panel.html", beside, order=50)
slots.fill("desk.nav", "tickets/desk/_nav.html", order=50, kept=True)
slots.fill("desk.nav", "tickets/rules/_nav.html", only_for("admin"), order=780, kept=True)
slots.fill("desk.nav", "tickets/desk/_keys_nav.html", only_for("admin"), order=785, kept=True)
