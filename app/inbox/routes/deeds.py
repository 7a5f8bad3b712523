"""What an agent does to a conversation besides talking: take, hand on, close, snooze, tag, merge, split, block; each with its undo."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.accounts.models import Link, Person, Team
from app.conversations.models import PRIORITIES, Block, Conversation, DifferentPeople, Entry, Move, Taken
from app.inbox.routes.board import me
from app.inbox.routes.replies import back
from app.inbox.routes.threads import found, place_asked
from app.inbox.waking import next_opening, typed_by
from app.lib import clock
from app.lib.access import needs
from app.lib.db import db
from app.lib.numbers import row_number
from app.lib.page import see

bp = Blueprint("deeds", __name__, url_prefix="/desk/conversations/<int:number>")


def standing(number: int) -> Conversation:
    """The conversation that something is done to. Who presses on the page of one that was merged looks first at where it goes on."""
    opened = found(number)
    conversation = opened.living()
    if conversation is not opened:
        flash(f"It was merged into {conversation.reference}. Nothing was done yet.", "warn")
        abort(back(conversation))
    return conversation


@bp.post("/assignment")
@needs("agent")
def create_assignment(number: int) -> Response:
    """Take it oneself, give it to `agent`, or (with nobody) put it back into the queue."""
    conversation, to = standing(number), request.form.get("agent", "me")
    try:
        if to == "nobody":
            conversation.release(me())
        else:
            conversation.assign(me() if to == "me" else agent_of(to), me())
    except Taken:
        flash("Somebody else was faster. Look again who has it now.", "warn")
    return back(conversation)


def agent_of(text: str) -> Person:
    agent: Person | None = db.session.scalar(Person.agents().where(Person.id == id_of(text)))
    if agent is None:
        abort(422)
    return agent


def id_of(text: str) -> int:
    try:
        return row_number(text)
    except ValueError:
        return -1


@bp.post("/watching")
@needs("agent")
def create_watching(number: int) -> Response:
    """Hear of what happens in it, or no more."""
    conversation, wanted = standing(number), request.form.get("watch") == "yes"
    conversation.watch(me(), wanted)
    flash("You hear of what happens here." if wanted else "You hear no more of it.", "good")
    return back(conversation)


@bp.post("/transfer")
@needs("agent")
def create_transfer(number: int) -> Response:
    """Hand on to a team or an agent, with a brief."""
    conversation = standing(number)
    kind, _, chosen = request.form.get("to", "").partition(":")
    team = db.session.get(Team, id_of(chosen)) if kind == "team" else None
    agent = agent_of(chosen) if kind == "agent" else None
    if team is None and agent is None:
        abort(422)
    try:
        conversation.transfer(me(), team=team, agent=agent, brief=request.form.get("brief", "")[:4000])
        flash(f"Handed on to {agent.display_name if agent else team.name if team else ''}.", "good")
    except Taken:
        flash("Somebody else was faster. Look again who has it now.", "warn")
    return back(conversation)


@bp.post("/closure")
@needs("agent")
def create_closure(number: int) -> Response:
    """Done with it. Ten seconds to think again."""
    conversation = standing(number)
    conversation.close(me(), request.form.get("reason", "")[:200])
    return back(conversation)


@bp.post("/closure/removal")
@needs("agent")
def delete_closure(number: int) -> Response:
    """Undo the closing while that is possible, else reopen."""
    conversation = standing(number)
    if not conversation.undo_close(me()):
        conversation.reopen(me())
    return back(conversation)


@bp.post("/snooze")
@needs("agent")
def create_snooze(number: int) -> Response:
    """Put it aside until a time, the next opening, or until they write."""
    conversation = standing(number)
    try:
        conversation.snooze(moment(request.form.get("until", "reply"), request.form.get("at", "")), me())
    except ValueError as error:
        flash(str(error), "warn")
    return back(conversation)


def moment(until: str, at: str) -> datetime | None:
    """The instant a snooze ends, None for "until they write". Raises ValueError for a time that makes no sense or has gone."""
    if until == "reply":
        return None
    if until in {"hour", "week"}:
        return clock.now() + (timedelta(hours=1) if until == "hour" else timedelta(days=7))
    if until == "opening":
        return next_opening()
    try:
        chosen = datetime.fromisoformat(at)
    except ValueError:
        raise ValueError("Choose a day and a time until which it sleeps.") from None
    chosen = typed_by(me(), chosen)
    if chosen <= clock.now():
        raise ValueError("That time has gone. Choose a later one.")
    return chosen


@bp.post("/snooze/removal")
@needs("agent")
def delete_snooze(number: int) -> Response:
    """Take it up again now."""
    conversation = standing(number)
    conversation.wake("person", me())
    return back(conversation)


@bp.post("/tags")
@needs("agent")
def create_tag(number: int) -> Response:
    """Put a tag on."""
    conversation = standing(number)
    try:
        conversation.tag(request.form.get("name", ""), me())
    except ValueError as error:
        flash(str(error), "warn")
    return back(conversation)


@bp.post("/tags/<slug>/removal")
@needs("agent")
def delete_tag(number: int, slug: str) -> Response:
    """Take a tag off."""
    conversation = standing(number)
    conversation.untag(slug, me())
    return back(conversation)


@bp.post("/priority")
@needs("agent")
def create_priority(number: int) -> Response:
    """How urgent it is, as people here see it."""
    conversation, priority = standing(number), request.form.get("priority", "")
    if priority not in PRIORITIES:
        abort(422)
    conversation.prioritise(priority, me())
    return back(conversation)


@bp.post("/subject")
@needs("agent")
def create_subject(number: int) -> Response:
    """Call it something else."""
    conversation = standing(number)
    conversation.rename(request.form.get("subject", ""), me())
    return back(conversation)


@bp.post("/merge")
@needs("agent")
def create_merge(number: int) -> Response:
    """Put this one at the end of another conversation of the same person."""
    conversation = standing(number)
    other = Conversation.found(me(), request.form.get("into", ""))
    try:
        if other is None:
            raise ValueError("There is no conversation of that number.")
        conversation.merge_into(other, me(), share=request.form.get("share") == "yes")
    except DifferentPeople:
        flash("These belong to different people: each would read the other's words. Nothing was merged.", "bad")
        return back(conversation)
    except ValueError as error:
        flash(str(error), "warn")
        return back(conversation)
    return back(other)


@bp.post("/split")
@needs("agent")
def create_split(number: int) -> Response:
    """A new conversation of the chosen messages."""
    conversation = standing(number)
    ids = request.form.getlist("entries", type=row_number)
    chosen = db.session.scalars(select(Entry).where(Entry.conversation_id == conversation.id, Entry.id.in_(ids)).order_by(Entry.seq)).all()
    try:
        new, _ = conversation.split(chosen, me())
    except ValueError as error:
        flash(str(error), "warn")
        return back(conversation)
    return back(new)


@bp.post("/moves/<int:move_id>/removal")
@needs("agent")
def delete_move(number: int, move_id: int) -> Response:
    """Undo a merge or split that brought entries here."""
    conversation = found(number)
    move = db.session.scalar(select(Move).where(Move.id == move_id, Move.to_id == conversation.id))
    if move is None:
        abort(404)
    if not conversation.undo_move(move, me()) and move.undone_at is None:
        flash("It was merged again since. Undo that first.", "warn")
        return back(conversation)
    return see("threads.show", number=move.from_id, **place_asked())


@bp.post("/block")
@needs("agent")
def create_block(number: int) -> Response:
    """Hear no more of this sender."""
    conversation = standing(number)
    sender = Link.human(conversation.person) if conversation.person is not None else None
    if sender is None or sender.is_agent:
        abort(422)
    if not Block.covers(sender):
        Block.make(sender, me(), address_of(conversation, sender))
        conversation.happen("blocked", me())
    flash("Blocked. They can no longer write to us.", "good")
    return back(conversation)


def address_of(conversation: Conversation, sender: Person) -> str | None:
    """Where its sender writes from: what a letter came from, else only what is proven. What was merely typed may be another's."""
    return sender.reachable_email if conversation.channel == "email" else sender.email


@bp.post("/block/removal")
@needs("agent")
def delete_block(number: int) -> Response:
    """Hear them again."""
    conversation = standing(number)
    if conversation.person is not None:
        Block.lift(conversation.person)
        conversation.happen("unblocked", me())
        flash("They can write to us again.", "good")
    return back(conversation)
