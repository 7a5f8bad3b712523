"""Special days in the desk: seen, entered and removed by admins."""

from __future__ import annotations

from flask import Blueprint, flash, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.hours.calendars import names
from app.hours.forms import SpecialDayForm
from app.hours.furniture import hours_ahead, hours_week, open_now
from app.hours.models import SpecialDay, calendar, feeds_of, main_name
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import page, see

bp = Blueprint("hours", __name__, url_prefix="/desk/hours")


@bp.get("")
@needs("admin")
def index() -> Response:
    return shown(chosen(), SpecialDayForm(calendar=chosen()))


@bp.post("/days")
@needs("admin")
def create_day() -> Response:
    form = SpecialDayForm()
    if not form.validate_on_submit():
        return shown(form.calendar.data if form.calendar.data in names() else chosen(), form, 422)
    for day in form.dates():
        SpecialDay.enter(form.calendar.data, day, form.hours.data or "", form.label.data or "", current_user.id)
    flash("The calendar knows it now.", "good")
    return see("hours.index", calendar=form.calendar.data)


@bp.post("/days/<int:day_id>/removal")
@needs("admin")
def remove_day(day_id: int) -> Response:
    row = db.get_or_404(SpecialDay, day_id)
    name = row.calendar
    row.remove()
    flash("Removed. The ordinary week holds on that day again.", "good")
    return see("hours.index", calendar=name)


def chosen() -> str:
    asked = request.args.get("calendar", "")
    return asked if asked in names() else main_name()


def shown(name: str, form: SpecialDayForm, status: int = 200) -> Response:
    days = db.session.scalars(SpecialDay.ahead(name)).all()
    return page(
        "hours/index.html",
        status,
        form=form,
        name=name,
        names=names(),
        days=days,
        hours=calendar(name),
        state=open_now(name),
        week=hours_week(name),
        ahead=hours_ahead(name, 120),
        feeds=feeds_of(name),
    )
