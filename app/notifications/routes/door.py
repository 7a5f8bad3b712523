"""The blueprint of notifications, and who is asking."""

from __future__ import annotations

from typing import cast

from flask import Blueprint
from flask_login import current_user

from app.accounts.models import Person

bp = Blueprint("notifications", __name__)


def me() -> Person:
    """The signed-in person of a view that `needs` one."""
    return cast("Person", current_user._get_current_object())
