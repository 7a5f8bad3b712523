"""The help center as other slices use it: articles, questions, search. This is the slice's declared socket.

library.article("cancel-a-booking") -> Article | None      library.find("cancel bookng") -> search.Results
library.faqs(at="checkout") -> [Faq]                        library.suggest("canc") -> [search.Suggestion]
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import unquote

from flask import Flask, current_app

from app.accounts.models import Person
from app.help.catalog import Catalog
from app.help.compile import compiled, stamps
from app.help.models.articles import Article, Faq, Topic
from app.help.places import OWN
from app.lib import pagecache, search

LOOK_EVERY = 1.0


class Library:
    """One for each process: the catalogue and the index of this installation, taken up when they change on disk."""

    def __init__(self, app: Flask) -> None:
        settings = app.config["SETTINGS"]
        self.app = app
        self.folder: Path = settings.instance / "help"
        self.index = search.Index(self.folder / "index", Path(settings.content_dir) / "help" / "synonyms.txt")
        self.watch: bool = settings.env != "production"
        self._catalog = Catalog()
        self._seen: tuple[int, int] | None = None
        self._looked = -LOOK_EVERY

    @property
    def path(self) -> Path:
        return self.folder / "catalog.json"

    @property
    def catalog(self) -> Catalog:
        """The newest catalogue. The first one to ask on a new installation makes it; outside production files are watched."""
        if monotonic() - self._looked >= LOOK_EVERY:
            self._looked = monotonic()
            self.take_up()
            if self.is_stale():
                self.refresh()
        return self._catalog

    def is_stale(self) -> bool:
        """Whether there is nothing yet, the index cannot be read, or (outside production) a file has changed."""
        if not self._catalog.version or not self.index.view.segments:
            return True
        return self.watch and stamps() != self._catalog.stamps

    def take_up(self) -> None:
        """Load the catalogue file if another process has written a new one."""
        try:
            status = self.path.stat()
            seen = (status.st_mtime_ns, status.st_ino)
        except OSError:
            seen = None
        if seen != self._seen:
            self._catalog, self._seen = Catalog.load(self.path), seen
            pagecache.forget(self.app)

    def refresh(self) -> Catalog:
        """Bring catalogue and index to the state of the files; one process at a time, the others wait for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.take_up()
            new = compiled(self._catalog, self.index)
            if new is not self._catalog:
                new.save(self.path)
        self.take_up()
        return self._catalog


def library() -> Library:
    """The library of this app."""
    found: Library = current_app.extensions["help"]
    return found


def catalog() -> Catalog:
    return library().catalog


def article(name: str) -> Article | None:
    """The article with this id, in whatever state it is."""
    return catalog().by_id.get(name)


def is_readable(name: str) -> bool:
    """Whether there is an article with this id that everybody can read."""
    found = article(name)
    return found is not None and found.is_public


def articles(audience: str = "public") -> list[Article]:
    """Published articles for an audience."""
    return [one for one in catalog().articles if one.status == "published" and one.audience == audience]


def faq(name: str) -> Faq | None:
    """The question with this id."""
    return catalog().faq_by_id.get(name)


def answer(key: str) -> Article | Faq | None:
    """What a hit of the search, or whatever else names it, has found: `help:` and an article's id, or `faq:` and a question's."""
    return article(key.removeprefix("help:")) or faq(key.removeprefix("faq:"))


def faqs(topic: str | None = None, at: str | None = None, person: Person | None = None) -> list[Faq]:
    """Questions that `person` may read (nobody: the public ones), of one topic or for one place (checkout, widget, home, contact)."""
    theirs = audiences(person)
    found = [one for one in catalog().faqs if one.audience in theirs]
    return [one for one in found if (topic is None or one.topic == topic) and (at is None or at in one.at)]


def topics(person: Person | None = None) -> list[Topic]:
    """The topics in which `person` may read a question."""
    theirs = {one.topic for one in faqs(person=person)}
    return [one for one in catalog().topics if one.slug in theirs]


def questions() -> list[str]:
    """The firm's own titles and questions, in every wording that editors foresaw; those of mounted trees are not among them."""
    own = [one for one in catalog().articles if one.mount == OWN and one.is_public]
    found = [words for one in own for words in (one.title, *one.answers)]
    return [*found, *(words for one in faqs() for words in (one.question, *one.ask))]


def audiences(person: Person | None) -> tuple[str, ...]:
    """Which articles this person may find: the public ones; customers also those for clients; the team all."""
    if person is None or not person.is_proven:
        return ("public",)
    return ("public", "client", "staff") if person.is_agent else ("public", "client") if person.may("customer") else ("public",)


def find(
    query: str,
    *,
    person: Person | None = None,
    kinds: Iterable[str] = (),
    category: str = "",
    limit: int = 10,
    offset: int = 0,
    correct: bool = True,
) -> search.Results:
    """Search what `person` may see. `kinds` limits to article, faq or what other slices add; `category` to one shelf."""
    require: dict[str, Iterable[str]] = {"audience": audiences(person)}
    if kinds:
        require["kind"] = tuple(kinds)
    if category:
        require["category"] = (category,)
    catalog()
    return search.find(library().index, query, limit=limit, offset=offset, require=require, correct=correct)


def suggest(typed: str, *, person: Person | None = None, limit: int = 8) -> list[search.Suggestion]:
    """Lines for what was typed so far, among what `person` may see."""
    catalog()
    return search.suggest(library().index, typed, limit=limit, require={"audience": audiences(person)})


def at(path: str) -> Article | None:
    """The article whose page has this path."""
    shelf, _, slug = unquote(path).removeprefix("/help/").partition("/")
    return catalog().by_address.get((shelf, slug.strip("/")))


def read_before(opened_from: Mapping[str, Any]) -> Article | None:
    """The article somebody had before them when they began to write: `article` has its id, or `page` is its path."""
    return article(str(opened_from.get("article", ""))) or at(str(opened_from.get("page", "")))


def nearby(path: str, most: int = 3) -> list[Article]:
    """Public articles for somebody who is on the page at `path`: those related to an article, else what editors pinned."""
    found, here = catalog(), at(path)
    shelf = path.removeprefix("/help/").partition("/")[0]
    pinned = [one for one in found.articles if one.pinned and one.is_public and (here or one.category == shelf)]
    rest = [one for one in found.articles if one.pinned and one.is_public]
    chosen = {one.id: one for one in [*(found.related(here) if here else ()), *pinned, *rest] if one is not here}
    return list(chosen.values())[:most]


def may_read(one: Article | Faq, person: Person | None) -> bool:
    """Published, and for an audience this person belongs to."""
    return (isinstance(one, Faq) or one.status == "published") and one.audience in audiences(person)


def init_app(app: Flask) -> None:
    app.extensions["help"] = Library(app)


__all__ = [
    "Library",
    "answer",
    "article",
    "articles",
    "catalog",
    "faq",
    "faqs",
    "find",
    "library",
    "may_read",
    "nearby",
    "questions",
    "read_before",
    "suggest",
    "topics",
]
