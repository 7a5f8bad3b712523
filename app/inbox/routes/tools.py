"""The agents' tools: canned replies and macros are kept here; the playbook is read here."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, abort, flash, request
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from app.conversations.models import Taken
from app.inbox import macros, playbook
from app.inbox.filling import BLANK, blanks_left
from app.inbox.forms import DeskForm, ReplyForm
from app.inbox.models import Canned, Macro
from app.inbox.routes.board import me
from app.inbox.routes.deeds import standing
from app.inbox.routes.replies import back, newer, values_of
from app.lib import db as rows
from app.lib.access import needs
from app.lib.db import add, db
from app.lib.numbers import row_number
from app.lib.page import page, see

bp = Blueprint("desk_tools", __name__, url_prefix="/desk")


class CannedForm(DeskForm):
    """A canned reply and the short name that finds it after a slash."""

    title = StringField("Title", validators=[InputRequired("Give it a title."), Length(max=200)])
    slug = StringField(
        "Short name",
        description="Typed after a slash. Small letters, digits and hyphens.",
        validators=[
            InputRequired("Give it a short name."),
            Length(max=80),
            Regexp(r"^[a-z0-9-]+$", message="Small letters, digits and hyphens only."),
        ],
    )
    words = TextAreaField(
        "Words",
        description='Blanks such as {{ customer.first_name|default("there") }} and {{ agent.first_name }} are filled in.',
        validators=[InputRequired("Write the reply."), Length(max=10_000)],
    )

    def validate_words(self, field: TextAreaField) -> None:
        odd = [blank for blank in blanks_left(field.data or "") if not BLANK.fullmatch(blank)]
        if odd:
            raise ValidationError(f"{odd[0]} cannot be filled in.")


class MacroForm(DeskForm):
    """A macro: perhaps words, perhaps actions, at least one of them."""

    title = StringField("Title", validators=[InputRequired("Give it a title."), Length(max=200)])
    words = TextAreaField("Words to send", description="Leave empty to send nothing.", validators=[Length(max=10_000)])
    actions = TextAreaField("Actions", description="One a line: tag billing · priority high · team sales · take · close")

    def validate_actions(self, field: TextAreaField) -> None:
        try:
            if not macros.parse(field.data or "") and not (self.words.data or "").strip():
                raise ValidationError("A macro says or does something.")
        except macros.Unfit as error:
            raise ValidationError(str(error)) from None


@bp.get("/canned")
@needs("agent")
def index() -> Response:
    """All canned replies and macros."""
    canned = db.session.scalars(select(Canned).options(joinedload(Canned.team)).order_by(Canned.title)).all()
    return page(
        "inbox/tools.html", canned=canned, macros=db.session.scalars(select(Macro).order_by(Macro.title)).all(), lines_of=macros.lines_of
    )


@bp.route("/canned/new", methods=["GET", "POST"])
@needs("agent")
def new_canned() -> BaseResponse | Response:
    """Write a canned reply."""
    form = CannedForm()
    if not form.validate_on_submit():
        return page("inbox/canned_form.html", 422 if form.is_submitted() else 200, form=form, row=None)
    if taken(form.slug.data or "", None):
        form.slug.errors = ["Another reply has this short name."]
        return page("inbox/canned_form.html", 422, form=form, row=None)
    add(Canned(title=form.title.data or "", slug=form.slug.data or "", words=form.words.data or ""))
    flash("Saved.", "good")
    return see("desk_tools.index")


@bp.route("/canned/<int:number>", methods=["GET", "POST"])
@needs("agent")
def edit_canned(number: int) -> BaseResponse | Response:
    """Change a canned reply."""
    row = db.session.get(Canned, number) or abort(404)
    form = CannedForm(obj=row)
    valid = form.validate_on_submit()
    if valid and taken(form.slug.data or "", row):
        form.slug.errors = ["Another reply has this short name."]
        valid = False
    if not valid:
        return page("inbox/canned_form.html", 422 if form.is_submitted() else 200, form=form, row=row)
    form.populate_obj(row)
    flash("Saved.", "good")
    return see("desk_tools.index")


def taken(slug: str, but: Canned | None) -> bool:
    same = select(func.count(Canned.id)).where(Canned.slug == slug)
    return bool(db.session.scalar(same.where(Canned.id != but.id) if but else same))


@bp.post("/canned/<int:number>/removal")
@needs("agent")
def delete_canned(number: int) -> BaseResponse:
    """Throw a canned reply away."""
    db.session.delete(db.session.get(Canned, number) or abort(404))
    flash("Gone.", "good")
    return see("desk_tools.index")


@bp.route("/macros/new", methods=["GET", "POST"])
@needs("agent")
def new_macro() -> BaseResponse | Response:
    """Write a macro."""
    form = MacroForm()
    if not form.validate_on_submit():
        return page("inbox/macro_form.html", 422 if form.is_submitted() else 200, form=form, row=None)
    add(Macro(title=form.title.data or "", words=form.words.data or "", actions=macros.parse(form.actions.data or "")))
    flash("Saved.", "good")
    return see("desk_tools.index")


@bp.route("/macros/<int:number>", methods=["GET", "POST"])
@needs("agent")
def edit_macro(number: int) -> BaseResponse | Response:
    """Change a macro."""
    row = db.session.get(Macro, number) or abort(404)
    form = MacroForm(title=row.title, words=row.words, actions=macros.lines_of(row.actions))
    if not form.validate_on_submit():
        return page("inbox/macro_form.html", 422 if form.is_submitted() else 200, form=form, row=row)
    row.title, row.words, row.actions = form.title.data or "", form.words.data or "", macros.parse(form.actions.data or "")
    flash("Saved.", "good")
    return see("desk_tools.index")


@bp.post("/macros/<int:number>/removal")
@needs("agent")
def delete_macro(number: int) -> BaseResponse:
    """Throw a macro away."""
    db.session.delete(db.session.get(Macro, number) or abort(404))
    flash("Gone.", "good")
    return see("desk_tools.index")


@bp.post("/conversations/<int:number>/macro")
@needs("agent")
def create_macro_run(number: int) -> BaseResponse:
    """Run a macro on a conversation: its words and its actions, or nothing."""
    conversation, agent, form = standing(number), me(), ReplyForm()
    chosen = request.form.get("macro", type=row_number)
    macro = db.session.scalar(macros.fitting(agent).where(Macro.id == chosen)) or abort(422)
    if newer(conversation, form):
        flash("Somebody wrote before you did. Nothing was done yet.", "warn")
        return back(conversation)
    try:
        macros.run(macro, conversation, agent, values_of(conversation, agent), (form.client_id.data or secrets.token_hex(8))[:64])
    except (ValueError, Taken) as error:
        rows.roll_back()
        flash(str(error), "warn")
    return back(conversation)


@bp.get("/playbook")
@needs("agent")
def show_playbook() -> Response:
    """Scripts, narrowed by `?q=`."""
    words = request.args.get("q", "")
    return page("inbox/playbook.html", plays=playbook.plays(words), words=words)


@bp.get("/playbook/<slug>")
@needs("agent")
def show_play(slug: str) -> Response:
    """One script."""
    return page("inbox/play.html", play=playbook.play(slug) or abort(404))
