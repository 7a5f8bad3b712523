"""Hosts in the desk: who holds consults, when, with what exceptions; each edits their own, admins edit all."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Response, abort, flash, request
from sqlalchemy import delete
from wtforms import DateTimeLocalField

from app.accounts.models import Person, me
from app.consults.calendars import CalendarLink, kinds
from app.consults.desk_door import bp, wanted_host
from app.consults.desk_forms import DayForm, HostForm, TimeOffForm
from app.consults.feeds import feed_address
from app.consults.hosts import WEEKDAYS, DayOverride, Host, TimeOff, WeeklyWindow, changed
from app.consults.typefile import every_type, problems
from app.consults.walltime import instant, to_datetime
from app.consults.weekwords import Unreadable, read_windows, write_windows
from app.lib import clock
from app.lib.access import needs
from app.lib.db import add, db, hold, only
from app.lib.numbers import row_number
from app.lib.page import page, see


@bp.get("/hosts")
@needs("agent")
def hosts() -> Response:
    """List everybody who holds consults, and who could."""
    found = db.session.scalars(Host.everyone()).unique().all()
    taken = {host.person_id for host in found}
    others = [person for person in db.session.scalars(Person.agents()) if person.id not in taken]
    return page("consults/desk/hosts.html", hosts=found, others=others if me().is_admin else [], types=every_type())


@bp.post("/hosts")
@needs("admin")
def create_host() -> Any:
    """Let somebody hold consults, with plain hours to begin with."""
    person = db.session.get(Person, request.form.get("person", 0, row_number))
    if person is None or not person.is_agent:
        abort(422)
    host = only(Host.owned_by(person), Host(person_id=person.id, timezone=person.timezone or "UTC"))
    if not host.windows:
        host.windows = [WeeklyWindow(weekday=day, start=540, end=1020) for day in range(5)]
        changed([host.id])
    return see("consult_desk.show_host", host_id=host.id)


@bp.get("/hosts/<int:host_id>")
@needs("agent")
def show_host(host_id: int) -> Response:
    """Show a host's hours, exceptions, time off, calendars and settings."""
    return shown(wanted_host(host_id))


def shown(host: Host, status: int = 200, **more: Any) -> Response:
    week = {day: write_windows([(w.start, w.end) for w in host.windows if w.weekday == day]) for day in range(7)}
    given: dict[str, Any] = {
        "week": week,
        "week_errors": {},
        "form": HostForm(data=HostForm.of(host)),
        "day_form": DayForm(formdata=None),
        "off_form": TimeOffForm(formdata=None),
    }
    skills = sorted({skill for kind in every_type() for skill in kind.wanted_skills})
    links = db.session.scalars(CalendarLink.of(host)).all()
    may = host.may_be_edited_by(me())
    days = [day for day in host.days if day.day >= clock.now().astimezone(host.zone).date()]
    ahead = [off for off in host.time_off if off.ends_at > clock.now()]
    facts = {"days": days, "off": ahead, "links": links, "kinds": kinds(), "may": may, "skills": skills, "feed": feed_address(host)}
    return page("consults/desk/host.html", status, host=host, weekdays=WEEKDAYS, write=write_windows, **{**given, **facts, **more})


@bp.post("/hosts/<int:host_id>")
@needs("agent")
def update_host(host_id: int) -> Any:
    """Change zone, skills, limits, places."""
    host, form = wanted_host(host_id, edit=True), HostForm()
    if not form.validate_on_submit():
        return shown(host, 422, form=form)
    form.put_into(host)
    changed([host.id])
    flash("Saved.", "good")
    return see("consult_desk.show_host", host_id=host.id)


@bp.post("/hosts/<int:host_id>/week")
@needs("agent")
def update_week(host_id: int) -> Any:
    """Replace the weekly hours by what was typed; nothing changes when a day cannot be read."""
    host = wanted_host(host_id, edit=True)
    typed = {day: request.form.get(f"day{day}", "")[:200] for day in range(7)}
    read, errors = {}, {}
    for day, words in typed.items():
        try:
            read[day] = read_windows(words)
        except Unreadable as unreadable:
            errors[day] = str(unreadable)
    if errors:
        return shown(host, 422, week=typed, week_errors=errors)
    # Sent twice at once, the second waits and replaces what the first has put in.
    hold(host)
    db.session.execute(delete(WeeklyWindow).where(WeeklyWindow.host_id == host.id))
    db.session.expire(host, ["windows"])
    host.windows = [WeeklyWindow(weekday=day, start=start, end=end) for day, windows in read.items() for start, end in windows]
    changed([host.id])
    flash("The week is changed. Bookings that stand are not.", "good")
    return see("consult_desk.show_host", host_id=host.id, _anchor="week")


