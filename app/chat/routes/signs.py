"""Small signs from the visitor's page: writing, has read, looks at another page. They answer nothing and may get lost."""

from __future__ import annotations

from flask import request

from app.chat.models import PageSeen
from app.chat.routes.board import bp
from app.chat.routes.entries import by_conversation
from app.chat.visiting import clean_path, mine
from app.conversations.models import tell_typing
from app.lib.access import public
from app.lib.limits import limit
from app.lib.numbers import row_number

NOTHING = ("", 204)


@bp.post("/<reference>/typing")
@public
@limit("60/minute", by=by_conversation)
def create_typing(reference: str) -> tuple[str, int]:
    """I am writing; the sign fades after five seconds."""
    tell_typing(*mine(reference))
    return NOTHING


@bp.post("/<reference>/marks")
@public
@limit("120/minute", by=by_conversation)
def create_mark(reference: str) -> tuple[str, int]:
    """I have seen everything up to `seq`, in a tab that was visible."""
    conversation, person = mine(reference)
    conversation.mark_read(person, max(0, min(request.form.get("seq", 0, row_number), conversation.last_seq)))
    return NOTHING


@bp.post("/<reference>/pages")
@public
@limit("60/minute", by=by_conversation)
def create_page(reference: str) -> tuple[str, int]:
    """I am on this page of yours now."""
    conversation, _ = mine(reference)
    title = " ".join(request.form.get("title", "").split())
    PageSeen.note(conversation, clean_path(request.form.get("page", "/")), title, request.form.get("step", "")[:40])
    return NOTHING
