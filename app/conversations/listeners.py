"""What conversations do later: wake what was snoozed."""

from __future__ import annotations

from app.conversations.models import Conversation, Snooze
from app.lib.db import db
from app.lib.outbox import errand


@errand("conversations.wake")
def wake(snooze_id: int) -> None:
    """The time of a snooze has come."""
    snooze = db.session.get(Snooze, snooze_id)
    if snooze is not None and snooze.woke_at is None:
        db.session.get_one(Conversation, snooze.conversation_id).wake("time")