@bp.post("/hosts/<int:host_id>/days")
@needs("agent")
def create_day(host_id: int) -> Any:
    """Set one or more dates that differ."""
    host, form = wanted_host(host_id, edit=True), DayForm()
    if not form.validate_on_submit():
        return shown(host, 422, day_form=form)
    for day in form.dates():
        set_day(host, day, form)
    changed([host.id])
    flash("Set.", "good")
    return see("consult_desk.show_host", host_id=host.id, _anchor="days")


def set_day(host: Host, day: date, form: DayForm) -> None:
    """Closed and open hours replace what was set for the date; extra hours add to it."""
    kind, words = form.kind.data, form.words.data or ""
    if kind != "extra":
        db.session.execute(delete(DayOverride).where(DayOverride.host_id == host.id, DayOverride.day == day))
    hours: list[tuple[int | None, int | None]] = [*form.windows()] or [(None, None)]
    for start, end in hours:
        add(DayOverride(host_id=host.id, day=day, kind=kind, start=start, end=end, words=words))


@bp.post("/hosts/<int:host_id>/days/<int:day_id>/removal")
@needs("agent")
def remove_day(host_id: int, day_id: int) -> Any:
    """Let the week hold again on a date."""
    host = wanted_host(host_id, edit=True)
    db.session.execute(delete(DayOverride).where(DayOverride.id == day_id, DayOverride.host_id == host.id))
    changed([host.id])
    return see("consult_desk.show_host", host_id=host.id, _anchor="days")


@bp.post("/hosts/<int:host_id>/time-off")
@needs("agent")
def create_time_off(host_id: int) -> Any:
    """Be away between two moments of the host's own clock."""
    host, form = wanted_host(host_id, edit=True), TimeOffForm()
    if not form.validate_on_submit():
        return shown(host, 422, off_form=form)
    start, end = (moment_of(field, host, late) for field, late in ((form.starts, False), (form.ends, True)))
    add(TimeOff(host_id=host.id, starts_at=start, ends_at=end, words=form.words.data or ""))
    changed([host.id])
    flash("Noted. Bookings that stand in that time are not cancelled.", "good")
    return see("consult_desk.show_host", host_id=host.id, _anchor="time-off")


def moment_of(field: DateTimeLocalField, host: Host, late: bool) -> datetime:
    wall = field.data or clock.now()
    return to_datetime(instant(wall.date(), wall.hour * 60 + wall.minute, host.zone, late))


@bp.post("/hosts/<int:host_id>/time-off/<int:off_id>/removal")
@needs("agent")
def remove_time_off(host_id: int, off_id: int) -> Any:
    """Be there after all."""
    host = wanted_host(host_id, edit=True)
    db.session.execute(delete(TimeOff).where(TimeOff.id == off_id, TimeOff.host_id == host.id))
    changed([host.id])
    return see("consult_desk.show_host", host_id=host.id, _anchor="time-off")


@bp.post("/hosts/<int:host_id>/pause")
@needs("agent")
def create_pause(host_id: int) -> Any:
    """Offer nothing of this host until further notice."""
    wanted_host(host_id, edit=True).pause()
    return see("consult_desk.show_host", host_id=host_id)


@bp.post("/hosts/<int:host_id>/pause/end")
@needs("agent")
def end_pause(host_id: int) -> Any:
    """Offer this host's time again."""
    wanted_host(host_id, edit=True).resume()
    return see("consult_desk.show_host", host_id=host_id)


@bp.post("/hosts/<int:host_id>/feed")
@needs("agent")
def renew_feed(host_id: int) -> Any:
    """Give the published calendar another address; the old one shows nothing any more."""
    host = wanted_host(host_id, edit=True)
    host.feed_version += 1
    flash("The old address shows nothing any more.", "good")
    return see("consult_desk.show_host", host_id=host.id, _anchor="calendars")


@bp.get("/types")
@needs("agent")
def types() -> Response:
    """Show every type with its rules, and what is wrong with files that are left out."""
    return page("consults/desk/types.html", types=every_type(), problems=list(problems()))
