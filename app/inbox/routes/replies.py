"""The composer: send or note, hold and undo, drafts, canned replies. A stale reply is stopped with 409 and nothing typed is lost."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, abort, current_app, flash, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person
from app.conversations.models import Conversation, Entry, TooLate, Unsayable
from app.inbox.filling import fill, values_for
from app.inbox.forms import ReplyForm
from app.inbox.mentions import mention
from app.inbox.models import Canned, Draft, HeldReply, carry_on
from app.inbox.routes.board import list_context, me
from app.inbox.routes.threads import found, place_asked, thread_context, view_asked
from app.inbox.waking import typed_by
from app.lib import clock
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import page, see
from app.lib.security import takes_files
from app.lib.uploads import Refused, Upload, received

MOST_FILES = 10

bp = Blueprint("replies", __name__, url_prefix="/desk/conversations/<int:number>")


@bp.post("/messages")
@takes_files(MOST_FILES)
@needs("agent")
def create_message(number: int) -> BaseResponse | Response:
    """Send to the customer, or add a note."""
    opened, form = found(number), ReplyForm()
    conversation = opened.living()
    if not form.validate_on_submit():
        return again(conversation, form, 422)
    if conversation is not opened:
        return led_on(conversation, form)
    if form.kind.data == "note":
        return noted(conversation, form)
    if newer(conversation, form):
        return again(conversation, form, 409)
    if has_gone(form):
        return again(conversation, form, 422)
    return replied(conversation, form)


def has_gone(form: ReplyForm) -> bool:
    """Whether it was to be sent at a time in the past, which the form then says: planned words do not go out at once."""
    gone = form.send_at.data is not None and typed_by(me(), form.send_at.data) <= clock.now()
    if gone:
        form.send_at.errors = ["That time has gone. Choose a later one, or send it now."]
    return gone


def led_on(conversation: Conversation, form: ReplyForm) -> BaseResponse:
    """The page did not know that its conversation was merged: what was typed waits where that goes on, and nothing was sent."""
    kind, words = "note" if form.kind.data == "note" else "reply", form.words.data or ""
    if words not in Draft.of(conversation, me()).get(kind, ""):
        Draft.give_back(conversation, me(), kind, words)
    files = " Please add your files again." if any(getattr(file, "filename", "") for file in form.files.data or ()) else ""
    flash(f"It was merged into {conversation.reference}. Nothing was sent yet: your words are in the composer.{files}", "warn")
    return back(conversation)


def again(conversation: Conversation, form: ReplyForm, status: int) -> Response:
    """The same page with everything typed, and above it what came in the meantime."""
    came = newer(conversation, form) if status == 409 else []
    ctx = {**list_context(view_asked()), **thread_context(conversation, form)}
    return page("inbox/index.html", status, pane="thread", newer=came, **ctx)


def newer(conversation: Conversation, form: ReplyForm) -> list[Entry]:
    """What others said or noted after the number that the agent had read."""
    agent, seen = me(), form.seen.data if form.seen.data is not None else conversation.last_seq
    after = conversation.since(seen, inside=True).where(Entry.kind != "event", Entry.author_id.is_distinct_from(agent.id))
    return list(db.session.scalars(after.where(Entry.client_id.is_distinct_from(form.client_id.data or ""))))


def noted(conversation: Conversation, form: ReplyForm) -> BaseResponse | Response:
    agent = me()
    try:
        entry = conversation.note(agent, form.words.data or "", form.client_id.data or None, uploads=files_of(form))
    except Refused as error:
        return refused(conversation, form, error)
    mention(conversation, entry, agent)
    Draft.forget(conversation, agent, "note")
    return back(conversation)


def replied(conversation: Conversation, form: ReplyForm) -> BaseResponse | Response:
    try:
        send(conversation, form, files_of(form))
    except Refused as error:
        return refused(conversation, form, error)
    Draft.forget(conversation, me(), "reply")
    return back(conversation)


def send(conversation: Conversation, form: ReplyForm, files: list[Upload]) -> None:
    agent, words, client_id = me(), form.words.data or "", form.client_id.data or secrets.token_hex(8)
    until = typed_by(agent, form.send_at.data) if form.send_at.data else None
    conversation.lock()
    if not sent_before(conversation, client_id):
        Canned.count(form.canned_ids)
    if until is not None:
        HeldReply.hold(conversation, agent, words, client_id, until, form.after.data or "", files)
        flash("Planned. It stays a draft if they write first.", "good")
    elif conversation.channel == "chat":
        # Somebody sits there and waits: a chat goes out at once and can be taken back instead.
        conversation.say(agent, words, client_id, uploads=files)
        carry_on(conversation, agent, form.after.data or "")
    else:
        HeldReply.hold(conversation, agent, words, client_id, after=form.after.data or "", uploads=files)


def sent_before(conversation: Conversation, client_id: str) -> bool:
    """Whether this very form was sent already, by two presses."""
    said = select(Entry.id).where(Entry.conversation_id == conversation.id, Entry.client_id == client_id)
    held = HeldReply.sent_under(conversation, client_id).with_only_columns(HeldReply.id)
    return db.session.scalar(said.union_all(held).limit(1)) is not None


def files_of(form: ReplyForm) -> list[Upload]:
    """The files of the form, judged and kept. Raises Refused, naming the one that is not taken; then none is."""
    return received(form.files.data, owner=f"pending:person:{me().id}", most=MOST_FILES)


def refused(conversation: Conversation, form: ReplyForm, error: Refused) -> Response:
    form.files.errors = [str(error)]
    return again(conversation, form, 422)


def back(conversation: Conversation) -> BaseResponse:
    return see("threads.show", number=conversation.id, **place_asked(), _anchor="end")


@bp.post("/held/<int:held_id>/removal")
@needs("agent")
def delete_held(number: int, held_id: int) -> BaseResponse:
    """Take back a reply that has not gone yet; it becomes the draft again."""
    conversation = found(number)
    held = db.session.scalar(select(HeldReply).where(HeldReply.id == held_id, HeldReply.conversation_id == conversation.id))
    if held is None or held.person_id != me().id:
        abort(404)
    again_too = " Please add your files again." if held.upload_ids else ""
    if held.take_back():
        flash(f"Taken back. Your words are in the composer.{again_too}", "good")
    else:
        flash("That one has already gone.", "warn")
    return back(conversation)


def own_entry(conversation: Conversation, entry_id: int) -> Entry:
    return conversation.entry(entry_id, inside=True) or abort(404)


@bp.get("/entries/<int:entry_id>/edit")
@needs("agent")
def edit_entry(number: int, entry_id: int) -> BaseResponse | Response:
    """The words of one's own message or note, to be changed."""
    conversation = found(number)
    entry = own_entry(conversation, entry_id)
    if not entry.may_change(me()):
        abort(403)
    return page("inbox/change.html", conversation=conversation, entry=entry)


