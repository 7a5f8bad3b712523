"""The bell's page: news, newest first, live."""

from __future__ import annotations

from flask import request
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.accounts.models import me
from app.lib import live
from app.lib.access import needs
from app.lib.db import db
from app.lib.live.door import Knock
from app.lib.page import page, part, safe_next, see
from app.notifications.live import stream_of
from app.notifications.models import Notice
from app.notifications.routes.door import bp

A_PAGE = 50


@bp.get("/account/notices")
@needs("customer")
def notices() -> Response:
    number = min(max(request.args.get("page", 1, int), 1), 100)
    rows = db.session.scalars(Notice.latest(me()).offset((number - 1) * A_PAGE).limit(A_PAGE + 1)).all()
    more = number + 1 if len(rows) > A_PAGE else None
    return page("notifications/notices.html", notices=rows[:A_PAGE], more=more, person=me())


@bp.get("/account/notices/<int:notice_id>")
@needs("customer")
def open_notice(notice_id: int) -> Response:
    """On to what the notice is about; it is read then. That changes nothing else, so a link may do it."""
    notice = db.first_or_404(Notice.latest(me()).where(Notice.id == notice_id))
    where = safe_next(notice.url, "/account/notices")
    notice.read()
    return see(where)


@bp.post("/account/notices/reading")
@needs("customer")
def read_notices() -> Response:
    Notice.read_all(me())
    return see("notifications.notices")


@bp.get("/account/notices/since/<int:seq>")
@needs("customer")
def notices_since(seq: int) -> Response:
    newest = db.session.scalar(select(func.max(Notice.id)).where(Notice.person_id == me().id)) or 0
    if newest == seq:
        return live.caught_up([], seq)
    bell = part("notifications/_bell.html", unread=Notice.unread(me()))
    return live.caught_up([live.partial("outerHTML", "bell", bell, newest)], newest)


@live.sock.route("/account/notices/live", bp=bp)
@needs("customer")
def notices_live(knock: Knock) -> None:
    live.stream_socket(knock, [stream_of(me())], who=f"person:{me().id}")
