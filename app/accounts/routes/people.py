"""People in the desk: found, invited, given roles and teams, closed; and the links between visitors and people, which can be undone."""

from __future__ import annotations

from flask import Blueprint, flash, request
from werkzeug.wrappers import Response

from app.accounts import factors, letters
from app.accounts.forms import InviteForm, PersonForm
from app.accounts.invitations import invite
from app.accounts.models import ROLES, Link, Person, Team, me
from app.accounts.sessions import SignIn
from app.accounts.staff import Refused
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import page, see

bp = Blueprint("people", __name__, url_prefix="/desk/people")


@bp.get("")
@needs("admin")
def index() -> Response:
    words, role = request.args.get("q", "")[:200], request.args.get("role", "")
    found = Person.matching(words)
    if role in ROLES:
        found = found.where(Person.role == role)
    elif not words:
        found = found.where(Person.role.in_(("agent", "admin")))
    return page("accounts/people.html", people=db.session.scalars(found).all(), words=words, role=role)


@bp.get("/new")
@needs("admin")
def new() -> Response:
    return page("accounts/invite.html", form=invitation())


@bp.post("")
@needs("admin")
def create() -> Response:
    form = invitation()
    if not form.validate_on_submit():
        return page("accounts/invite.html", 422, form=form)
    team = db.session.get(Team, form.team.data) if form.team.data else None
    try:
        person = invite(form.email.data or "", form.name.data or "", form.role.data, me(), team)
    except Refused as error:
        form.email.errors = [str(error)]
        return page("accounts/invite.html", 422, form=form)
    flash(f"A letter is on its way to {form.email.data}.", "good")
    return see("people.show", person_id=person.id)


@bp.get("/<int:person_id>")
@needs("admin")
def show(person_id: int) -> Response:
    return shown(db.get_or_404(Person, person_id))


@bp.post("/<int:person_id>")
@needs("admin")
def update(person_id: int) -> Response:
    person, form = db.get_or_404(Person, person_id), PersonForm()
    form.teams.choices = team_choices()
    if not form.validate_on_submit():
        return shown(person, form, 422)
    try:
        person.take_role(form.role.data)
    except Refused as error:
        form.role.errors = [str(error)]
        return shown(person, form, 422)
    person.take_grants(set(form.grants.data or ()))
    person.join([team for team in db.session.scalars(Team.all()) if team.id in (form.teams.data or ())])
    flash("Saved.", "good")
    return see("people.show", person_id=person.id)


@bp.post("/<int:person_id>/closure")
@needs("admin")
def close(person_id: int) -> Response:
    person = db.get_or_404(Person, person_id)
    try:
        person.deactivate()
        flash(f"{person.display_name} is signed out everywhere and cannot come in.", "good")
    except Refused as error:
        flash(str(error), "bad")
    return see("people.show", person_id=person.id)


@bp.post("/<int:person_id>/reopening")
@needs("admin")
def reopen(person_id: int) -> Response:
    person = db.get_or_404(Person, person_id)
    person.reactivate()
    flash(f"{person.display_name} may come in again.", "good")
    return see("people.show", person_id=person.id)


@bp.post("/<int:person_id>/invitation")
@needs("admin")
def invite_again(person_id: int) -> Response:
    person = db.get_or_404(Person, person_id)
    if person.is_agent and person.active and person.reachable_email:
        letters.send_invitation(person, me())
        flash("The letter is on its way again.", "good")
    return see("people.show", person_id=person.id)


@bp.post("/<int:person_id>/second-step/removal")
@needs("admin")
def remove_second_step(person_id: int) -> Response:
    person = db.get_or_404(Person, person_id)
    if person.has_second_step:
        factors.drop(person)
        letters.send_changed(person, f"{me().display_name} switched off the second step of your account.")
        flash("No code is asked of them any more. They were told by letter.", "good")
    return see("people.show", person_id=person.id)


@bp.post("/<int:person_id>/sessions/end")
@needs("admin")
def end_sessions(person_id: int) -> Response:
    person = db.get_or_404(Person, person_id)
    SignIn.end_all(person)
    flash(f"{person.display_name} is signed out everywhere.", "good")
    return see("people.show", person_id=person.id)


@bp.post("/<int:person_id>/links/<int:link_id>/undoing")
@needs("admin")
def undo_link(person_id: int, link_id: int) -> Response:
    person = db.get_or_404(Person, person_id)
    db.first_or_404(Link.of(person).where(Link.id == link_id)).undo(me())
    flash("They are two again.", "good")
    return see("people.show", person_id=person.id)


def invitation() -> InviteForm:
    form = InviteForm()
    form.team.choices = {"0": "None", **team_choices()}
    return form


def team_choices() -> dict[str, str]:
    return {str(team.id): team.name for team in db.session.scalars(Team.all())}


def shown(person: Person, form: PersonForm | None = None, status: int = 200) -> Response:
    given = {"role": person.role, "grants": [grant.what for grant in person.grants], "teams": [team.id for team in person.teams]}
    form = form or PersonForm(formdata=None, data=given)
    form.teams.choices = team_choices()
    links = db.session.scalars(Link.of(person)).all()
    sessions = db.session.scalars(SignIn.living(person)).all()
    return page("accounts/person.html", status, person=person, form=form, links=links, sessions=sessions)
