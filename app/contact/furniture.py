"""The desk's entry for what waits to be looked at; only there while something waits."""

from __future__ import annotations

from typing import Any

from flask_login import current_user
from sqlalchemy import func, select

from app.contact.models import Message
from app.lib import slots
from app.lib.db import db


def waiting() -> dict[str, Any] | None:
    if not (current_user.is_authenticated and current_user.may("agent")):
        return None
    count = db.session.scalar(select(func.count(Message.id)).where(Message.state == "held")) or 0
    return {"count": count} if count else None


slots.fill("desk.nav", "contact/desk/_nav.html", waiting, order=40)
