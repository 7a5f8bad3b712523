"""Pages that are mostly words: content/pages/ and content/legal/, read and rendered once for each version of a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from app.business.models import Offer, Profession
from app.lib import content, sitemap
from app.lib.content import Document, Problem
from app.lib.fields import Fields
from app.lib.markdown import Rendered, render_article
from app.lib.page import url_if

LEGAL = ("privacy", "terms", "accessibility")


@dataclass(frozen=True)
class Words:
    """A page of the firm: title, description, and the body as markdown. `extra` is the whole front matter, for what only one page has."""

    title: str
    description: str
    updated: date | None
    extra: dict[str, Any]
    body: str

    @property
    def rendered(self) -> Rendered:
        return rendered(self.body)

    @classmethod
    def find(cls, folder: str, slug: str) -> Words | None:
        document = content.document(folder, slug)
        return read(document)[0] if document else None


@lru_cache(maxsize=128)
def rendered(body: str) -> Rendered:
    """The article for a body of markdown; the text itself is the key, so a changed file is a new article."""
    return render_article(body)


def read(document: Document) -> tuple[Words, list[Problem]]:
    fields = Fields.of(document)
    words = Words(fields.text("title"), fields.text("description"), fields.day("updated", date.min), document.meta, document.body)
    return words, fields.problems


@content.check("pages")
def problems() -> Iterable[Problem]:
    for folder in ("pages", "legal"):
        yield from content.problems(folder)
        for document in content.documents(folder):
            yield from read(document)[1]
            yield from (document.problem(message) for message in rendered(document.body).problems)


@sitemap.lists("marketing")
def public_pages() -> Iterable[sitemap.Entry]:
    yield "/", None
    yield from ((path, None) for one in Profession.all() if (path := url_if("marketing.profession", plural=one.plural)))
    yield from ((path, None) for endpoint in ("offers", "about") if (path := url_if(f"marketing.{endpoint}")))
    yield from ((path, None) for offer in Offer.all() if (path := url_if("marketing.offer", slug=offer.slug)))
    yield from ((path, changed(slug)) for slug in LEGAL if (path := url_if("marketing.legal", slug=slug)))


def changed(slug: str) -> date | None:
    words = Words.find("legal", slug)
    return words.updated if words else None
