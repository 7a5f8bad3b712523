"""The outbox in the desk: every letter, short message and errand, what became of it, and what can be done about it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, make_response, request
from sqlalchemy import Select, func, select
from werkzeug.wrappers import Response

from app.accounts.models import me
from app.lib.access import needs
from app.lib.db import db
from app.lib.mail import PostedLetter
from app.lib.numbers import row_number
from app.lib.outbox import Errand
from app.lib.page import page, see
from app.lib.sms import ShortMessage
from app.notifications.addresses import ASKED_FOR, Suppressed
from app.notifications.machinery import machinery
from app.notifications.routes.door import bp

A_PAGE = 50
LETTER_STATES = ("waiting", "sent", "kept", "failed", "stopped")
ERRAND_STATES = ("waiting", "running", "dead", "done", "cancelled")


@bp.get("/desk/outbox")
@needs("agent")
def outbox() -> Response:
    state, words = request.args.get("state", ""), request.args.get("q", "").strip()[:200]
    found = PostedLetter.latest()
    found = found.where(PostedLetter.state == state) if state in LETTER_STATES else found
    found = found.where(PostedLetter.to.contains(words.lower(), autoescape=True)) if words else found
    return listed("letters", found, PostedLetter.id, state=state, words=words, states=LETTER_STATES)


@bp.get("/desk/outbox/letters/<int:letter_id>")
@needs("agent")
def letter(letter_id: int) -> Response:
    row = db.get_or_404(PostedLetter, letter_id)
    errands = db.session.scalars(select(Errand).where(Errand.key == f"mail:{row.id}").order_by(Errand.id.desc())).all()
    return page("notifications/letter.html", letter=row, errands=errands, open=may_read(row), machinery=machinery())


@bp.get("/desk/outbox/letters/<int:letter_id>/html")
@needs("agent")
def letter_html(letter_id: int) -> Response:
    """The HTML of a letter, for the frame on its page: its own styles, no script, no request to anybody."""
    row = db.get_or_404(PostedLetter, letter_id)
    if not row.html or not may_read(row):
        abort(404)
    answer = make_response(row.html)
    policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: cid:; frame-ancestors 'self'"
    answer.headers["Content-Security-Policy"], answer.headers["X-Frame-Options"] = policy, "SAMEORIGIN"
    return answer


@bp.post("/desk/outbox/letters/<int:letter_id>/sending")
@needs("agent")
def resend_letter(letter_id: int) -> Response:
    row = db.get_or_404(PostedLetter, letter_id)
    if not may_read(row):
        abort(403)
    row.resend()
    flash("It is on its way again.", "good")
    return see("notifications.letter", letter_id=row.id)


@bp.get("/desk/outbox/messages")
@needs("agent")
def messages() -> Response:
    return listed("messages", select(ShortMessage).order_by(ShortMessage.id.desc()), ShortMessage.id)


@bp.get("/desk/outbox/errands")
@needs("admin")
def errands() -> Response:
    state = request.args.get("state", "")
    found = select(Errand).order_by(Errand.id.desc())
    found = found.where(Errand.state == state) if state in ERRAND_STATES else found
    counts = {name: number for name, number in db.session.execute(select(Errand.state, func.count(Errand.id)).group_by(Errand.state))}
    return listed("errands", found, Errand.id, state=state, states=ERRAND_STATES, counts=counts)


@bp.post("/desk/outbox/errands/<int:errand_id>/retry")
@needs("admin")
def retry_errand(errand_id: int) -> Response:
    row = db.get_or_404(Errand, errand_id)
    if row.state in {"dead", "cancelled", "waiting"}:
        row.retry()
        flash("It is tried again now.", "good")
    return see("notifications.errands", state=request.form.get("state") or None)


@bp.post("/desk/outbox/errands/<int:errand_id>/cancellation")
@needs("admin")
def cancel_errand(errand_id: int) -> Response:
    row = db.get_or_404(Errand, errand_id)
    if row.state in {"dead", "waiting"}:
        row.give_up()
        flash("Called off. It can be tried again from the list of what was cancelled.", "good")
    return see("notifications.errands", state=request.form.get("state") or None)


@bp.get("/desk/outbox/addresses")
@needs("agent")
def addresses() -> Response:
    return listed("addresses", Suppressed.all_held(), Suppressed.id)


@bp.post("/desk/outbox/addresses/<int:address_id>/lifting")
@needs("agent")
def lift_address(address_id: int) -> Response:
    row = db.get_or_404(Suppressed, address_id)
    row.lift()
    flash(f"Letters may go to {row.address} again.", "good")
    return see("notifications.addresses")


def may_read(row: PostedLetter) -> bool:
    """Letters with keys to somebody's account are for admins: whoever reads one can use it."""
    return me().is_admin or not row.about.startswith(ASKED_FOR)


def listed(tab: str, found: Select[Any], key: Any, **ctx: Any) -> Response:
    before = request.args.get("before", type=row_number)
    rows = db.session.scalars((found.where(key < before) if before else found).limit(A_PAGE + 1)).all()
    more = rows[A_PAGE - 1].id if len(rows) > A_PAGE else None
    return page(f"notifications/outbox-{tab}.html", tab=tab, rows=rows[:A_PAGE], more=more, machinery=machinery(), may_read=may_read, **ctx)
