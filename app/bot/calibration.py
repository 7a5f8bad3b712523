"""How sure must the bot be? On day one its own phrasings say so; from fifty verdicts of agents on, what they saw.

The limit becomes the lowest confidence at and above which the answers would have been right as often as the owner wants. A share of few
is drawn towards one half, (right + 1) / (all + 2), Laplace's rule of succession, so that three right answers of three prove little.
It never falls so low that more of content/bot/outside.txt would be answered than on day one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from flask import current_app
from sqlalchemy import Integer, Select, func, select

from app.bot import intents
from app.bot.house import house
from app.bot.minds import Mind
from app.bot.models import Verdict
from app.conversations.models import Entry
from app.lib import clock
from app.lib.db import db

ENOUGH = 50
MOST = 1000
DAYS = 90
SPOKEN = 2000

# (how sure the bot is today of the guess that was judged, whether it was right)
Judged = tuple[float, bool]


@dataclass(frozen=True)
class Standing:
    """What the desk's page of the bot shows. `limit` is in force, `day_one` is what the phrasings gave."""

    day_one: float
    limit: float
    target: float
    judged: int
    right: int
    above: int
    right_above: int
    answered: int
    spoken: int

    @property
    def is_fitted(self) -> bool:
        return self.judged >= ENOUGH


class Known:
    """What one brain has guessed already, and the limit that follows: a new verdict must not have all old ones guessed again."""

    def __init__(self, brain: Mind) -> None:
        self.brain = brain
        self.guess = lru_cache(maxsize=2 * MOST)(brain.guess)
        self.key: tuple[object, ...] = ()
        self.limit = 0.0


def known(brain: Mind) -> Known:
    have: Known | None = current_app.extensions.get("bot.known")
    if have is None or have.brain is not brain:
        have = current_app.extensions["bot.known"] = Known(brain)
    return have


def limit(brain: Mind) -> float:
    """The confidence from which on the bot answers today. Computed again when there are new verdicts or a new brain."""
    newest = db.session.execute(select(func.count(Verdict.id), func.max(Verdict.id), func.sum(Verdict.right.cast(Integer)))).one()
    have, key = known(brain), (house().target, *newest)
    if have.key != key:
        have.limit = fitted(judged(brain), house().target / 100, brain.threshold, foreign(brain))
        have.key = key
    return have.limit


def judged(brain: Mind) -> list[Judged]:
    """The verdicts as today's brain sees them. Where it would guess something else now, the old verdict says nothing of it."""
    found = []
    for verdict, words in db.session.execute(Verdict.with_words().limit(MOST)):
        guess = known(brain).guess(words) if words else None
        if guess is not None and (guess.label == verdict.label):
            found.append((guess.confidence, verdict.right))
    return found


def foreign(brain: Mind) -> float:
    """The surest guess among the lines of content/bot/outside.txt that day one leaves alone: no limit goes down to it."""
    sure = (known(brain).guess(line).confidence for line in intents.outside())
    return max((one for one in sure if one < brain.threshold), default=0.0)


def fitted(labels: Sequence[Judged], target: float, day_one: float, lowest: float) -> float:
    """The limit for these labels; `day_one` with fewer than fifty. `lowest` is the confidence that must stay below it."""
    if len(labels) < ENOUGH:
        return day_one
    ranked = sorted(labels, reverse=True)
    best = ranked[0][0] + 1e-6  # As long as no answer was good enough, only surer ones than ever judged are given.
    count = right = 0
    for sure, group in groupby(ranked, key=lambda one: one[0]):
        verdicts = [good for _, good in group]
        count, right = count + len(verdicts), right + sum(verdicts)
        if (right + 1) / (count + 2) >= target:
            best = sure
    return best if best > lowest else min(lowest + 1e-6, day_one)


def standing(brain: Mind) -> Standing:
    labels = judged(brain)
    now = limit(brain)
    above = [good for sure, good in labels if sure >= now]
    spoken = list(db.session.scalars(recent()))
    return Standing(
        day_one=brain.threshold,
        limit=now,
        target=house().target,
        judged=len(labels),
        right=sum(good for _, good in labels),
        above=len(above),
        right_above=sum(above),
        answered=sum(bool(data.get("source")) and not data.get("weak") for data in spoken),
        spoken=len(spoken),
    )


def recent() -> Select[dict[str, Any]]:
    """What was kept with the bot's messages of the last ninety days."""
    since = clock.now() - timedelta(days=DAYS)
    found = select(Entry.data).where(Entry.voice == "bot", Entry.kind == "message", Entry.created_at >= since)
    return found.order_by(Entry.id.desc()).limit(SPOKEN)
