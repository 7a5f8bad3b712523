"""A browser that worked through a guide and then begins to write is the same reader: its progress gets the person."""

from __future__ import annotations

from typing import Any

from flask import has_request_context
from sqlalchemy import event, update
from sqlalchemy.engine import Connection

from app.accounts.models import Visitor
from app.help import news as news  # Importing it is enough.
from app.help.models.guides import Progress
from app.help.readers import known_reader


@event.listens_for(Visitor, "after_insert")
def know_the_reader(_mapper: Any, connection: Connection, visitor: Visitor) -> None:
    """In the visitor's own transaction, so that the agent who reads the first message sees the step."""
    name = known_reader() if has_request_context() else None
    if name:
        known = update(Progress).where(Progress.reader == name, Progress.person_id.is_(None))
        connection.execute(known.values(person_id=visitor.person_id))
