"""The first run: making the first admin."""

from __future__ import annotations

from flask import abort
from werkzeug.wrappers import Response

from app.accounts import setup, signing
from app.accounts.forms import SetUpForm
from app.accounts.passwords import TooWeak
from app.accounts.routes.door import bp, onward
from app.lib.access import public
from app.lib.limits import limit
from app.lib.page import page


@bp.get("/setup")
@public
def no_setup() -> Response:
    if setup.has_admin():
        abort(404)
    return page("accounts/no-setup.html")


@bp.get("/setup/<token>")
@public
def show_setup(token: str) -> Response:
    return page("accounts/setup.html", form=SetUpForm(), token=token) if setup.opens(token) else abort(404)


@bp.post("/setup/<token>")
@public
@limit("20/hour")
def create_admin(token: str) -> Response:
    form = SetUpForm()
    if not setup.opens(token):
        abort(404)
    if not form.validate_on_submit():
        return page("accounts/setup.html", 422, form=form, token=token)
    try:
        person = setup.make_admin(form.email.data or "", form.name.data or "", form.password.data or "")
    except TooWeak as error:
        form.password.errors = [str(error)]
        return page("accounts/setup.html", 422, form=form, token=token)
    signing.sign_in(person, "setup")
    return onward(person)
