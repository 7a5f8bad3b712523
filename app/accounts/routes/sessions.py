"""Signing in with a password, the second step, signing out, and the list of one's own sessions."""

from __future__ import annotations

from flask import flash, request, session
from werkzeug.wrappers import Response

from app.accounts import signing
from app.accounts.demo import PASSWORD, shown_logins
from app.accounts.factors import passes
from app.accounts.forms import CodeForm, SignInForm
from app.accounts.mailed import MailedLink
from app.accounts.models import Person, me
from app.accounts.passwords import fits
from app.accounts.routes.door import bp, onward
from app.accounts.sessions import SignIn
from app.lib.access import needs, public
from app.lib.db import db
from app.lib.limits import by_field, limit
from app.lib.page import page, see

WRONG = "That address and password do not belong together."


@bp.get("/sign-in")
@public
def new_session() -> Response:
    person = signed_in()
    if person is not None:
        return onward(person, request.args.get("next", ""))
    return shown(SignInForm(next=request.args.get("next", "")))


@bp.post("/sign-in")
@public
@limit("10/minute;100/hour")
@limit("10/15 minutes", by=by_field("email"))
def create_session() -> Response:
    form = SignInForm()
    if not form.validate_on_submit():
        return shown(form, 422)
    person = Person.by_email(form.email.data or "")
    # The hash is checked for nobody too, so that the answer takes as long.
    right = fits(form.password.data or "", person.password_hash if person else None)
    if person is None or not right or not person.active:
        form.form_errors.append(WRONG)
        return shown(form, 422)
    return admit(person, "password", form.next.data or "")


@bp.get("/sign-in/code")
@public
def new_code() -> Response:
    return page("accounts/code.html", form=CodeForm()) if signing.half_way() else see("accounts.new_session")


@bp.post("/sign-in/code")
@public
@limit("30/hour")
@limit("5/5 minutes;20/hour", by=lambda: f"second-step:{session.get(signing.HALF, {}).get('person')}")
def create_code() -> Response:
    half, form = signing.half_way(), CodeForm()
    if half is None:
        return see("accounts.new_session")
    if not form.validate_on_submit():
        return page("accounts/code.html", 422, form=form)
    if not passes(half.person, form.code.data or ""):
        form.code.errors = ["That code is wrong, used or too old. Try the next one."]
        return page("accounts/code.html", 422, form=form)
    signing.sign_in(half.person, half.way)
    return onward(half.person, half.next)


@bp.post("/sign-out")
@public
def delete_session() -> Response:
    signing.sign_out()
    return see("/")


@bp.get("/account/sessions")
@needs("customer")
def sessions() -> Response:
    return page("accounts/sessions.html", sessions=db.session.scalars(SignIn.living(me())).all(), here=SignIn.here())


@bp.post("/account/sessions/<int:sign_in_id>/end")
@needs("customer")
def end_session(sign_in_id: int) -> Response:
    row = db.first_or_404(SignIn.living(me()).where(SignIn.id == sign_in_id))
    if row.id == SignIn.here().id:
        return delete_session()
    row.end()
    MailedLink.end_changes(me())
    flash("That browser is signed out.", "good")
    return see("accounts.sessions")


@bp.post("/account/sessions/others/end")
@needs("customer")
def end_other_sessions() -> Response:
    SignIn.end_all(me(), but=SignIn.here())
    flash("All other browsers are signed out.", "good")
    return see("accounts.sessions")


def signed_in() -> Person | None:
    person = me()
    return person if person.is_authenticated else None


def admit(person: Person, way: str, wanted: str) -> Response:
    """In, or on to the second step."""
    return onward(person, wanted) if signing.begin(person, way, wanted) else see("accounts.new_code")


def shown(form: SignInForm, status: int = 200) -> Response:
    return page("accounts/sign-in.html", status, form=form, logins=shown_logins(), demo_password=PASSWORD)
