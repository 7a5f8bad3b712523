"""What the help center tells the floors above."""

from __future__ import annotations

from dataclasses import dataclass

from app.lib.facts import Fact


@dataclass(frozen=True, kw_only=True)
class ArticleJudged(Fact):
    """A reader said whether an article or question helped."""

    vote_id: int
    subject: str
    helpful: bool


@dataclass(frozen=True, kw_only=True)
class CommentLeft(Fact):
    """A reader wrote private feedback on an article or question; the desk may want to answer or pass it on."""

    comment_id: int
    subject: str


@dataclass(frozen=True, kw_only=True)
class StepTicked(Fact):
    """A reader went on in a guide. `person_id` is None while nobody knows who it is."""

    progress_id: int
    article: str
    done: int
    steps: int
    person_id: int | None


@dataclass(frozen=True, kw_only=True)
class QuestionUnanswered(Fact):
    """Somebody asked something that help has no good answer to: a weak search, or what another slice recorded."""

    asked_id: int
    source: str
