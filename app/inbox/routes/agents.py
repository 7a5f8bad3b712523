"""What an agent carries by turn: set by admins on the page of a person who works here."""

from __future__ import annotations

import re
from math import isfinite

from flask import Blueprint, abort, flash, request
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.conversations.models import Availability, Skill
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import see

MOST_CHATS = 50
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")

bp = Blueprint("desk_agents", __name__, url_prefix="/desk/agents/<int:person_id>")


@bp.post("/load")
@needs("admin")
def update_load(person_id: int) -> Response:
    """How many chats at once come to this agent, and for which skills."""
    agent = db.session.scalar(Person.agents().where(Person.id == person_id)) or abort(404)
    capacity = request.form.get("capacity", -1.0, float)
    if isfinite(capacity) and 0 <= capacity <= MOST_CHATS:
        Availability.of(agent).carry(capacity)
        Skill.teach(agent, {slug[:80] for slug in WORD.findall(request.form.get("skills", "").lower())})
        flash("Saved.", "good")
    else:
        flash(f"How many chats at once: a number from 0 to {MOST_CHATS}. Nothing was changed.", "bad")
    return see("people.show", person_id=agent.id)
