"""What the visitor says: new messages and files, other words for one, or none any more."""

from __future__ import annotations

from flask import Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person
from app.chat.forms import MOST_FILES, MessageForm
from app.chat.live import drawn
from app.chat.routes.board import bp
from app.chat.routes.threads import show_thread
from app.chat.visiting import goes_on, mine
from app.conversations.models import Block, Blocked, Conversation, Entry, TooLate, Unsayable
from app.lib import db as rows
from app.lib.access import public
from app.lib.limits import limit
from app.lib.page import is_part, page, part, see
from app.lib.security import takes_files
from app.lib.uploads import Refused, received


def by_conversation() -> str:
    return f"chat:{request.view_args['reference'] if request.view_args else ''}:{request.remote_addr}"


@bp.post("/<reference>/entries")
@takes_files(MOST_FILES)
@public
@limit("40/minute;600/hour", by=by_conversation)
def create_entry(reference: str) -> Response | BaseResponse:
    """Say something. The same `client_id` again gives the message that is already there."""
    form = MessageForm()
    # Others wait while it is locked: not while files are looked through.
    conversation, person = mine(reference, locked=not request.files)
    # Before it is said: whoever speaks takes part.
    goes_on(conversation, person)
    try:
        entry = said(conversation, person, form)
    except (Unsayable, Refused) as error:
        return refused(conversation, person, form, str(error))
    except Blocked as error:
        return refused(conversation, person, form, str(error), 403)
    there = goes_on(conversation, person)
    there.mark_read(person, entry.seq)
    if not is_part():
        return see("chat.show", reference=there.reference, _anchor="chat-end")
    return Response(drawn(there, entry), headers={} if there is conversation else {"Chat-Moved": there.reference})


def said(conversation: Conversation, person: Person, form: MessageForm) -> Entry:
    if not form.validate():
        raise Unsayable(next(iter(form.errors.values()))[0])
    files = received(form.files.data, owner=f"pending:person:{person.id}", most=MOST_FILES)
    return conversation.say(person, form.words.data or "", form.client_id.data or None, uploads=files)


def refused(conversation: Conversation, person: Person, form: MessageForm, why: str, status: int = 422) -> Response:
    """Nothing was stored: the page again with what was typed, or the reason alone for the widget."""
    rows.roll_back()
    return Response(part("chat/_refused.html", why=why), status) if is_part() else show_thread(conversation, person, status, form, why)


def own_entry(conversation: Conversation, entry_id: int) -> Entry:
    return conversation.entry(entry_id) or abort(404)


@bp.get("/<reference>/entries/<int:entry_id>/edit")
@public
def edit_entry(reference: str, entry_id: int) -> Response:
    """The words of one's own message, to be changed."""
    conversation, person = mine(reference)
    entry = own_entry(conversation, entry_id)
    if not entry.may_change(person) or Block.covers(person):
        abort(403)
    form = MessageForm(formdata=None, words=entry.body)
    return page("chat/edit.html", conversation=conversation, entry=entry, form=form)


@bp.post("/<reference>/entries/<int:entry_id>")
@public
@limit("20/minute", by=by_conversation)
def update_entry(reference: str, entry_id: int) -> Response | BaseResponse:
    """Other words for one's own message, within five minutes."""
    conversation, person = mine(reference)
    entry, form = own_entry(conversation, entry_id), MessageForm()
    try:
        conversation.edit(person, entry, form.words.data or "")
    except TooLate:
        abort(403)
    except (Unsayable, Blocked) as error:
        status = 403 if isinstance(error, Blocked) else 422
        return page("chat/edit.html", status, conversation=conversation, entry=entry, form=form, problem=str(error))
    return see("chat.show", reference=conversation.reference, _anchor=entry.dom_id)


@bp.post("/<reference>/entries/<int:entry_id>/deletion")
@public
@limit("20/minute", by=by_conversation)
def delete_entry(reference: str, entry_id: int) -> Response | BaseResponse:
    """Take one's own message back, within five minutes."""
    conversation, person = mine(reference)
    entry = own_entry(conversation, entry_id)
    try:
        conversation.delete(person, entry)
    except TooLate:
        abort(403)
    except Blocked as error:
        rows.roll_back()
        return show_thread(conversation, person, 403, MessageForm(formdata=None), str(error))
    return see("chat.show", reference=conversation.reference, _anchor=entry.dom_id)
