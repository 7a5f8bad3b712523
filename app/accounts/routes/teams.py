"""Teams in the desk."""

from __future__ import annotations

import re

from flask import Blueprint, abort, flash
from werkzeug.wrappers import Response

from app.accounts.forms import TeamForm
from app.accounts.models import Person, Team
from app.lib.access import needs
from app.lib.db import add, db
from app.lib.page import page, see

bp = Blueprint("teams", __name__, url_prefix="/desk/teams")


@bp.get("")
@needs("admin")
def index() -> Response:
    return page("accounts/teams.html", teams=db.session.scalars(Team.all()).all())


@bp.get("/new")
@needs("admin")
def new() -> Response:
    return page("accounts/team.html", form=prepared(TeamForm()), team=None)


@bp.post("")
@needs("admin")
def create() -> Response:
    form = prepared(TeamForm())
    if form.validate_on_submit() and is_free(form, None):
        change(add(Team(name=form.name.data or "", slug=slug_of(form.name.data or ""))), form)
        return see("teams.index")
    return page("accounts/team.html", 422, form=form, team=None)


@bp.get("/<slug>")
@needs("admin")
def show(slug: str) -> Response:
    team = find(slug)
    form = TeamForm(formdata=None, data={"name": team.name, "email": team.email, "people": [person.id for person in team.people]})
    return page("accounts/team.html", form=prepared(form), team=team)


@bp.post("/<slug>")
@needs("admin")
def update(slug: str) -> Response:
    team, form = find(slug), prepared(TeamForm())
    if form.validate_on_submit() and is_free(form, team):
        change(team, form)
        return see("teams.index")
    return page("accounts/team.html", 422, form=form, team=team)


def find(slug: str) -> Team:
    return Team.by_slug(slug) or abort(404)


def prepared(form: TeamForm) -> TeamForm:
    form.people.choices = {str(person.id): person.display_name for person in db.session.scalars(Person.agents())}
    return form


def is_free(form: TeamForm, team: Team | None) -> bool:
    """A team's slug is its address and is named in content/: it is made once, and no two are the same."""
    slug = team.slug if team else slug_of(form.name.data or "")
    taken = Team.by_slug(slug)
    if not slug or slug == "new" or (taken is not None and taken is not team):
        form.name.errors = ["There is a team of that name."]
        return False
    return True


def change(team: Team, form: TeamForm) -> None:
    team.name, team.email = form.name.data or "", form.email.data or None
    team.people = [person for person in db.session.scalars(Person.agents()) if person.id in (form.people.data or ())]
    flash("Saved.", "good")


def slug_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
