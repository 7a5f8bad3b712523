"""The library of this process, and what the help center puts into shared places."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import delete

from app.accounts.models import Person, current_person
from app.help import library
from app.help.models.articles import Article
from app.help.models.asked import KEPT_DAYS, Asked
from app.help.models.guides import Progress
from app.help.pages import forget_renderings
from app.lib import clock
from app.lib.access import only_for
from app.lib.db import db
from app.lib.outbox import errand
from app.lib.page import url_if
from app.lib.slots import fill


def desk_links() -> dict[str, object] | None:
    """The editors' link, for those who have the right."""
    person = current_person()
    return {"href": url_if("help_desk.content")} if person and person.may("editor") else None


def guides_of(person: Person) -> list[tuple[Article, Progress]]:
    """The three guides this person ticked last, with how far they are. Template global."""
    found = ((library.article(one.article), one) for one in db.session.scalars(Progress.by_person(person).limit(3)))
    return [(article, one) for article, one in found if article is not None]


@errand("help.refresh")
def refresh() -> None:
    """Take up what was committed since: catalogue, index, redirects."""
    library.library().refresh()


@errand("help.sweep")
def sweep() -> None:
    """Forget questions after a year, and renderings that nothing uses any more."""
    db.session.execute(delete(Asked).where(Asked.created_at < clock.now() - timedelta(days=KEPT_DAYS)))
    forget_renderings(library.catalog())


fill("desk.nav", "help/_desk_link.html", desk_links, order=60, kept=True)
fill("desk.person", "help/desk/_guides.html", only_for("agent"), order=150)


def init_app(app: Flask) -> None:
    library.init_app(app)
    app.jinja_env.globals["guides_of"] = guides_of
