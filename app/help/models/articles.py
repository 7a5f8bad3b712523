"""Articles and questions: what stands in files. Plain values, made at index time, the same in every worker."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from app.lib import clock, content, markdown

WORDS_A_MINUTE = 220
STATES = ("draft", "review", "published", "archived")
AUDIENCES = ("public", "client", "staff")
LEVELS = ("start", "further", "expert")
GRACE = timedelta(days=30)
AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Category:
    """A shelf of articles: its words in addresses, its name, what it is about, and its sign in the icon sprite."""

    slug: str
    title: str
    description: str = ""
    icon: str = "book-open"
    order: int = 100

    @property
    def url(self) -> str:
        return f"/help/{quote(self.slug)}/"


@dataclass(frozen=True)
class Passage:
    """A piece of an answer that can be quoted: the heading it stands under, where it can be read, its plain words."""

    heading: str
    url: str
    text: str


@dataclass(frozen=True)
class Change:
    """One commit that touched an article."""

    at: datetime
    author: str
    subject: str
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Article:
    """One article: its front matter, what was read out of its text, and what git knows of it."""

    id: str
    category: str
    slug: str
    title: str
    path: str
    file: str
    hash: str
    description: str = ""
    audience: str = "public"
    professions: tuple[str, ...] = ()
    owner: str = ""
    review_by: date | None = None
    status: str = "published"
    level: str = ""
    order: int = 1000
    pinned: bool = False
    guide: bool = False
    boost: float = 1.0
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    video: dict[str, str] = field(default_factory=dict)
    downloads: tuple[dict[str, str], ...] = ()
    words: int = 0
    headings: tuple[tuple[int, str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    mount: str = ""

    @property
    def url(self) -> str:
        return f"/help/{quote(self.category)}/{quote(self.slug)}"

    @property
    def is_public(self) -> bool:
        return self.status == "published" and self.audience == "public"

    @property
    def minutes(self) -> int:
        """Reading time, at least one minute."""
        return max(1, round(self.words / WORDS_A_MINUTE))

    @property
    def updated_at(self) -> datetime | None:
        return self.changes[0].at if self.changes else None

    @property
    def authors(self) -> list[str]:
        """Who wrote it, the latest first, nobody twice."""
        return list(dict.fromkeys(change.author for change in self.changes))

    @property
    def approvals(self) -> tuple[str, ...]:
        """Who approved the newest version, from the commit's trailers."""
        return self.changes[0].approved_by if self.changes else ()

    @property
    def is_due(self) -> bool:
        """Whether the owner should look at it within two weeks, or should have."""
        return self.review_by is not None and self.review_by <= clock.now().date() + AHEAD

    @property
    def may_be_stale(self) -> bool:
        """Whether readers should be told that nobody has looked for too long."""
        return self.review_by is not None and self.review_by + GRACE < clock.now().date()

    def source(self) -> content.Document | None:
        """The file as it is now; None when it has gone or cannot be read."""
        path = Path(self.file)
        return content.read(path, path.stat().st_size)[0] if path.is_file() else None

    def passages(self) -> list[Passage]:
        """The text under each heading, as plain words with its address. Read from the file each time: keep what you need."""
        found = self.source()
        sections = markdown.sections_of(found.body) if found else []
        return [
            Passage(section.title or self.title, f"{self.url}#{section.anchor}" if section.level > 1 else self.url, text)
            for section in sections
            if (text := markdown.plain_text(section.text))
        ]


@dataclass(frozen=True)
class Topic:
    """A group of questions: one file in content/faq."""

    slug: str
    title: str
    description: str = ""
    icon: str = "circle-help"
    order: int = 100

    @property
    def url(self) -> str:
        return f"/help/faq/{quote(self.slug)}"


@dataclass(frozen=True)
class Faq:
    """One question with its answer. `at` names the places that show it (checkout, widget, home); `ask` are other phrasings."""

    id: str
    topic: str
    topic_title: str
    question: str
    answer: str
    html: str
    path: str = ""
    line: int = 1
    ask: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    audience: str = "public"

    @property
    def title(self) -> str:
        """As an article has one."""
        return self.question

    @property
    def shown(self) -> Markup:
        """The answer as it stands in a page."""
        return Markup(self.html)  # noqa: S704 - cleaned when it was rendered

    @property
    def url(self) -> str:
        return f"/help/faq/{quote(self.topic)}#{quote(self.id)}"

    def passages(self) -> list[Passage]:
        """The answer as one quotable passage."""
        return [Passage(self.question, self.url, markdown.plain_text(self.answer))]


def plain_value(value: Any) -> Any:
    """Dates and instants as ISO words, for the catalogue file."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value
