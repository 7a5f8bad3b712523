"""What the desk shows in shared places: its entry in the desk's navigation."""

from __future__ import annotations

from flask import Flask

from app.inbox import words
from app.lib import slots

slots.fill("desk.nav", "inbox/_nav.html", order=10)


def init_app(app: Flask) -> None:
    words.init_app(app)
