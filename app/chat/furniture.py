"""Where the chat shows on other pages: the bubble, and an inline link where a bubble would be in the way."""

from __future__ import annotations

from typing import Any

from flask import Flask, has_request_context, request

from app.business.models import Site
from app.chat.live import instant
from app.chat.models import CallBack, PageSeen
from app.conversations.models import CHANGE_WITHIN, Conversation, Entry, public_name
from app.lib import slots
from app.lib.db import db

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
slots.fill("desk.person", "chat/_trail.html", order=200)


def page_trail(conversation: Conversation) -> list[PageSeen]:
    """The pages this visitor had open since the chat began, newest first."""
    return list(db.session.scalars(PageSeen.trail(conversation)))


def call_back(conversation: Conversation) -> CallBack | None:
    """The call that was asked for in this conversation."""
    return db.session.scalar(CallBack.of(conversation)) if conversation.channel == "phone" else None


def change_until(entry: Entry) -> str:
    """The instant until which a message can be changed, as ISO 8601: the page then takes the link away."""
    return (entry.created_at + CHANGE_WITHIN).isoformat()


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        said_by=public_name, change_until=change_until, page_trail=page_trail, call_back=call_back, instant=instant, emoji=EMOJI
    )
