"""Articles that left their readers with a question: what was written, by chat or form, from an article's page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app.conversations.models import Conversation
from app.help import library
from app.help.models import Article, Reading
from app.lib import clock
from app.lib.db import db

MOST_LOOKED_AT = 20_000


@dataclass(frozen=True)
class AskedAfter:
    """An article, how many wrote to us from it, and how often it was opened."""

    article: Article
    asked: int
    readings: int

    @property
    def share(self) -> int | None:
        """Requests for a hundred openings; None when openings were not counted or are fewer."""
        return round(100 * self.asked / self.readings) if self.readings >= self.asked else None


def asked_after_reading(days: int = 30, most: int = 10) -> list[AskedAfter]:
    """The articles from which most people wrote in the last days."""
    since = clock.now() - timedelta(days=days)
    newest = select(Conversation.opened_from).where(Conversation.created_at >= since).order_by(Conversation.id.desc())
    asked = Counter(one.id for came in db.session.scalars(newest.limit(MOST_LOOKED_AT)) if (one := library.read_before(came)))
    readings = {subject: count for subject, count in db.session.execute(Reading.totals(days))}
    by_id = library.catalog().by_id
    return [AskedAfter(by_id[name], count, readings.get(name, 0)) for name, count in asked.most_common(most)]
