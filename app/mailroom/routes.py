"""HTTP of the mailroom: the door for mail that a provider hands in, and the desk's list of what waits."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, flash, jsonify, request
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person
from app.conversations.models import Unsayable
from app.lib import signatures
from app.lib.access import needs, public
from app.lib.db import add, db, held, roll_back
from app.lib.limits import limit
from app.lib.page import page, see
from app.lib.security import from_anywhere
from app.mailroom import markup
from app.mailroom.keeping import PASSING, keep
from app.mailroom.models import Correspondent, Incoming
from app.mailroom.reading import read
from app.mailroom.receiving import new_ticket, write_down

bp = Blueprint("mailroom", __name__)
SIGNATURE = "X-Frontdesk-Signature"
BARE = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"


@bp.post("/webhooks/mail")
@public
@from_anywhere
@limit("600/minute")
def create_mail() -> tuple[Response, int]:
    """Take one raw MIME message from a provider or a mail server, signed as docs/mail.md says. 202 when it is kept."""
    raw, secret = request.get_data(cache=False), current_app.config["SETTINGS"].mail_in_secret
    try:
        signatures.verify(request.headers.get(SIGNATURE, ""), raw, [secret])
    except signatures.Forged:
        abort(401)
    try:
        row = keep(raw, "webhook")
    except PASSING:
        # The mail is sound: its sender comes again.
        abort(503)
    return jsonify(id=row.id if row else None, state=row.state if row else "broken"), 202


@bp.get("/desk/mail")
@needs("agent")
def index() -> Response:
    """What waits for somebody to look: strangers' replies, newsletters, bounces nobody knows, what could not be read."""
    return page("mailroom/index.html", mails=db.session.scalars(Incoming.waiting().limit(100)).all())


def waiting(mail_id: int) -> Incoming:
    """A mail that somebody decides about now: whoever presses at the same moment finds it decided."""
    return held(Incoming.waiting().where(Incoming.id == mail_id)) or abort(404)


@bp.post("/desk/mail/<int:mail_id>/participant")
@needs("agent")
def create_participant(mail_id: int) -> BaseResponse:
    """The stranger belongs to the ticket: from now on, and with this mail."""
    row = waiting(mail_id)
    if row.conversation is None:
        abort(404)
    mail = read(row.raw)
    person = add(Person(name=row.sender_name, claimed_email=row.sender))
    row.conversation.take_part(person)
    Correspondent.note(row.conversation, person, row.sender)
    return done(row, lambda: write_down(row, mail, row.conversation, person) if row.conversation else None)


@bp.post("/desk/mail/<int:mail_id>/ticket")
@needs("agent")
def create_ticket(mail_id: int) -> BaseResponse:
    """A ticket of its own."""
    row = waiting(mail_id)
    return done(row, lambda: new_ticket(row, read(row.raw), "Taken from what waited"))


def done(row: Incoming, deed: object) -> BaseResponse:
    try:
        deed()  # type: ignore[operator]
        flash("Taken.", "good")
    except (Unsayable, PermissionError) as error:
        roll_back()
        flash(str(error), "bad")
    return see("mailroom.index")


@bp.post("/desk/mail/<int:mail_id>/dismissal")
@needs("agent")
def create_dismissal(mail_id: int) -> BaseResponse:
    """Nothing to do. The mail stays kept."""
    waiting(mail_id).state = "noted"
    return see("mailroom.index")


@bp.get("/desk/mail/<int:mail_id>")
@needs("agent")
def show(mail_id: int) -> Response:
    """One mail: its headers, how it was classed and matched, and the original in a frame that can run nothing."""
    row = db.session.get(Incoming, mail_id) or abort(404)
    return page("mailroom/show.html", mail=row, read=read(row.raw))


@bp.get("/desk/mail/<int:mail_id>/original")
@needs("agent")
def show_original(mail_id: int) -> Response:
    """The body as it was written: HTML cleaned, its own pictures in it, nothing fetched from anywhere."""
    row = db.session.get(Incoming, mail_id) or abort(404)
    answer = Response(markup.shown(read(row.raw)), mimetype="text/html")
    answer.headers["Content-Security-Policy"], answer.headers["X-Frame-Options"] = BARE, "SAMEORIGIN"
    return answer


@bp.get("/desk/mail/<int:mail_id>/raw")
@needs("agent")
def show_raw(mail_id: int) -> Response:
    """The mail byte for byte, as a download."""
    row = db.session.get(Incoming, mail_id) or abort(404)
    answer = Response(row.raw, mimetype="message/rfc822")
    answer.headers["Content-Disposition"] = f"attachment; filename=mail-{row.id}.eml"
    return answer
