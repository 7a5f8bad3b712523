"""The blueprint of everything people do about their own account, and what its pages share."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from app.accounts.models import Person
from app.lib.page import safe_next, see, url_if

bp = Blueprint("accounts", __name__)


def home_of(person: Person) -> str:
    desk = url_if("inbox.index") if person.is_agent else None
    return desk or url_if("accounts.account") or "/"


def onward(person: Person, wanted: str = "") -> Response:
    """To where they wanted to go, when that is on this site, else to their home."""
    return see(safe_next(wanted, home_of(person)))
