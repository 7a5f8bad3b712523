"""Links sent by letter. Opening one changes nothing, since mail scanners open them too: the button on its page does."""

from __future__ import annotations

from flask import Response as Answer
from flask import flash, request
from werkzeug.wrappers import Response

from app.accounts import letters
from app.accounts.forms import EmailForm, PasswordForm
from app.accounts.invitations import accept
from app.accounts.mailed import MailedLink
from app.accounts.models import Person
from app.accounts.passwords import TooWeak
from app.accounts.routes.door import bp
from app.accounts.routes.sessions import admit
from app.accounts.sessions import SignIn
from app.lib.access import public
from app.lib.limits import by_field, limit
from app.lib.page import page

PASSWORDS = ("password", "invite")


@bp.get("/sign-in/link")
@public
def new_link() -> Response:
    return page("accounts/ask-link.html", form=EmailForm(next=request.args.get("next", ""), email=request.args.get("email", "")))


@bp.post("/sign-in/link")
@public
@limit("5/minute;30/hour")
@limit("4/hour", by=by_field("email"))
def create_link() -> Response:
    form = EmailForm()
    if not form.validate_on_submit():
        return page("accounts/ask-link.html", 422, form=form)
    letters.send_link(form.email.data or "", form.next.data or "")
    return page("accounts/sent.html", email=form.email.data, what="A link to sign in")


@bp.get("/sign-in/link/<token>")
@public
def show_link(token: str) -> Response:
    link = MailedLink.find(token, "sign-in")
    return page("accounts/use-link.html", link=link, token=token) if link else gone()


@bp.post("/sign-in/link/<token>")
@public
@limit("20/minute")
def use_link(token: str) -> Response:
    link = MailedLink.find(token, "sign-in")
    if link is None or not link.use():
        return gone()
    person = Person.open_account(link.email)
    return admit(person, "link", link.next) if person.active else gone()


@bp.get("/sign-in/password")
@public
def new_reset() -> Response:
    return page("accounts/ask-reset.html", form=EmailForm(email=request.args.get("email", "")))


@bp.post("/sign-in/password")
@public
@limit("5/minute;30/hour")
@limit("4/hour", by=by_field("email"))
def create_reset() -> Response:
    form = EmailForm()
    if not form.validate_on_submit():
        return page("accounts/ask-reset.html", 422, form=form)
    letters.send_reset(form.email.data or "")
    return page("accounts/sent.html", email=form.email.data, what="A link to choose a password")


@bp.get("/sign-in/password/<token>")
@public
def show_reset(token: str) -> Response:
    link = MailedLink.find(token, *PASSWORDS)
    return page("accounts/new-password.html", link=link, token=token, form=PasswordForm()) if link else gone()


@bp.post("/sign-in/password/<token>")
@public
@limit("20/minute")
def use_reset(token: str) -> Response:
    link, form = MailedLink.find(token, *PASSWORDS), PasswordForm()
    if link is None:
        return gone()
    if not form.validate_on_submit():
        return page("accounts/new-password.html", 422, link=link, token=token, form=form)
    person = accept(link)
    try:
        person.set_password(form.password.data or "")
    except TooWeak as error:
        form.password.errors = [str(error)]
        return page("accounts/new-password.html", 422, link=link, token=token, form=form)
    return settled(link, person)


def settled(link: MailedLink, person: Person) -> Response:
    """The new password holds: whoever was signed in with the old one is not any more."""
    if not link.use() or not person.active:
        return gone()
    SignIn.end_all(person)
    letters.send_changed(person, "Your password was changed.")
    flash("Your password is set.", "good")
    return admit(person, "link", link.next)


def gone() -> Answer:
    return page("accounts/gone.html", 410)
