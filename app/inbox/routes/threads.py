"""The thread pane and the person pane: read, catch up, say who is looking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Link, Person, Team
from app.conversations.models import UNDO_WITHIN, Attachment, Block, Conversation, Entry, Move, Tag, shown_inside, tell_typing
from app.inbox import macros, rooms
from app.inbox.forms import ReplyForm
from app.inbox.live import thread_stream
from app.inbox.models import Draft, HeldReply, Mention
from app.inbox.news import heard
from app.inbox.person_notes import PersonNote
from app.inbox.routes.board import list_context, me, place_in, visit
from app.lib import clock, live
from app.lib.access import needs
from app.lib.db import db
from app.lib.numbers import row_number
from app.lib.page import page, part
from app.lib.uploads import send

bp = Blueprint("threads", __name__, url_prefix="/desk/conversations")
SHOWN, MISSED = 50, 100


def found(number: int) -> Conversation:
    """The conversation of this number as the agent may see it, else 404."""
    together = [joinedload(Conversation.person), joinedload(Conversation.assignee), joinedload(Conversation.team)]
    row: Conversation | None = db.session.scalar(Conversation.seen_by(me()).where(Conversation.id == number).options(*together))
    if row is None:
        abort(404)
    return row


@bp.get("/<int:number>")
@needs("agent")
def show(number: int) -> Response:
    """One conversation, with the list on its left and the person on its right."""
    conversation = found(number)
    Mention.read(conversation, me())
    return page("inbox/index.html", pane="thread", **list_context(view_asked()), **thread_context(conversation))


@bp.get("/<int:number>/person")
@needs("agent")
def show_person(number: int) -> Response:
    """The person behind a conversation, as a page of its own on a small screen."""
    conversation = found(number)
    return page("inbox/index.html", pane="person", **list_context(view_asked()), **thread_context(conversation))


@bp.get("/<int:number>/earlier/<int:seq>")
@needs("agent")
def show_earlier(number: int, seq: int) -> str:
    """The entries before a number, for the top of the thread."""
    conversation = found(number)
    entries = list(reversed(db.session.scalars(conversation.before(seq, inside=True, limit=SHOWN)).all()))
    return part("inbox/_earlier.html", conversation=conversation, entries=entries, more=len(entries) == SHOWN, me=me())


@bp.get("/<int:number>/since/<int:seq>")
@needs("agent")
def show_since(number: int, seq: int) -> Response:
    """Everything after a number as frames: reconnects, gaps and pages without a socket come here."""
    conversation = found(number)
    entries = db.session.scalars(conversation.since(seq, inside=True, limit=MISSED)).all()
    frames = [*(frame(conversation, entry) for entry in entries), *shown_inside(conversation)]
    return live.caught_up(frames, entries[-1].seq if entries else seq, more=len(entries) == MISSED)


def frame(conversation: Conversation, entry: Any) -> str:
    shown = entry.shown
    html = part("inbox/_entry.html", entry=shown, conversation=conversation, me=me())
    if shown is not entry:
        return live.partial("outerHTML", f"desk-{shown.dom_id}", html, entry.seq)
    return live.partial("beforeend", f"entries-{conversation.id}", html, entry.seq)


@bp.get("/<int:number>/files/<int:attachment_id>")
@needs("agent")
def show_file(number: int, attachment_id: int) -> Response:
    """A file of this conversation, or with `?thumb=1` its small picture."""
    conversation = found(number)
    held = select(Attachment).join(Entry, Entry.id == Attachment.entry_id)
    row = db.session.scalar(held.where(Attachment.id == attachment_id, Entry.conversation_id == conversation.id))
    if row is None:
        abort(404)
    return send(row.upload, thumb=bool(request.args.get("thumb")))


def view_asked() -> str:
    view = request.args.get("view", "mine")
    return view if view.isalpha() else "mine"


def place_asked() -> dict[str, Any]:
    """Where in the lists the agent was: the page after a deed shows the same rows beside it."""
    return place_in(view_asked())


def thread_context(conversation: Conversation, form: ReplyForm | None = None) -> dict[str, Any]:
    """What thread and person pane draw, each part by one query."""
    agent = me()
    entries = list(reversed(db.session.scalars(conversation.before(inside=True, limit=SHOWN)).all()))
    drafts = Draft.of(conversation, agent)
    form = form or ReplyForm(formdata=None, words=drafts.get("reply", ""), seen=conversation.last_seq)
    return {
        "conversation": conversation, "entries": entries, "more_entries": len(entries) == SHOWN, "form": form, "drafts": drafts,
        "held": db.session.scalars(HeldReply.waiting(conversation).options(joinedload(HeldReply.person))).all(),
        "receivers": receivers(conversation), "undo_close": own_closure(conversation, agent), "just_said": just_said(entries, agent),
        "macros": db.session.scalars(macros.fitting(agent)).all(), "tags": db.session.scalars(Tag.all()).all(),
        "seen_seq": conversation.read_by("customer"), "others": others_here(conversation, agent), **moves_of(conversation, agent),
        "blocked": conversation.person is not None and Block.covers(conversation.person),
        **person_context(conversation),
    }  # fmt: skip


def own_closure(conversation: Conversation, agent: Person) -> datetime | None:
    """Until when this agent's own closing can still be undone; None when it cannot."""
    row = conversation.closure()
    until = row.created_at + UNDO_WITHIN if row is not None and row.by_id == agent.id else None
    return until if until is not None and until > clock.now() else None


