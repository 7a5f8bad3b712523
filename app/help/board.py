"""The figures of the content dashboard."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select

from app.help import library
from app.help.models.articles import Article, Faq
from app.help.models.asked import Asked
from app.help.models.voices import Comment, Reading, Vote
from app.lib.db import db


@dataclass(frozen=True)
class Row:
    """One article or question with what readers did; `whys` are the reasons they gave, the commonest first."""

    subject: Article | Faq
    readings: int
    votes: int
    helpful: int
    whys: tuple[tuple[str, int], ...] = ()

    @property
    def title(self) -> str:
        return self.subject.title

    @property
    def share(self) -> int | None:
        """Percent of votes that say it helped; None without votes."""
        return round(100 * self.helpful / self.votes) if self.votes else None


def rows(days: int = 30) -> list[Row]:
    """Everything that was opened or voted on, most opened first."""
    catalog = library.catalog()
    opened = {subject: count for subject, count in db.session.execute(Reading.totals(days))}
    voted = {subject: (helpful, votes) for subject, helpful, votes in db.session.execute(Vote.tally(days))}
    whys: dict[str, list[tuple[str, int]]] = {}
    for subject, reason, count in db.session.execute(Vote.whys(days)):
        whys.setdefault(subject, []).append((reason, count))
    found = []
    for name in opened.keys() | voted.keys():
        about = catalog.subject(name)
        if about is not None:
            helpful, votes = voted.get(name, (0, 0))
            found.append(Row(about, opened.get(name, 0), votes, helpful, tuple(whys.get(name, ()))))
    return sorted(found, key=lambda row: (-row.readings, row.title))


def unhelpful(found: list[Row], least: int = 3) -> list[Row]:
    """What readers were sent away by: at least three votes, fewer than two in three helpful, worst first."""
    bad = [row for row in found if row.votes >= least and (row.share or 0) < 67]
    return sorted(bad, key=lambda row: (row.share or 0, -row.votes))


def due() -> list[Article]:
    """Published articles whose review is due within two weeks or overdue, the oldest first."""
    found = [one for one in library.catalog().articles if one.status == "published" and one.is_due]
    return sorted(found, key=lambda one: (one.review_by or date.max, one.title))


def unfinished() -> list[Article]:
    """Drafts and articles in review."""
    return [one for one in library.catalog().articles if one.status in {"draft", "review"}]


def by_owner() -> list[tuple[str, int, int]]:
    """(owner, articles, of these due) for every owner, most due first."""
    articles = [one for one in library.catalog().articles if one.status != "archived"]
    count, late = Counter(one.owner or "nobody" for one in articles), Counter(one.owner or "nobody" for one in articles if one.is_due)
    return sorted(((owner, total, late[owner]) for owner, total in count.items()), key=lambda row: (-row[2], row[0]))


def searches(days: int = 30) -> dict[str, int]:
    """How many searches there were, how many were weak, how many led to an opened result."""
    how_many = [func.count(), func.count().filter(Asked.weak), func.count().filter(Asked.opened != "")]
    counted = searched(days).with_only_columns(*how_many).order_by(None)
    return dict(zip(("all", "weak", "opened"), db.session.execute(counted).one(), strict=True))


def top_searches(days: int = 30, weak: bool = False) -> list[tuple[str, int]]:
    """The most frequent searches (or weak ones), in the words most people used; of equally many the newest first."""
    words, times = func.lower(Asked.words), func.count()
    heaps = searched(days).where(Asked.weak == weak).with_only_columns(words, times).group_by(words)
    rows = heaps.order_by(None).order_by(times.desc(), func.max(Asked.id).desc()).limit(10)
    return [(said, count) for said, count in db.session.execute(rows)]


def searched(days: int) -> Select[Asked]:
    return Asked.since(days).where(Asked.source == "search")


def open_comments() -> int:
    return db.session.scalar(select(func.count()).select_from(Comment.open().subquery())) or 0
