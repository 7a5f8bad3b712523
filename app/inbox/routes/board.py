"""The list pane: saved views, search, bulk deeds, the desk's socket."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, request, session, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person, proven_person
from app.conversations.models import Availability, Conversation, Entry
from app.inbox import bulk, listing, query, rooms, views
from app.inbox.keys import OwnKeys
from app.inbox.live import LISTS, person_stream, thread_stream
from app.lib import clock
from app.lib.access import needs
from app.lib.db import db
from app.lib.live import Knock, sock, stream_socket
from app.lib.numbers import row_number
from app.lib.page import page, safe_next, see

LONGEST = 500

bp = Blueprint("inbox", __name__, url_prefix="/desk")


def me() -> Person:
    """The agent at this desk; the routes only let those in."""
    person = proven_person()
    if person is None or not person.is_agent:
        abort(403)
    return person


def visit() -> str:
    """The name that a page gave itself, to be told from the one after it."""
    return request.form.get("visit", "")[:40]


@bp.get("/")
@needs("agent")
def index() -> BaseResponse:
    """Go to the view that has something to do: mine, else what nobody has."""
    view = "mine" if listing.glance(me()).counts["mine"] else "unassigned"
    return redirect(url_for("inbox.show_view", view=view), 302)


@bp.get("/views/<view>")
@needs("agent")
def show_view(view: str) -> Response:
    """Show one saved view, narrowed by `?q=`."""
    if view not in views.BY_SLUG and view != "search":
        abort(404)
    return page("inbox/index.html", pane="list", conversation=None, **list_context(view))


def place_in(view: str) -> dict[str, Any]:
    """Where in the lists the agent is: what every address that leads on from there carries, so that the same rows stand beside it."""
    number = max(1, min(request.args.get("page", 1, row_number), 40))
    return {"view": view, "q": request.args.get("q", "").strip()[:LONGEST] or None, "page": number if number > 1 else None}


def list_context(view: str) -> dict[str, Any]:
    """What the list pane draws: the view, its rows and counts, the search line and what of it was misread."""
    agent, place = me(), place_in(view)
    words, number = place["q"] or "", place["page"] or 1
    chosen = views.BY_SLUG.get(view, views.EVERYTHING)
    asked = query.read(words, agent) if words else None
    if asked is not None:
        asked.conditions.extend(listing.holds_all(asked.words))
    rows, more = listing.lines(chosen, agent, asked, number)
    if not rows and number > 1:
        # The last one of that page has just been done.
        place["page"], number = None, 1
        rows, more = listing.lines(chosen, agent, asked)
    glance = listing.glance(agent)
    return {
        "place": {**place, "view": chosen.slug},
        "view": chosen, "views": views.VIEWS, "counts": glance.counts, "rows": rows, "more": more, "number": number, "words": words,
        "misread": asked.misread if asked else [], "me": agent, "available": glance.available, "drawn_at": clock.now().timestamp(),
        "keys_on": glance.keys_on, "key_places": glance.key_places, "bulk_done": bulk.Done.of(session.get(bulk.KEPT)),
    }  # fmt: skip


@bp.post("/availability")
@needs("agent")
def create_availability() -> BaseResponse:
    """Take conversations from now on, or no more."""
    row = Availability.of(me())
    row.come() if request.form.get("state") == "available" else row.leave()
    return see(safe_next(request.form.get("next"), url_for("inbox.index")))


@bp.post("/own-keys")
@needs("agent")
def update_keys() -> Response:
    """Keep which single keys this agent wants, on every machine. What makes no sense is 422, with the reason as plain words."""
    try:
        places = json.loads(request.form.get("places", "{}"))
        OwnKeys.choose(me(), request.form.get("on") == "yes", {str(key): str(value) for key, value in places.items()})
    except (json.JSONDecodeError, AttributeError):
        abort(422)
    except ValueError as error:
        return Response(str(error), 422, mimetype="text/plain")
    return Response(status=204)


@bp.post("/presence")
@needs("agent")
def create_presence() -> Response:
    """The desk is still open: renew the lease that lets chats come here. `room` is the thread looked at, `visit` names the page.

    Gives where the others are, and when anything last moved: a list drawn before that has missed it.
    """
    agent = me()
    Availability.of(agent).renew()
    if "room" in request.form:
        rooms.enter(agent, request.form.get("room", type=row_number), visit())
    moved = db.session.scalar(select(Entry.created_at).order_by(Entry.id.desc()).limit(1))
    return jsonify(others=rooms.others(agent), moved=moved.timestamp() if moved else 0)


@bp.post("/presence/removal")
@needs("agent")
def delete_presence() -> tuple[str, int]:
    """I leave the page of this thread (`room`)."""
    rooms.leave(me(), request.form.get("room", 0, row_number), visit())
    return "", 204


@bp.post("/bulk")
@needs("agent")
def create_bulk() -> BaseResponse:
    """Do one thing to several conversations; each is its own entry, and all of it can be undone at once."""
    ids = request.form.getlist("ids", type=row_number)[: bulk.MOST]
    done = bulk.apply(ids, request.form.get("do", ""), me())
    session[bulk.KEPT] = done.as_json() if done.can_be_undone else None
    flash(f"{len(done.was)} of {len(ids)} done." if done.was else "Nothing was changed.", "good" if done.was else "plain")
    return see(safe_next(request.form.get("next"), url_for("inbox.index")))


@bp.post("/bulk/removal")
@needs("agent")
def delete_bulk() -> BaseResponse:
    """Undo what was just done to several conversations, where nobody changed them since."""
    done = bulk.Done.of(session.pop(bulk.KEPT, None))
    back = bulk.undo(done, me()) if done is not None else 0
    flash(f"{back} are as they were." if back else "It is too late to undo that.", "good" if back else "plain")
    return see(safe_next(request.form.get("next"), url_for("inbox.index")))


@sock.route("/live", bp=bp)
@needs("agent")
def live(knock: Knock) -> None:
    """The desk's socket: signs for the lists, and the entries of the thread that is open."""
    agent = me()
    streams = [LISTS, person_stream(agent)]
    number = request.args.get("conversation", type=row_number)
    if number is not None and db.session.scalar(Conversation.seen_by(agent).where(Conversation.id == number)):
        streams.append(thread_stream(number))
    stream_socket(knock, streams, who=f"person:{agent.id}")
