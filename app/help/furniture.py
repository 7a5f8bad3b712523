"""The library of this process, and what the help center puts into shared places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from sqlalchemy import delete

from app.accounts.models import Person, current_person
from app.help import library
from app.help.lint import kept
from app.help.models.articles import Article
from app.help.models.asked import KEPT_DAYS, Asked
from app.help.models.guides import Progress
from app.help.pages import forget_renderings, render_ahead
from app.lib import clock, sitemap
from app.lib.access import only_for
from app.lib.db import db
from app.lib.outbox import errand
from app.lib.page import url_if
from app.lib.slots import fill

MOST_AT_CHECKOUT = 6
SECONDS_AHEAD = 10.0


def desk_links() -> dict[str, object] | None:
    """The editors' link, for those who have the right; what readers wrote, for other agents."""
    person = current_person()
    if person is None or not person.may("agent"):
        return None
    edits = person.may("editor")
    return {"href": url_if("help_desk.content" if edits else "help_desk.comments"), "words": "Content" if edits else "Feedback"}


def guides_of(person: Person) -> list[tuple[Article, Progress]]:
    """The three guides this person ticked last, with how far they are. Template global."""
    found = ((library.article(one.article), one) for one in db.session.scalars(Progress.by_person(person).limit(3)))
    return [(article, one) for article, one in found if article is not None]


@sitemap.lists("help")
def public_pages() -> Iterator[sitemap.Entry]:
    """What everybody may read, for search engines."""
    catalog, articles = library.catalog(), library.articles()
    filled = {article.category for article in articles}
    yield from (("/help/", None), ("/help/faq", None))
    yield from ((shelf.url, None) for shelf in catalog.categories if shelf.slug in filled)
    yield from ((topic.url, None) for topic in library.topics())
    yield from ((article.url, article.updated_at.date() if article.updated_at else None) for article in articles)


@errand("help.refresh")
def refresh() -> None:
    """Take up what was committed since: catalogue, index, redirects; then do ahead what no reader and no editor shall wait for."""
    render_ahead(library.library().refresh(), SECONDS_AHEAD)
    kept.renew()


@errand("help.sweep")
def sweep() -> None:
    """Forget questions after a year, and renderings that nothing uses any more."""
    db.session.execute(delete(Asked).where(Asked.created_at < clock.now() - timedelta(days=KEPT_DAYS)))
    forget_renderings(library.catalog())


def at_checkout() -> dict[str, object]:
    return {"faqs": library.faqs(at="checkout")[:MOST_AT_CHECKOUT]}


fill("checkout.questions", "help/_at_checkout.html", at_checkout)
fill("desk.nav", "help/_desk_link.html", desk_links, order=60, kept=True)
fill("desk.person", "help/desk/_read.html", only_for("agent"), order=140)
fill("desk.person", "help/desk/_guides.html", only_for("agent"), order=150)


def init_app(app: Flask) -> None:
    library.init_app(app)
    app.jinja_env.globals.update(guides_of=guides_of, read_before=library.read_before)
