"""Password and second step of one's own account."""

from __future__ import annotations

from flask import flash, request
from werkzeug.wrappers import Response

from app.accounts import factors, letters
from app.accounts.factors import RecoveryCode, WrongCode
from app.accounts.forms import ChangePasswordForm, CodeForm, PasswordForm
from app.accounts.models import Person, me
from app.accounts.passwords import TooWeak
from app.accounts.routes.door import bp
from app.accounts.sessions import SignIn
from app.lib import content, tokens
from app.lib.access import needs
from app.lib.limits import limit
from app.lib.page import page, see

ENROL = "second step"


def by_me() -> str:
    return f"person:{me().id}" if me().is_authenticated else "stranger"


@bp.get("/account/security")
@needs("customer")
def security() -> Response:
    return shown()


@bp.post("/account/security/password")
@needs("customer")
@limit("10/hour", by=by_me)
def update_password() -> Response:
    person, form = me(), password_form(me())
    if not form.validate_on_submit():
        return shown(422, password=form)
    if isinstance(form, ChangePasswordForm) and not person.has_password(form.current.data or ""):
        form.current.errors = ["That is not your password."]
        return shown(422, password=form)
    try:
        person.set_password(form.password.data or "")
    except TooWeak as error:
        form.password.errors = [str(error)]
        return shown(422, password=form)
    SignIn.end_all(person, but=SignIn.here())
    letters.send_changed(person, "Your password was changed.")
    flash("Your new password holds. All other browsers were signed out.", "good")
    return see("accounts.security")


@bp.get("/account/security/second-step")
@needs("customer")
def new_second_step() -> Response:
    if me().has_second_step:
        return see("accounts.security")
    return enrolling(factors.fresh_secret(), CodeForm())


@bp.post("/account/security/second-step")
@needs("customer")
@limit("20/hour", by=by_me)
def create_second_step() -> Response:
    person, form = me(), CodeForm()
    if person.has_second_step:
        return see("accounts.security")
    try:
        secret = str(tokens.unsign(f"{ENROL} {person.id}", request.form.get("key", ""))["secret"])
        codes = factors.enrol(person, secret, form.code.data or "")
    except tokens.Bad:
        return see("accounts.new_second_step")
    except WrongCode:
        form.code.errors = ["That code does not fit. Take the one your app shows now."]
        return enrolling(secret, form, 422)
    letters.send_changed(person, "A second step was switched on for your account.")
    return page("accounts/recovery-codes.html", codes=codes)


@bp.post("/account/security/second-step/removal")
@needs("customer")
@limit("5/5 minutes;20/hour", by=by_me)
def remove_second_step() -> Response:
    person, form = me(), CodeForm()
    if not person.has_second_step:
        return see("accounts.security")
    if not form.validate_on_submit() or not factors.passes(person, form.code.data or ""):
        form.code.errors = ["That code is wrong, used or too old."]
        return shown(422, code=form)
    factors.drop(person)
    letters.send_changed(person, "The second step of your account was switched off.")
    flash("No code is asked for any more.", "good")
    return see("accounts.security")


@bp.post("/account/security/recovery-codes")
@needs("customer")
@limit("5/5 minutes;20/hour", by=by_me)
def create_recovery_codes() -> Response:
    person, form = me(), CodeForm()
    if not person.has_second_step:
        return see("accounts.security")
    if not form.validate_on_submit() or not factors.passes(person, form.code.data or ""):
        form.code.errors = ["That code is wrong, used or too old."]
        return shown(422, code=form)
    return page("accounts/recovery-codes.html", codes=RecoveryCode.renew(person))


def password_form(person: Person) -> PasswordForm:
    return ChangePasswordForm() if person.password_hash else PasswordForm()


def enrolling(secret: str, form: CodeForm, status: int = 200) -> Response:
    person = me()
    firm = str(content.table("site.toml").get("name") or "Frontdesk")
    key = tokens.sign(f"{ENROL} {person.id}", {"secret": secret})
    picture = factors.picture(secret, person.email or "", firm)
    return page("accounts/second-step.html", status, form=form, key=key, picture=picture, secret=secret)


def shown(status: int = 200, password: PasswordForm | None = None, code: CodeForm | None = None) -> Response:
    person = me()
    return page(
        "accounts/security.html",
        status,
        person=person,
        password=password or (ChangePasswordForm if person.password_hash else PasswordForm)(formdata=None),
        code=code or CodeForm(formdata=None),
        codes_left=RecoveryCode.left(person),
    )
