"""Notes in the person pane: written by anybody who works here, taken away by their author."""

from __future__ import annotations

from flask import Blueprint, abort, flash, request
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.inbox.person_notes import PersonNote
from app.inbox.routes.board import me
from app.inbox.routes.threads import found, place_asked
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import see

bp = Blueprint("person_notes", __name__, url_prefix="/desk/conversations/<int:number>/person/notes")


@bp.post("")
@needs("agent")
def create(number: int) -> Response:
    """Keep a note on the person of this conversation."""
    conversation = found(number)
    try:
        PersonNote.write(person_of(conversation), me(), request.form.get("words", ""))
    except ValueError as error:
        flash(str(error), "warn")
    return beside(conversation)


@bp.post("/<int:note_id>/removal")
@needs("agent")
def delete(number: int, note_id: int) -> Response:
    """Take one's own note away."""
    conversation = found(number)
    note = db.session.scalar(PersonNote.about(person_of(conversation)).where(PersonNote.id == note_id)) or abort(404)
    if not note.remove(me()):
        abort(403)
    return beside(conversation)


def person_of(conversation: Conversation) -> Person:
    return conversation.person or abort(404)


def beside(conversation: Conversation) -> Response:
    return see("threads.show_person", number=conversation.id, **place_asked(), _anchor="person-notes")