@bp.post("/entries/<int:entry_id>")
@needs("agent")
def update_entry(number: int, entry_id: int) -> BaseResponse:
    """Change one's own words (`do=edit`), take them back (`delete`), or into the composer again (`undo`): within five minutes."""
    conversation, agent = found(number), me()
    entry, deed = own_entry(conversation, entry_id), request.form.get("do", "edit")
    words = entry.body
    try:
        if deed == "edit":
            conversation.edit(agent, entry, request.form.get("words", ""))
        else:
            conversation.delete(agent, entry)
    except (TooLate, Unsayable) as error:
        flash(str(error), "warn")
        return back(conversation)
    if deed == "undo" and words:
        Draft.give_back(conversation, agent, "note" if entry.kind == "note" else "reply", words)
        flash("Taken back. Your words are in the composer.", "good")
    return back(conversation)


@bp.post("/draft")
@needs("agent")
def update_draft(number: int) -> tuple[str, int]:
    """Keep what is being typed."""
    kind = "note" if request.form.get("kind") == "note" else "reply"
    Draft.keep(found(number), me(), kind, request.form.get("words", ""))
    return "", 204


@bp.get("/canned")
@needs("agent")
def show_canned(number: int) -> Response:
    """Canned replies that fit `?q=`, filled in for this customer."""
    conversation, agent = found(number), me()
    some = db.session.scalars(Canned.fitting(agent, request.args.get("q", ""))).all()
    filled = [(canned, fill(canned.words, values_of(conversation, agent))) for canned in some]
    return page("inbox/_canned.html", conversation=conversation, filled=filled)


def values_of(conversation: Conversation, agent: Person) -> dict[str, str]:
    site = current_app.jinja_env.globals.get("site")
    return values_for(conversation, agent, str(getattr(site, "name", "")))
