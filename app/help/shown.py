"""What each page of the help center shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import url_for
from sqlalchemy.exc import OperationalError

from app.accounts.models import current_person
from app.help import library
from app.help.catalog import public
from app.help.folders import Folder, Level, above, opened
from app.help.models.articles import Article, Category, Faq, Topic
from app.help.models.asked import Asked
from app.help.models.guides import Progress
from app.help.models.voices import Reading
from app.help.pages import body_of, steps_of
from app.lib.db import db, roll_back
from app.lib.logs import log
from app.lib.search import Hit, Results

PAGE = 10
MOST_LISTED = 200
KINDS = {"article": "Articles", "faq": "Questions", "thread": "Community"}


def home() -> dict[str, Any]:
    catalog = library.catalog()
    shelves = [(one, public(catalog.by_category.get(one.slug, []))) for one in catalog.categories]
    return {
        "shelves": [(one, found) for one, found in shelves if found],
        "popular": popular(6),
        "faqs": library.faqs(at="home")[:6],
        "count": sum(len(found) for _, found in shelves),
    }


def popular(most: int) -> list[Article]:
    """What was read most in the last month, then what editors pinned."""
    catalog = library.catalog()
    read = [subject for subject, _ in db.session.execute(Reading.totals().limit(50))]
    pinned = [article.id for article in catalog.articles if article.pinned]
    found = (catalog.by_id.get(name) for name in dict.fromkeys(read + pinned))
    return [article for article in found if article and article.is_public][:most]


def category_page(category: Category, folder: str, number: int) -> dict[str, Any]:
    """A shelf; one with many articles is shown by folders, and a folder with many by pages."""
    articles = public(library.catalog().by_category.get(category.slug, []))
    level = opened(articles, folder.strip("/")) if len(articles) > MOST_LISTED else Level("", articles=articles)
    start = (number - 1) * MOST_LISTED
    return {
        "category": category,
        "level": level,
        "crumbs": crumbs(category, level.above),
        "articles": level.articles[start : start + MOST_LISTED],
        "number": number,
        "last": max(1, -(-len(level.articles) // MOST_LISTED)),
    }


def crumbs(shelf: Category, folders: list[Folder]) -> list[tuple[str, str]]:
    """The way down to a folder of a shelf."""
    inside = [(one.title, f"{shelf.url}?folder={quote(one.path)}") for one in folders]
    return [("Help center", url_for("help.index")), (shelf.title, shelf.url), *inside]


def page_number(args: Mapping[str, str]) -> int:
    """The page that is asked for; the first one for anything that is no page."""
    asked = args.get("page", "")
    return max(int(asked), 1) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 1


def article_page(article: Article, progress: Progress | None = None, preview: bool = False) -> dict[str, Any]:
    catalog = library.catalog()
    shelf = catalog.category(article.category) or Category(article.category, article.category)
    large = len(catalog.by_category.get(shelf.slug, [])) > MOST_LISTED
    body = body_of(article, catalog)
    lead, steps, rest = steps_of(body.html) if article.guide else (body.html, [], "")
    before, after = catalog.neighbours(article)
    return {
        "article": article,
        "category": shelf,
        "crumbs": [*crumbs(shelf, above([article], article.slug.rpartition("/")[0]) if large else []), (article.title, "")],
        "body": body,
        "lead": lead,
        "steps": steps,
        "rest": rest,
        "done": set(progress.done) if progress else set(),
        "related": catalog.related(article),
        "before": before,
        "after": after,
        "subject": article.id,
        "preview": preview,
    }


def faq_page(query: str) -> dict[str, Any]:
    catalog = library.catalog()
    found = library.find(query, person=current_person(), kinds=("faq",), limit=30) if query.strip() else None
    if found:
        remember(found, "faq")
    named = (catalog.faq_by_id.get(hit.key.removeprefix("faq:")) for hit in found.hits) if found else ()
    hits = [faq for faq in named if faq is not None]
    topics = [(topic, library.faqs(topic.slug, person=current_person())) for topic in library.topics(current_person())]
    return {"q": query, "found": found, "hits": hits, "topics": topics, "near": catalog.near}


def topic_page(topic: Topic) -> dict[str, Any]:
    faqs = library.faqs(topic.slug, person=current_person())
    return {
        "topic": topic,
        "faqs": faqs,
        "topics": library.topics(current_person()),
        "near": library.catalog().near,
        "structured": structured(faqs),
    }


def structured(faqs: list[Faq]) -> dict[str, Any]:
    """The questions as schema.org FAQPage, for search engines."""
    answers = [(faq.question, faq.passages()[0].text) for faq in faqs]
    return {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "mainEntity": [
            {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}} for question, answer in answers
        ],
    }


def search_page(args: Mapping[str, str]) -> dict[str, Any]:
    query, kind, shelf = args.get("q", "")[:300], args.get("kind", ""), args.get("category", "")
    number, exact = page_number(args), args.get("exact") == "1"
    found = library.find(
        query,
        person=current_person(),
        kinds=(kind,) if kind in KINDS else (),
        category=shelf,
        limit=PAGE,
        offset=(number - 1) * PAGE,
        correct=not exact,
    )
    asked = remember(found) if query.strip() and number == 1 and not kind and not shelf else None
    shelves = {category.slug: category.title for category in library.catalog().categories}
    return {
        "q": query,
        "limits": {"q": query, "kind": kind or None, "category": shelf or None, "exact": 1 if exact else None},
        "found": found,
        "asked": asked,
        "kind": kind,
        "shelf": shelf,
        "shelves": shelves,
        "kinds": KINDS,
        "folders_of": folders_of,
        "page_number": number,
    }


def folders_of(hit: Hit) -> list[str]:
    """The folders of a mounted tree that a found article lies in: there many may have one title."""
    mount, *folders = str(hit.data["path"]).split("/")[:-1]
    return folders if mount == hit.data["category"] else []


def remember(found: Results, source: str = "search") -> str | None:
    """Note the search for the gap board; gives its token. A database that is away costs the note, never the answer."""
    try:
        top = found.hits[0].key if found.hits else ""
        return Asked.note(source, found.query, weak=found.weak, found=found.total, top=top).token
    except OperationalError:
        roll_back()
        log.warning("a search was not noted")
        return None


def missing_page(address: str) -> dict[str, Any]:
    words = address.replace("/", " ").replace("-", " ")
    return {"hits": library.find(words, person=current_person(), limit=5).hits, "words": words}
