"""The help center's pages."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.models import current_person
from app.help import library, media, shown
from app.help.acts import bp as acts
from app.help.desk import bp as desk
from app.help.models.articles import Article
from app.help.models.guides import Progress
from app.help.readers import keep_cookie, known_reader
from app.lib.access import public
from app.lib.limits import limit
from app.lib.page import page, see
from app.lib.pagecache import keep_for_strangers

bp = Blueprint("help", __name__, url_prefix="/help")
bp.after_request(keep_cookie)
KEPT = 3


@bp.get("/")
@public
@keep_for_strangers(KEPT)
def index() -> Response:
    """Show the door of the help center: search, shelves, what is read most."""
    return page("help/index.html", **shown.home())


@bp.get("/faq")
@public
@keep_for_strangers(KEPT)
def faq() -> Response:
    """Show all questions by topic, or those that match ?q=."""
    return page("help/faq.html", **shown.faq_page(request.args.get("q", "")))


@bp.get("/faq/<topic>")
@public
@keep_for_strangers(KEPT)
def topic(topic: str) -> Response:
    """Show one topic's questions, those that the reader may read."""
    found = next((one for one in library.topics(current_person()) if one.slug == topic), None) or abort(404)
    return page("help/topic.html", **shown.topic_page(found))


@bp.get("/search")
@public
@limit("60/minute", methods=("GET",))
def search() -> Response:
    """Show what was found for ?q=, and say so when it is probably no answer."""
    return page("help/search.html", **shown.search_page(request.args))


@bp.get("/suggestions")
@public
@limit("300/minute", methods=("GET",))
def suggestions() -> Response:
    """Answer the lines for what has been typed so far."""
    found = library.suggest(request.args.get("q", ""), person=current_person())
    return page("help/_suggestions.html", suggestions=found)


@bp.get("/a/<path:name>")
@public
def permanent(name: str) -> BaseResponse:
    """Lead an article's id to where it stands today: the address for letters, chats and print."""
    found = library.article(name) or abort(404)
    return redirect(found.url, 302)


@bp.get("/media/<path:place>")
@public
def medium(place: str) -> Response:
    """Send a picture, a film or a download that stands beside the articles."""
    return media.send(place)


@bp.get("/<category>/")
@public
@keep_for_strangers(KEPT)
def category(category: str) -> Response | BaseResponse:
    """Show a shelf."""
    found = library.catalog().category(category)
    if found is None:
        return moved(category)
    return page("help/category.html", **shown.category_page(found, request.args.get("folder", ""), shown.page_number(request.args)))


@bp.get("/<category>/<path:slug>")
@public
@keep_for_strangers(KEPT)
def article(category: str, slug: str) -> Response | BaseResponse:
    """Show an article to those it is for; editors are led to the preview of one that nobody can read yet."""
    found = library.catalog().by_address.get((category, slug.rstrip("/")))
    person = current_person()
    if found is not None and library.may_read(found, person):
        return page("help/article.html", **shown.article_page(found, progress(found)))
    if found is not None and person is not None and person.may("editor"):
        return see("help_desk.preview", name=found.id)
    return moved(f"{category}/{slug}")


def moved(address: str) -> Response | BaseResponse:
    """One hop to where the page went, or a 404 that searches for its words."""
    catalog = library.catalog()
    target = catalog.by_id.get(catalog.redirects.get(address.rstrip("/"), ""))
    if target is not None and library.may_read(target, current_person()):
        return redirect(target.url, 301)
    return page("help/missing.html", status=404, **shown.missing_page(address))


def progress(found: Article) -> Progress | None:
    name = known_reader() if found.guide else None
    return Progress.of(found.id, name) if name else None


blueprints = (bp, acts, desk)
