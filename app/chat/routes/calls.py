"""Call me back: a number and a quarter of an hour instead of waiting."""

from __future__ import annotations

from contextlib import suppress

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person
from app.chat.forms import CallForm
from app.chat.models import CallBack, NoSlot
from app.chat.reception import by_day, call_slots, reception
from app.chat.routes.board import bp
from app.chat.routes.home import begun_before, begun_meanwhile
from app.chat.visiting import place, speaker
from app.conversations.models import AlreadyBegun, Block, Blocked, Conversation, DifferentPeople, queued
from app.lib import db as rows
from app.lib.access import public
from app.lib.db import db
from app.lib.limits import limit
from app.lib.page import page, see
from app.lib.phones import spoken


@bp.get("/call")
@public
def new_call() -> Response:
    """The form for a call."""
    where = place()
    return show_call(CallForm(formdata=None, page=where.page, title=where.title), 200)


def show_call(form: CallForm, status: int, problem: str = "") -> Response:
    slots = call_slots()
    chosen = next((slot for slot in slots if form.slot.data in {slot.isoformat(), None, ""}), None)
    return page("chat/call.html", status, form=form.offer(slots), days=by_day(slots), chosen=chosen, reception=reception(), problem=problem)


@bp.post("/call")
@public
@limit("4/minute;10/hour")
def create_call() -> Response | BaseResponse:
    """Take a time. The conversation wakes five minutes before it, with the number in it."""
    form = CallForm().offer(call_slots())
    begun = begun_before(form.opening_id.data or "")
    if begun is not None:
        return see("chat.show", reference=begun.reference)
    if not form.validate():
        return show_call(form, 422)
    try:
        conversation = asked(form)
    except NoSlot as error:
        rows.roll_back()
        return show_call(form, 422, str(error))
    except Blocked as error:
        rows.roll_back()
        return show_call(form, 403, str(error))
    except AlreadyBegun:
        conversation = begun_meanwhile(form.opening_id.data or "")
    return see("chat.show", reference=conversation.reference)


def asked(form: CallForm) -> Conversation:
    person = speaker()
    Block.refuse(person)
    person.name = person.name or (form.name.data or "").strip()
    where = place().as_json()
    row = Conversation.open(
        person, "phone", subject=f"Call back {spoken(form.phone.data or '')}", opened_from=where, client_id=form.opening_id.data or None
    )
    row.say(person, form.words.data.strip() if form.words.data and form.words.data.strip() else "Please call me back.")
    bring_along(row, person)
    CallBack.ask(row, person, form.phone.data or "", form.starts_at)
    return row


def bring_along(call: Conversation, person: Person) -> None:
    """Who takes a call waits in no queue: what they wrote there goes along, unless others read it too."""
    for chat in db.session.scalars(queued().where(Conversation.person_id == person.id)).all():
        with suppress(DifferentPeople):
            chat.merge_into(call, person)
