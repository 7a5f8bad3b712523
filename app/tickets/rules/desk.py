"""Rules in the desk, for admins: write them, try them on the past, switch them, see what they did, take it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.datastructures import MultiDict

from app.accounts.models import me
from app.lib.access import needs
from app.lib.db import db, roll_back
from app.lib.page import page, see
from app.tickets.rules import asking, doing
from app.tickets.rules.asking import EVENTS, QUESTIONS, WAYS, Unfit
from app.tickets.rules.doing import DEEDS
from app.tickets.rules.rows import Rule, RuleRun
from app.tickets.rules.running import undo
from app.tickets.rules.trial import trial

bp = Blueprint("rules", __name__, url_prefix="/desk/rules")
ROWS = 5


def wanted(rule_id: int) -> Rule:
    return db.session.get(Rule, rule_id) or abort(404)


@bp.app_context_processor
def words() -> dict[str, Any]:
    return {"rule_condition": asking.in_words, "rule_deed": doing.in_words}


@bp.get("")
@needs("admin")
def index() -> Response:
    """List the rules in the order in which they act."""
    return page("tickets/rules/index.html", rules=db.session.scalars(Rule.all()).all(), events=EVENTS)


@bp.get("/new")
@needs("admin")
def new() -> Response:
    """Ask what the new rule shall be."""
    return form(None)


def form(rule: Rule | None, status: int = 200, problem: str = "", typed: Any = None) -> Response:
    """The form of a rule, with what was typed when it made no sense."""
    said = typed or (said_by(rule) if rule else {"title": "", "event": "wrote", "hours": "24", "conditions": [], "deeds": []})
    blank = {"ask": "", "way": "is", "value": "", "do": ""}
    rows = {name: [*said[name], *[blank] * max(1, ROWS - len(said[name]))] for name in ("conditions", "deeds")}
    lists = {"events": EVENTS, "questions": QUESTIONS, "ways": WAYS, "deed_kinds": DEEDS}
    shown = {"rule": rule, "said": {**said, **rows}, "problem": problem, **lists}
    past = {"versions": rule.versions(), "runs": rule.runs()} if rule else {}
    return page("tickets/rules/rule.html", status, **shown, **past)


def said_by(rule: Rule) -> dict[str, Any]:
    hours = str(rule.hours or 24)
    return {"title": rule.title, "event": rule.event, "hours": hours, "conditions": rule.conditions, "deeds": rule.deeds}


def typed(sent: MultiDict[str, str]) -> dict[str, Any]:
    """What stands in the form, as it was typed; empty lines are left out."""
    asks = zip(sent.getlist("ask"), sent.getlist("way"), sent.getlist("ask_value"), strict=False)
    deeds = zip(sent.getlist("do"), sent.getlist("do_value"), strict=False)
    return {
        "title": " ".join(sent.get("title", "").split())[:200],
        "event": sent.get("event", ""),
        "hours": sent.get("hours", ""),
        "conditions": [{"ask": ask, "way": way, "value": value} for ask, way, value in asks if ask or value.strip()][:20],
        "deeds": [{"do": do, "value": value} for do, value in deeds if do or value.strip()][:20],
    }


def sound(said: dict[str, Any]) -> dict[str, Any]:
    """The same, checked. Raises Unfit."""
    if not said["title"]:
        raise Unfit("Give it a name.")
    if said["event"] not in EVENTS:
        raise Unfit("Choose what it listens to.")
    if not said["deeds"]:
        raise Unfit("Say what it shall do.")
    hours = said["hours"]
    if said["event"] == "quiet" and not (hours.isascii() and hours.isdecimal() and 0 < int(hours) <= 24 * 90):
        raise Unfit("After how many hours, from 1 to 2160?")
    conditions = [asking.sensible(one) for one in said["conditions"]]
    deeds = [doing.sensible(one) for one in said["deeds"]]
    return {**said, "hours": int(hours) if said["event"] == "quiet" else None, "conditions": conditions, "deeds": deeds}


@bp.post("")
@needs("admin")
def create() -> Any:
    """Keep a new rule, switched off."""
    return kept(None)


@bp.get("/<int:rule_id>")
@needs("admin")
def show(rule_id: int) -> Response:
    """Show a rule with its versions and what it did."""
    return form(wanted(rule_id))


@bp.post("/<int:rule_id>")
@needs("admin")
def update(rule_id: int) -> Any:
    """Say anew what the rule is: a new version."""
    return kept(wanted(rule_id))


def kept(rule: Rule | None) -> Any:
    said = typed(request.form)
    try:
        checked = sound(said)
    except Unfit as no:
        roll_back()
        return form(rule, 422, str(no), said)
    row = rule or Rule()
    if rule is None or sound_before(rule) != checked:
        row.say(me(), **checked)
        flash("Kept. Try it on the last thirty days, then switch it on." if row.on_since is None else "Kept as a new version.", "good")
    return see("rules.show", rule_id=row.id)


def sound_before(rule: Rule) -> dict[str, Any]:
    return {**said_by(rule), "hours": rule.hours}


@bp.post("/<int:rule_id>/switch")
@needs("admin")
def switch(rule_id: int) -> Any:
    """On or off. It acts on nothing that happened before it was switched on."""
    rule = wanted(rule_id)
    rule.switch(request.form.get("on") == "yes")
    flash(f"“{rule.title}” is {'on' if rule.on_since else 'off'}.", "good")
    return see(url_for("rules.index") if request.form.get("back") else url_for("rules.show", rule_id=rule.id))


@bp.post("/<int:rule_id>/place")
@needs("admin")
def place(rule_id: int) -> Any:
    """One place up or down."""
    wanted(rule_id).move(up=request.form.get("way") == "up")
    return see("rules.index")


@bp.get("/<int:rule_id>/trial")
@needs("admin")
def show_trial(rule_id: int) -> Response:
    """Show what it would have done in the last thirty days. Nothing is changed."""
    rule = wanted(rule_id)
    return page("tickets/rules/trial.html", rule=rule, trial=trial(rule), event=EVENTS[rule.event])


@bp.post("/<int:rule_id>/removal")
@needs("admin")
def remove(rule_id: int) -> Any:
    """Delete a rule; what it did stays written in the threads."""
    rule = wanted(rule_id)
    db.session.delete(rule)
    flash(f"“{rule.title}” is gone.", "good")
    return see("rules.index")


@bp.post("/runs/<int:run_id>/undo")
@needs("admin")
def take_back(run_id: int) -> Any:
    """Take back what a rule did once, where nobody changed it since."""
    run = db.session.get(RuleRun, run_id) or abort(404)
    back, count = undo(run, me())
    flash(f"{back} of {count} taken back." if count else "There was nothing to take back.", "good" if back == count else "bad")
    return see("rules.show", rule_id=run.rule_id)
