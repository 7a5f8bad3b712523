"""What one wants to hear and where; consents; quiet hours."""

from __future__ import annotations

from flask import flash, request
from werkzeug.wrappers import Response

from app.accounts.models import Person, SignIn, me
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import page, see
from app.notifications.channels import channels_of, topics_for
from app.notifications.forms import SMS_WORDS, QuietForm, clock_time
from app.notifications.models import Consent, Preference, PushSubscription, QuietTime, wished
from app.notifications.routes.door import bp


@bp.get("/account/notifications")
@needs("customer")
def preferences() -> Response:
    return shown(filled(me()))


@bp.post("/account/notifications")
@needs("customer")
def update_preferences() -> Response:
    person, form = me(), QuietForm()
    if not form.validate_on_submit():
        return shown(form, 422)
    ticked = set(request.form.getlist("want"))
    for kind in topics_for(person):
        Preference.choose(person, kind, {name for name in kind.channels if f"{kind.name}:{name}" in ticked})
    QuietTime.choose(person, form.span())
    agree(person, form.sms.data)
    flash("Saved.", "good")
    return see("notifications.preferences")


@bp.post("/account/notifications/consents/<int:consent_id>/withdrawal")
@needs("customer")
def withdraw_consent(consent_id: int) -> Response:
    db.first_or_404(Consent.of(me()).where(Consent.id == consent_id)).end("by its giver, in the account")
    flash("That consent has ended.", "good")
    return see("notifications.preferences")


def agree(person: Person, to_sms: bool) -> None:
    if person.phone and to_sms:
        Consent.give("sms", person.phone, SMS_WORDS, "/account/notifications", person)
    elif person.phone:
        Consent.withdraw("sms", person.phone, "by its giver, in the account")


def filled(person: Person) -> QuietForm:
    row = QuietTime.of(person)
    times = {"begins": clock_time(row.begins), "ends": clock_time(row.ends)} if row else {}
    return QuietForm(formdata=None, data={**times, "sms": Consent.stands("sms", person.phone)})


def shown(form: QuietForm, status: int = 200) -> Response:
    person = me()
    topics = [(kind, channels_of(kind.channels), wished(person, kind)) for kind in topics_for(person)]
    consents = db.session.scalars(Consent.of(person)).all()
    ctx = {"topics": topics, "consents": consents, "person": person, "pushed_here": PushSubscription.is_on(SignIn.here())}
    return page("notifications/preferences.html", status, form=form, **ctx)
