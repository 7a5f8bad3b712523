"""A rule, what it said in each version, and each time it did something."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Select, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import Instant, Model, Title, add, db


class Rule(Model):
    """When `event` happens and all conditions hold, do the deeds, in order. `version` grows with every change."""

    __tablename__ = "rules"

    title: Mapped[Title]
    event: Mapped[str] = mapped_column(String(20), index=True)
    hours: Mapped[int | None]
    conditions: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    deeds: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    version: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    on_since: Mapped[Instant | None]
    stopped_at: Mapped[Instant | None]

    @classmethod
    def all(cls) -> Select[Rule]:
        return select(cls).order_by(cls.position, cls.id)

    @classmethod
    def awake(cls, event: str) -> Select[Rule]:
        """The rules that listen to an event now, in their order."""
        return cls.all().where(cls.event == event, cls.on_since.is_not(None))

    @classmethod
    @cache
    def any_awake(cls, event: str) -> ColumnElement[bool]:
        """Whether any rule listens to an event now, as a condition."""
        return cls.awake(event).order_by(None).exists()

    def say(
        self, by: Person, *, title: str, event: str, hours: int | None, conditions: list[dict[str, str]], deeds: list[dict[str, str]]
    ) -> None:
        """Say anew what the rule is: a new version, kept. What it did under the old one stays as it was."""
        self.title, self.event, self.hours, self.conditions, self.deeds = title, event, hours, conditions, deeds
        self.version = (self.version or 0) + 1
        if self.id is None:
            self.position = (db.session.scalar(select(func.max(Rule.position))) or 0) + 1
            add(self)
        said = {"title": title, "event": event, "hours": hours, "conditions": conditions, "deeds": deeds}
        add(RuleVersion(rule_id=self.id, version=self.version, said=said, by_id=by.id))

    def switch(self, on: bool) -> None:
        """Whether it listens. It never acts on what happened while it was off."""
        self.on_since = (self.on_since or clock.now()) if on else None
        self.stopped_at = None

    def stop(self) -> None:
        """Off by itself: it ran in circles."""
        self.on_since, self.stopped_at = None, clock.now()

    def move(self, up: bool) -> None:
        """One place up or down in the order."""
        rules = list(db.session.scalars(Rule.all()))
        here = rules.index(self)
        there = max(0, min(len(rules) - 1, here - 1 if up else here + 1))
        rules.insert(there, rules.pop(here))
        for number, rule in enumerate(rules):
            rule.position = number

    def versions(self) -> list[RuleVersion]:
        return list(db.session.scalars(select(RuleVersion).where(RuleVersion.rule_id == self.id).order_by(RuleVersion.version.desc())))

    def runs(self, most: int = 50) -> list[RuleRun]:
        return list(db.session.scalars(select(RuleRun).where(RuleRun.rule_id == self.id).order_by(RuleRun.id.desc()).limit(most)))


class RuleVersion(Model):
    """What a rule said from some moment on, and who said so."""

    __tablename__ = "rule_versions"
    __table_args__ = (UniqueConstraint("rule_id", "version"),)

    rule_id: Mapped[int] = mapped_column(ForeignKey("rules.id", ondelete="CASCADE"))
    version: Mapped[int]
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    by: Mapped[Person | None] = relationship()


class RuleRun(Model):
    """One time that a rule ran: on which conversation, because of what, in which version, and what it changed, for the undo."""

    __tablename__ = "rule_runs"
    __table_args__ = (
        UniqueConstraint("rule_id", "conversation_id", "cause"),
        Index("ix_rule_runs_conversation_made", "conversation_id", "created_at"),
    )

    rule_id: Mapped[int] = mapped_column(ForeignKey("rules.id", ondelete="CASCADE"))
    version: Mapped[int]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    cause: Mapped[str] = mapped_column(String(80))
    done: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    acted: Mapped[bool] = mapped_column(default=False)
    undone_at: Mapped[Instant | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    rule: Mapped[Rule] = relationship()
    conversation: Mapped[Conversation] = relationship()

    @classmethod
    def lately(cls, conversation: Conversation, within: timedelta, rule: Rule | None = None) -> int:
        """How often rules (or one rule) changed something in a conversation within the last time."""
        since = clock.now() - within
        runs = select(func.count(cls.id)).where(cls.conversation_id == conversation.id, cls.acted, cls.created_at > since)
        return db.session.scalar(runs.where(cls.rule_id == rule.id) if rule else runs) or 0
