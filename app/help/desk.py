"""The editors' room: what readers do and miss, what is due, and articles before they are published."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import Person, current_person
from app.help import board, drafts, shown
from app.help.gaps import gaps
from app.help.library import catalog
from app.help.lint import kept
from app.help.models.asked import Asked
from app.help.models.voices import REASONS, Comment
from app.lib.access import needs
from app.lib.db import db
from app.lib.numbers import row_number
from app.lib.page import page, see

bp = Blueprint("help_desk", __name__, url_prefix="/desk/content")


@bp.get("/")
@needs("editor")
def content() -> Response:
    """Show the content dashboard."""
    rows = board.rows()
    return page(
        "help/desk/content.html",
        rows=rows[:20],
        unhelpful=board.unhelpful(rows),
        searches=board.searches(),
        top=board.top_searches(),
        weak=board.top_searches(weak=True),
        comments=board.open_comments(),
        due=board.due()[:10],
        count=len(catalog().articles),
        faq_count=len(catalog().faqs),
        reasons=REASONS,
    )


@bp.get("/gaps")
@needs("editor")
def gap_board() -> Response:
    """Show what people asked and did not find, gathered into heaps."""
    asked = db.session.scalars(Asked.gaps().limit(2000)).all()
    return page("help/desk/gaps.html", gaps=gaps(asked)[:50], total=len(asked))


@bp.post("/gaps/settlement")
@needs("editor")
def settle_gap() -> BaseResponse:
    """Take questions off the gap board: an editor has dealt with them."""
    for asked in db.session.scalars(db.select(Asked).where(Asked.id.in_(request.form.getlist("asked", type=row_number)))):
        asked.settle()
    return see("help_desk.gap_board")


@bp.get("/gaps/draft.md")
@needs("editor")
def draft_gap() -> Response:
    """A file to begin with: an article, or an intent of the bot, from the questions of one gap."""
    kind, chosen = request.args.get("kind", ""), request.args.getlist("asked", type=row_number)
    asked = db.session.scalars(db.select(Asked).where(Asked.id.in_(chosen[:200])).order_by(Asked.id.desc())).all()
    if kind not in drafts.KINDS or not asked:
        abort(404)
    name, text = drafts.draft(kind, asked)
    return Response(text, mimetype="text/markdown", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@bp.get("/reviews")
@needs("editor")
def reviews() -> Response:
    """Show what is due for review, what is unfinished, and who owns what."""
    return page("help/desk/reviews.html", due=board.due(), unfinished=board.unfinished(), owners=board.by_owner())


@bp.get("/problems")
@needs("editor")
def problems() -> Response:
    """Show what the linter finds, as `flask content check` does."""
    found, fresh = kept.found()
    return page("help/desk/problems.html", found=found, fresh=fresh)


@bp.get("/comments")
@needs("agent")
def comments() -> Response:
    """Show readers' private feedback that nobody has dealt with."""
    return page("help/desk/comments.html", comments=db.session.scalars(Comment.open().limit(200)).all(), catalog=catalog(), reasons=REASONS)


@bp.post("/comments/<int:comment_id>/handling")
@needs("agent")
def handle_comment(comment_id: int) -> BaseResponse:
    """Mark feedback as dealt with."""
    comment = db.session.get(Comment, comment_id) or abort(404)
    comment.handle(current_person() or abort(401))
    return see("help_desk.comments")


@bp.get("/guides/<int:person_id>")
@needs("agent")
def guides(person_id: int) -> Response:
    """Show how far a person is in their guides: the part of the person pane that keeps itself fresh."""
    person = db.session.get(Person, person_id) or abort(404)
    return page("help/desk/_guides.html", person=person)


@bp.get("/preview/<path:name>")
@needs("editor")
def preview(name: str) -> Response:
    """Show an article in any state as it will look."""
    article = catalog().by_id.get(name) or abort(404)
    return page("help/article.html", **shown.article_page(article, preview=True))
