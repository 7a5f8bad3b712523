"""Is this address yours? Six digits sent there show it; then earlier conversations are yours to see."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person
from app.accounts.signing import EmailCode, TooOften, prove_by_code, sign_in
from app.chat.forms import CodeForm
from app.chat.routes.board import bp
from app.chat.visiting import theirs
from app.conversations.models import Conversation
from app.lib.access import public
from app.lib.limits import limit
from app.lib.page import page, see


def claimant(reference: str) -> tuple[Conversation, Person, str]:
    """The conversation, its unproven visitor, and the address they left; 404 when there is nothing to prove."""
    conversation, person = theirs(reference)
    if person.is_proven or not person.claimed_email:
        abort(404)
    return conversation, person, person.claimed_email


def show_proof(conversation: Conversation, email: str, form: CodeForm, status: int = 200, **about: Any) -> Response:
    return page("chat/proof.html", status, conversation=conversation, email=email, form=form, **about)


@bp.get("/<reference>/proof")
@public
def new_proof(reference: str) -> Response:
    """What a proof is for, and the button that sends the digits."""
    conversation, _, email = claimant(reference)
    return show_proof(conversation, email, CodeForm(formdata=None))


@bp.post("/<reference>/code")
@public
@limit("4/minute;12/hour")
def create_code(reference: str) -> Response:
    """Send the digits, three times an hour to one address at most."""
    conversation, person, email = claimant(reference)
    try:
        EmailCode.send(person, email)
    except TooOften:
        words = "We have sent three codes to this address already. Please try again in an hour."
        return show_proof(conversation, email, CodeForm(formdata=None), 429, sent=True, problem=words)
    return show_proof(conversation, email, CodeForm(formdata=None), sent=True)


@bp.post("/<reference>/proof")
@public
@limit("10/minute;40/hour")
def create_proof(reference: str) -> Response | BaseResponse:
    """The digits are right: the address is theirs. People who work here sign in at their own door instead."""
    conversation, visitor, email = claimant(reference)
    form = CodeForm()
    person = prove_by_code(visitor, email, form.code.data or "") if form.validate() else None
    if person is None:
        return show_proof(conversation, email, form, 422, sent=True, problem="These are not the digits we sent last, or they are too old.")
    if not person.is_agent and not person.has_second_step:
        sign_in(person, "code")
    flash("Thank you. This address is yours; your earlier conversations are here too.", "good")
    return see("chat.show", reference=conversation.reference)