def just_said(entries: Sequence[Entry], agent: Person) -> tuple[Entry, datetime] | None:
    """This agent's last words, when they may still be taken into the composer again, and until when."""
    mine = next((entry for entry in reversed(entries) if entry.kind != "event"), None)
    until = mine.created_at + UNDO_WITHIN if mine is not None and mine.may_change(agent) else None
    return (mine, until) if mine is not None and until is not None and until > clock.now() else None


def receivers(conversation: Conversation) -> dict[str, list[tuple[str, str]]]:
    """To whom it can be handed on: teams and people, as (value, words)."""
    agents = [who for who in db.session.scalars(Person.agents()) if who.id != conversation.assignee_id]
    teams = db.session.scalars(select(Team).order_by(Team.name))
    return {
        "Teams": [(f"team:{team.id}", team.name) for team in teams],
        "People": [(f"agent:{who.id}", who.display_name) for who in agents],
    }


def person_context(conversation: Conversation) -> dict[str, Any]:
    """What is known of the customer, as the person they were proven to be: else only of this browser's visitor."""
    if conversation.person is None:
        return {"person": None, "past": [], "notes": [], "person_notes": []}
    person = Link.human(conversation.person)
    others = Conversation.of(person).where(Conversation.id != conversation.id)
    theirs = others.with_only_columns(Conversation.id)
    notes = select(Entry).where(Entry.conversation_id.in_(theirs), Entry.kind == "note", Entry.deleted_at.is_(None))
    return {
        "person": person,
        "past": db.session.scalars(others.order_by(Conversation.last_at.desc()).limit(20)).all(),
        "notes": db.session.scalars(notes.order_by(Entry.id.desc()).limit(5)).all(),
        "person_notes": db.session.scalars(PersonNote.about(person)).all(),
    }


def others_here(conversation: Conversation, agent: Person) -> dict[str, str]:
    """Who else looks at this thread or answers in it now: {"Linus": "replying"}."""
    here = live.presence.who(thread_stream(conversation.id))
    ids = [int(who.partition(":")[2]) for who in here if who.startswith("person:") and who != f"person:{agent.id}"]
    if not ids:
        return {}
    people = db.session.scalars(select(Person).where(Person.id.in_(ids), Person.role.in_(("agent", "admin"))))
    return {who.display_name: here[f"person:{who.id}"] for who in people}


def moves_of(conversation: Conversation, agent: Person) -> dict[str, Any]:
    """The last move that brought words here, until when to offer its undo to whoever has just done it, and the merge that took all away."""
    goes_on = conversation.living()
    if goes_on is not conversation:
        merge = last_move((Move.from_id == conversation.id) & (Move.to_id == goes_on.id) & (Move.kind == "merge"))
        return {"undoable": None, "undo_move": None, "merge": merge, "goes_on": goes_on}
    last, until = last_move(Move.to_id == conversation.id), None
    if last is not None and not conversation.may_undo(last):
        last = None
    if last is not None and last.by_id == agent.id and last.created_at + UNDO_WITHIN > clock.now():
        until = last.created_at + UNDO_WITHIN
    return {"undoable": last, "undo_move": until, "merge": None, "goes_on": goes_on}


def last_move(where: ColumnElement[bool]) -> Move | None:
    return db.session.scalar(select(Move).where(where, Move.undone_at.is_(None)).order_by(Move.id.desc()).limit(1))


@bp.post("/<int:number>/presence")
@needs("agent")
def create_presence(number: int) -> Response:
    """I am looking at this thread, or answering in it; gives who else is, and in `Desk-Seen` how far the customer has read."""
    conversation, agent = found(number), me()
    state = "replying" if request.form.get("state") == "replying" else "viewing"
    stream, who = thread_stream(conversation.id), f"person:{agent.id}"
    was = live.presence.who(stream).get(who)
    if not rooms.has_left(agent, visit()):
        rooms.stay(agent, visit(), stream, who, state)
    if was != live.presence.who(stream).get(who):
        live.tell_stream(stream, {"here": agent.id})
    if state == "replying" and request.form.get("kind") != "note":
        tell_typing(conversation, agent)
    response = Response(part("inbox/_others.html", others=others_here(conversation, agent), conversation=conversation))
    response.headers["Desk-Seen"] = str(conversation.read_by("customer"))
    return response


@bp.post("/<int:number>/reading")
@needs("agent")
def create_reading(number: int) -> tuple[str, int]:
    """I have seen everything up to this number, in a tab that was visible."""
    conversation = found(number)
    conversation.mark_read(me(), request.form.get("seq", 0, row_number))
    heard(me(), conversation)
    return "", 204
