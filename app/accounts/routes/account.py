"""One's own account: the start of the portal, the profile, a new address."""

from __future__ import annotations

from flask import flash
from werkzeug.wrappers import Response

from app.accounts import letters
from app.accounts.forms import EmailForm, ProfileForm
from app.accounts.mailed import MailedLink
from app.accounts.models import Person, me, plain
from app.accounts.routes.door import bp
from app.accounts.routes.links import gone
from app.lib.access import needs, public
from app.lib.db import db
from app.lib.limits import limit
from app.lib.page import page, see


@bp.get("/account")
@needs("customer")
def account() -> Response:
    return page("accounts/account.html", person=me())


@bp.get("/account/profile")
@needs("customer")
def profile() -> Response:
    person = me()
    return page("accounts/profile.html", form=ProfileForm(obj=person), address=EmailForm(formdata=None), person=person)


@bp.post("/account/profile")
@needs("customer")
def update_profile() -> Response:
    person, form = me(), ProfileForm()
    if not form.validate_on_submit():
        return page("accounts/profile.html", 422, form=form, address=EmailForm(formdata=None), person=person)
    person.name, person.phone = form.name.data or "", form.phone.data or None
    person.profession, person.timezone = form.profession.data or None, form.timezone.data or None
    person.about = form.about.data or "" if person.is_agent else person.about
    flash("Saved.", "good")
    return see("accounts.profile")


@bp.post("/account/address")
@needs("customer")
@limit("5/hour")
def create_address() -> Response:
    person, form = me(), EmailForm()
    if not form.validate_on_submit() or plain(form.email.data or "") == person.email:
        return page("accounts/profile.html", 422, form=ProfileForm(formdata=None, obj=person), address=form, person=person)
    letters.send_address(person, form.email.data or "")
    flash(f"We have written to {form.email.data}. The change holds once you open the link there.", "good")
    return see("accounts.profile")


@bp.get("/account/address/<token>")
@public
def show_address(token: str) -> Response:
    link = MailedLink.find(token, "address")
    return page("accounts/use-address.html", link=link, token=token) if link else gone()


@bp.post("/account/address/<token>")
@public
@limit("20/minute")
def use_address(token: str) -> Response:
    link = MailedLink.find(token, "address")
    person = db.session.get(Person, link.person_id) if link else None
    if link is None or person is None or not person.active or not link.use():
        return gone()
    former = person.email
    try:
        person.prove(link.email)
    except ValueError:
        return gone()
    letters.send_changed(person, f"Your e-mail address is now {link.email}.", to=former)
    flash("Your new address holds from now on.", "good")
    return see("accounts.account" if me().is_authenticated else "accounts.new_session")
