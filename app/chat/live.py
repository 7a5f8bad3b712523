"""What chat puts on the visitor's wire: entries as they are drawn on the page, seen marks, and how things stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app
from markupsafe import Markup
from sqlalchemy import select

from app.chat import first_responder
from app.chat.models import PageSeen
from app.conversations.models import (
    Conversation,
    Entry,
    Participant,
    known_as,
    public_stream,
    queue_position,
    queued,
    show_inside,
    somebody_is_here_for,
    watch_entries,
    watch_marks,
)
from app.lib import live
from app.lib.db import db
from app.lib.page import part

CHANNELS = {"chat", "phone"}
CHANGES = {"edited", "deleted"}
# Events that visitors see as a line of their own.
DRAWN = {"owner", "closed", "reopened", "away", "call_asked", "call_off", "moved", "merged", "split", "unmoved"}
MOST_WAITING = 25


def is_drawn(entry: Entry) -> bool:
    return entry.public and (entry.kind != "event" or entry.what in DRAWN)


def drawn(conversation: Conversation, entry: Entry) -> Markup:
    """The one partial for one entry, wherever it appears on the visitor's side."""
    return part("chat/_entry.html", entry=entry, conversation=conversation)


def frame(conversation: Conversation, entry: Entry) -> Markup | None:
    """The change that an entry makes on the visitor's page; None when it makes none."""
    if entry.public and entry.what in CHANGES and entry.about is not None:
        return live.partial("outerHTML", entry.about.dom_id, drawn(conversation, entry.about), entry.seq)
    return live.partial("beforeend", "chat-thread", drawn(conversation, entry), entry.seq) if is_drawn(entry) else None


def may_be_watched(conversation: Conversation) -> bool:
    """Whether a chat page may have it open: it is one, or something was merged into it, which may have been one."""
    if conversation.channel in CHANNELS:
        return True
    merged = select(Conversation.id).where(Conversation.merged_into_id == conversation.id).limit(1)
    return db.session.scalar(merged) is not None


@watch_entries
def entry_moved(conversation: Conversation, entry: Entry) -> None:
    if not may_be_watched(conversation):
        return
    stream = public_stream(conversation.id)
    change = frame(conversation, entry)
    if change is None:
        # So that nobody asks for a number that shows them nothing.
        live.tell_stream(stream, {"seq": entry.seq})
    elif entry.public and entry.what in CHANGES and entry.about is not None:
        live.replace(stream, entry.about.dom_id, drawn(conversation, entry.about), seq=entry.seq)
    else:
        live.append(stream, "chat-thread", drawn(conversation, entry), seq=entry.seq)
    if entry.what in {"owner", "closed", "reopened", "snoozed", "address", "away"}:
        show_state(conversation)
    if entry.what == "owner" and entry.data.get("was") == "queue":
        move_queue_up()
    if entry.is_spoken:
        # What the visitor says now nobody has seen yet, and after an answer the mark has no place.
        live.replace(stream, "chat-seen", part("chat/_seen.html", seen=False))


@watch_marks
def mark_moved(conversation: Conversation, participant: Participant) -> None:
    """An agent has read on: the visitor sees it."""
    if participant.role != "customer" and may_be_watched(conversation):
        live.replace(public_stream(conversation.id), "chat-seen", seen_mark(conversation))


@show_inside
def trail_shown(conversation: Conversation) -> list[Markup]:
    """Where this visitor is on our site: whoever catches up may have slept while they moved."""
    if db.session.scalar(PageSeen.trail(conversation).limit(1)) is None:
        return []
    return [live.partial("outerHTML", f"trail-{conversation.id}", part("chat/_trail.html", conversation=conversation))]


def seen_mark(conversation: Conversation) -> Markup:
    """`Seen`, when the last words are the visitor's and an agent has read them; else an empty place for it."""
    return part("chat/_seen.html", seen=is_seen(conversation))


def is_seen(conversation: Conversation) -> bool:
    shown = current_app.config["SETTINGS"].chat_seen_marks and conversation.last_voice == "customer"
    return shown and conversation.read_to_the_end()


def show_state(conversation: Conversation) -> None:
    stream = public_stream(conversation.id)
    live.replace(stream, "chat-who", part("chat/_who.html", **state(conversation)))
    live.replace(stream, "chat-state", part("chat/_state.html", **state(conversation)))


def state(conversation: Conversation) -> dict[str, Any]:
    """Who answers, and what the visitor waits for."""
    bot, place = first_responder.current(), queue_position(conversation)
    return {
        "conversation": conversation,
        "position": place if place and somebody_is_here_for(conversation) else 0,
        "agent": known_as(conversation.assignee) if conversation.owner == "agent" else "",
        "bot": bot.name if bot else "Assistant",
        "reachable": bool(conversation.person and conversation.person.reachable_email),
    }


def move_queue_up() -> None:
    """Somebody left the queue: the others stand one place further on."""
    for waiting in db.session.scalars(queued(tuple(CHANNELS)).limit(MOST_WAITING)).all():
        live.replace(public_stream(waiting.id), "chat-state", part("chat/_state.html", **state(waiting)))


def instant(words: str | None) -> datetime | None:
    """An instant that an event carries as ISO 8601."""
    return datetime.fromisoformat(words) if words else None
