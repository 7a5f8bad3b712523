"""The desk's page of keys for other programs, for admins."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, request

from app.accounts.models import me
from app.lib.access import needs
from app.lib.db import db, roll_back
from app.lib.page import page, see
from app.tickets.models.keys import SCOPES, ApiKey

bp = Blueprint("api_keys", __name__, url_prefix="/desk/keys")


@bp.get("")
@needs("admin")
def index() -> Response:
    """List the keys with what they may do and when they were last used."""
    return listed()


def listed(status: int = 200, words: str = "") -> Response:
    response = page("tickets/desk/keys.html", status, keys=db.session.scalars(ApiKey.all()).all(), scopes=SCOPES, words=words)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("")
@needs("admin")
def create() -> Any:
    """Make a key and show it, once."""
    try:
        _, words = ApiKey.make(request.form.get("name", ""), request.form.getlist("scope"), me())
    except ValueError as no:
        roll_back()
        flash(str(no), "bad")
        return see("api_keys.index")
    return listed(words=words)


@bp.post("/<int:key_id>/revocation")
@needs("admin")
def revoke(key_id: int) -> Any:
    """The key opens nothing any more."""
    key = db.session.get(ApiKey, key_id) or abort(404)
    key.revoke()
    flash(f"“{key.name}” opens nothing any more.", "good")
    return see("api_keys.index")
