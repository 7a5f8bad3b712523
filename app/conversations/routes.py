"""What has an address in every conversation, whoever looks: its files and its print page."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, request

from app.accounts.models import current_person
from app.conversations.models import Attachment, Conversation, Entry, Transcript, may_read
from app.lib import tokens, uploads
from app.lib.access import public
from app.lib.db import db
from app.lib.page import page

PRINT, PRINT_DAYS = "conversation.print", timedelta(days=90)

bp = Blueprint("conversations", __name__, url_prefix="/conversations")


@bp.get("/<reference>/files/<int:attachment_id>")
@public
def show_file(reference: str, attachment_id: int) -> Response:
    """A file of an entry, as a download; `?small` gives the thumbnail. 404 for whoever may not read the entry."""
    attachment = db.session.get(Attachment, attachment_id) or abort(404)
    entry = db.session.get_one(Entry, attachment.entry_id)
    conversation = may_read(entry.conversation_id)
    person = current_person()
    inside = person is not None and person.is_agent
    if conversation is None or conversation.reference != reference or not (entry.public or inside):
        abort(404)
    return uploads.send(attachment.upload, thumb="small" in request.args)


@bp.get("/<reference>/print")
@public
def show_print(reference: str) -> Response:
    """The transcript on paper: for its person, for people who work here, and for the bearer of a CRM's link."""
    number = Conversation.number_of(reference)
    conversation = may_read(number) if number else None
    if conversation is not None and conversation.merged_into_id is not None:
        conversation = may_read(conversation.living().id) or conversation
    if conversation is None and number and number == keyed(request.args.get("key", "")):
        conversation = db.session.get(Conversation, number)
        conversation = conversation.living() if conversation is not None else None
    if conversation is None:
        abort(404)
    return page("conversations/print.html", conversation=conversation, transcript=Transcript.of(conversation))


def keyed(key: str) -> int:
    try:
        return int(tokens.unsign(PRINT, key, PRINT_DAYS)["c"])
    except (tokens.Bad, KeyError, ValueError):
        return 0
