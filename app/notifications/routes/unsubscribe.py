"""Saying stop without signing in: a page with a button, and one click in the mail program (RFC 8058)."""

from __future__ import annotations

from flask import abort
from werkzeug.wrappers import Response

from app.lib import tokens
from app.lib.access import public
from app.lib.limits import limit
from app.lib.page import page
from app.lib.security import from_anywhere
from app.notifications import channels
from app.notifications.addresses import UNSUBSCRIBE, OptOut
from app.notifications.routes.door import bp


@bp.get("/unsubscribe/<token>")
@public
def show_unsubscribe(token: str) -> Response:
    return shown(token)


@bp.post("/unsubscribe/<token>")
@from_anywhere
@public
@limit("60/minute")
def unsubscribe(token: str) -> Response:
    """From our page or from a mail provider's servers: the signature in the address is the proof (RFC 8058, 3.2)."""
    address, topic = named_in(token)
    OptOut.note(address, topic)
    return shown(token)


@bp.post("/unsubscribe/<token>/undoing")
@from_anywhere
@public
@limit("60/minute")
def undo_unsubscribe(token: str) -> Response:
    address, topic = named_in(token)
    OptOut.undo(address, topic)
    return shown(token)


def named_in(token: str) -> tuple[str, str]:
    try:
        payload = tokens.unsign(UNSUBSCRIBE, token)
        return str(payload["a"]), str(payload["t"])
    except (tokens.Bad, KeyError, TypeError):
        abort(404)


def shown(token: str) -> Response:
    address, name = named_in(token)
    title = channels.topic(name).title if channels.is_known(name) else ""
    masked = f"{address[:1]}…@{address.rpartition('@')[2]}"
    return page("notifications/unsubscribe.html", token=token, title=title, address=masked, stopped=OptOut.holds(address, name))
