"""Where the chat shows on other pages: the bubble, and an inline link where a bubble would be in the way."""

from __future__ import annotations

from typing import Any

from flask import Flask, has_request_context, request

from app.business.models import Site
from app.chat.live import instant
from app.conversations.models import CHANGE_WITHIN, Entry, public_name
from app.lib import slots

EMOJI = (
    ("🙂", "smile"),
    ("😀", "happy"),
    ("😂", "laughing"),
    ("😉", "wink"),
    ("😊", "glad"),
    ("😍", "love it"),
    ("🤔", "thinking"),
    ("😕", "confused"),
    ("😟", "worried"),
    ("😢", "sad"),
    ("😡", "angry"),
    ("😴", "tired"),
    ("👍", "thumbs up"),
    ("👎", "thumbs down"),
    ("👏", "applause"),
    ("🙏", "thank you"),
    ("💪", "strong"),
    ("👋", "hello"),
    ("❤️", "heart"),
    ("🎉", "celebrate"),
    ("✅", "done"),
    ("❓", "question"),
    ("⏰", "time"),
    ("☕", "coffee"),
)
# Nothing may float over the places where people pay or book.
QUIET = ("/checkout", "/desk", "/chat", "/setup")


def bubble() -> dict[str, Any] | None:
    """The link for this page. It knows only the path, so that a kept page holds nobody's data."""
    if not has_request_context() or request.path.startswith(QUIET):
        return None
    return {"path": request.path, "left": Site.current().bubble == "left"}


def inline() -> dict[str, Any]:
    return {"path": request.path if has_request_context() else "/"}


slots.fill("bubble", "chat/_bubble.html", bubble)
slots.fill("checkout.sidebar", "chat/_inline.html", inline, order=800)


def change_until(entry: Entry) -> str:
    """The instant until which a message can be changed, as ISO 8601: the page then takes the link away."""
    return (entry.created_at + CHANGE_WITHIN).isoformat()


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(said_by=public_name, change_until=change_until, instant=instant, emoji=EMOJI)
