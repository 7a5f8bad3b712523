"""The library of this process, and what the help center puts into shared places."""

from __future__ import annotations

from flask import Flask

from app.accounts.models import current_person
from app.help import library
from app.lib.page import url_if
from app.lib.slots import fill


def desk_links() -> dict[str, object] | None:
    """The editors' link, for those who have the right."""
    person = current_person()
    return {"href": url_if("help_desk.content")} if person and person.may("editor") else None


fill("desk.nav", "help/_desk_link.html", desk_links, order=60)


def init_app(app: Flask) -> None:
    library.init_app(app)
