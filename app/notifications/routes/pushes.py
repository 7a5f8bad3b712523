"""Pushes: the service worker at the root of the site, and the browsers of people who work here."""

from __future__ import annotations

from pathlib import Path

from flask import Response, abort, current_app, jsonify, make_response, request, send_file

from app.accounts.models import SignIn, me
from app.lib.access import needs, public
from app.lib.limits import limit
from app.notifications.push import public_key
from app.notifications.routes.door import bp
from app.notifications.subscriptions import PushSubscription, Refused


@bp.get("/push-worker.js")
@public
def push_worker() -> Response:
    """The service worker; from the root, so that it may open any page of ours."""
    path = Path(current_app.static_folder or "static") / "js" / "push-worker.js"
    answer = send_file(path, mimetype="text/javascript", conditional=True)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/desk/push-key")
@needs("agent")
def push_key() -> Response:
    return jsonify(key=public_key())


@bp.post("/desk/pushes")
@needs("agent")
@limit("30/hour")
def create_push() -> Response:
    try:
        PushSubscription.keep(SignIn.here(), request.get_json(silent=True))
    except Refused as error:
        abort(make_response(jsonify(error=str(error)), 422))
    return make_response("", 204)


@bp.post("/desk/pushes/removal")
@needs("agent")
def remove_push() -> Response:
    given = request.get_json(silent=True)
    endpoint = given.get("endpoint") if isinstance(given, dict) else None
    PushSubscription.forget(me(), str(endpoint or ""))
    return make_response("", 204)
