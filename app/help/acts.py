"""What readers do: vote, write to the editors, tick a step, open a result. Each makes a noun."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import current_person
from app.help import library
from app.help.forms import CommentForm
from app.help.models.articles import Article, Faq
from app.help.models.asked import Asked
from app.help.models.guides import Progress
from app.help.models.voices import Comment, Reading, Vote
from app.help.pages import step_anchors
from app.help.readers import from_here, keep_cookie, known_reader, reader
from app.lib.access import public
from app.lib.db import db
from app.lib.limits import limit
from app.lib.page import page, see
from app.lib.security import from_anywhere

bp = Blueprint("help_acts", __name__, url_prefix="/help")
bp.before_request(from_here)
bp.after_request(keep_cookie)


def subject_of(name: str) -> Article | Faq:
    """What a reader speaks about, which is what they may read."""
    found = library.catalog().subject(name)
    return found if found is not None and library.may_read(found, current_person()) else abort(404)


def name_of(subject: Article | Faq) -> str:
    return subject.id if isinstance(subject, Article) else f"faq:{subject.id}"


@bp.post("/votes")
@public
@from_anywhere
@limit("10/minute;50/day")
def create_vote() -> Response | BaseResponse:
    """Count a reader's vote on an article or question and ask for the reason when it did not help."""
    subject = subject_of(request.form.get("subject", ""))
    vote = Vote.cast(name_of(subject), reader(), request.form.get("helpful") == "yes", getattr(subject, "hash", ""))
    return answer(subject, vote, "voted")


@bp.post("/comments")
@public
@from_anywhere
@limit("5/minute;20/day")
def create_comment() -> Response | BaseResponse:
    """Keep private feedback for the team."""
    form = CommentForm(request.form)
    subject = subject_of(request.form.get("subject", ""))
    if not form.validate():
        return page("help/vote.html", status=422, subject=subject, name=name_of(subject), form=form, state="voted")
    vote = known_reader() and db.session.scalar(db.select(Vote).filter_by(subject=name_of(subject), reader=known_reader()))
    if vote and form.reason.data:
        vote.explain(form.reason.data)
    Comment.leave(name_of(subject), form.words.data or "", current_person(), form.reason.data or "")
    return answer(subject, vote or None, "thanks")


def answer(subject: Article | Faq, vote: Vote | None, state: str) -> Response | BaseResponse:
    """The box anew for htmx, a page of its own without."""
    form, name = CommentForm(data={"subject": name_of(subject)}), name_of(subject)
    return page("help/vote.html", form=form, subject=subject, name=name, state=state, helpful=vote.helpful if vote else None)


@bp.post("/readings")
@public
@from_anywhere
@limit("120/minute")
def create_reading() -> tuple[str, int]:
    """Count that an article was opened; nothing is kept of who did."""
    Reading.note(name_of(subject_of(request.form.get("subject", ""))))
    return "", 204


@bp.post("/searches/<token>/opening")
@public
@from_anywhere
@limit("60/minute")
def create_opening(token: str) -> tuple[str, int]:
    """Note which result of a search was opened, on the word of who searched."""
    asked = Asked.by_token(token) or abort(404)
    asked.follow(request.form.get("key", ""))
    return "", 204


@bp.post("/guides/<path:name>/steps")
@public
@from_anywhere
@limit("120/minute")
def create_step(name: str) -> Response | BaseResponse:
    """Tick a step of a guide, or take the tick away."""
    article = library.article(name) or abort(404)
    steps, step = step_anchors(article), request.form.get("step", "")
    if step not in steps:
        abort(404)
    progress = Progress.begin(article.id, reader())
    progress.tick(step, request.form.get("done") == "yes", steps, current_person())
    if request.headers.get("HX-Request"):
        return page("help/_progress.html", done=set(progress.done), steps=steps, progress=progress)
    return see(f"{article.url}?steps#{step}")


@bp.get("/guides/<path:name>/progress")
@public
def progress(name: str) -> dict[str, object]:
    """Which steps this browser has done, for a page that came from memory."""
    article = library.article(name) or abort(404)
    known = Progress.of(article.id, known_reader() or "")
    return {"done": known.done if known else [], "steps": len(step_anchors(article))}
