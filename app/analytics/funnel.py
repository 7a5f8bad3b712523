"""The checkout's funnel, counted by visits: who entered a step, was sent back, left, finished; and what they used on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import select

from app.analytics.intervals import Lift, Share
from app.analytics.models import Moment
from app.checkout.models import ExitAsk, FollowUp, Order
from app.lib.db import db

STEPS = ("you", "plan", "pay")
SUPPORT = {"chat", "consult", "phone"}
GOALS = {"abandonment": 0.25, "engagement": 0.30}


@dataclass
class Visit:
    """What is known of one visit to the checkout."""

    device: str = ""
    profession: str = ""
    kind: str = ""
    entered: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    paid: bool = False

    def hear(self, name: str, step: str, detail: str) -> None:
        if name in {"entered", "refused", "done"}:
            getattr(self, name).add(step)
        elif name in {"used", "seen"}:
            getattr(self, name).add(detail)
        elif name == "paid":
            self.paid = True

    def reached(self, step: str) -> bool:
        """Entered by the browser's word, or, without scripts, because something was done there or before."""
        before = STEPS[: STEPS.index(step)]
        return (
            step in self.entered | self.refused | self.done or (bool(before) and before[-1] in self.done) or (step == "you" and self.paid)
        )

    @property
    def supported(self) -> bool:
        return bool(self.used & SUPPORT)


@dataclass(frozen=True)
class Level:
    """One step of the funnel in numbers of visits; `seconds` is the median time of those who finished it."""

    step: str
    entered: int
    refused: int
    left: int
    done: int
    seconds: int


@dataclass(frozen=True)
class Report:
    """Everything the checkout report shows for one period."""

    levels: list[Level]
    completion: Share
    groups: dict[str, dict[str, Share]]
    modules: dict[str, tuple[int, int]]
    engagement: Share
    with_support: Share
    without_support: Share
    errors: list[tuple[str, str, int]]
    exit: Lift
    exit_choices: dict[str, int]
    letters: dict[str, int]
    resumed: int
    resumed_paid: int
    embed_ms: list[int]

    @property
    def abandonment(self) -> float:
        return 1 - self.completion.rate if self.completion.all else 0.0


def report(since: datetime, until: datetime) -> Report:
    """Count the moments between two instants."""
    span = (Moment.created_at >= since, Moment.created_at < until)
    columns = (Moment.visit, Moment.name, Moment.step, Moment.detail, Moment.device, Moment.profession, Moment.kind, Moment.value)
    rows = db.session.execute(select(*columns).where(*span).order_by(Moment.id)).all()
    visits = gathered(rows)
    begun = [visit for visit in visits.values() if visit.reached("you")]
    return Report(
        levels=[level(step, begun, [row.value for row in rows if row.name == "done" and row.step == step]) for step in STEPS],
        completion=completed(begun),
        groups={name: grouped(begun, name) for name in ("device", "profession", "kind")},
        modules=modules(begun),
        engagement=Share(sum(bool(visit.used) for visit in begun), len(begun)),
        with_support=completed(visit for visit in begun if visit.supported),
        without_support=completed(visit for visit in begun if not visit.supported),
        errors=worst_fields(rows),
        **exits(since, until),
        **follow_ups(since, until),
        embed_ms=sorted(row.value for row in rows if row.name == "embed"),
    )


def gathered(rows: Iterable[Any]) -> dict[str, Visit]:
    visits: dict[str, Visit] = {}
    for row in rows:
        visit = visits.setdefault(row.visit, Visit())
        visit.hear(row.name, row.step, row.detail)
        for name in ("device", "profession", "kind"):
            setattr(visit, name, getattr(row, name) or getattr(visit, name))
    return visits


def level(step: str, visits: list[Visit], seconds: list[int]) -> Level:
    entered = [visit for visit in visits if visit.reached(step)]
    done = [visit for visit in entered if step in visit.done]
    refused = sum(step in visit.refused for visit in entered)
    return Level(step, len(entered), refused, len(entered) - len(done), len(done), int(median(seconds)) if seconds else 0)


def completed(visits: Iterable[Visit]) -> Share:
    counted = list(visits)
    return Share(sum(visit.paid for visit in counted), len(counted))


def grouped(visits: list[Visit], by: str) -> dict[str, Share]:
    names = Counter(getattr(visit, by) for visit in visits)
    return {one or "not known": completed(visit for visit in visits if getattr(visit, by) == one) for one, _ in names.most_common()}


def modules(visits: list[Visit]) -> dict[str, tuple[int, int]]:
    """For each module beside the form: how many visits saw it, how many used it."""
    seen, used = Counter(m for visit in visits for m in visit.seen), Counter(m for visit in visits for m in visit.used)
    return {name: (max(seen[name], used[name]), used[name]) for name in sorted({*seen, *used}, key=lambda m: (-used[m], m))}


def worst_fields(rows: Iterable[Any]) -> list[tuple[str, str, int]]:
    counted = Counter((row.step, row.detail) for row in rows if row.name == "refused")
    return [(step, name, count) for (step, name), count in counted.most_common(8)]


def exits(since: datetime, until: datetime) -> dict[str, Any]:
    """The exit question: did more of those who saw it buy than of those held out? Everybody who was about to leave counts."""
    bought = select(Order.visit).where(Order.is_sale(), Order.state.in_(("processing", "paid", "partly_paid")))
    columns = select(ExitAsk.arm, ExitAsk.choice, ExitAsk.visit.in_(bought).label("bought"))
    rows = db.session.execute(columns.where(ExitAsk.created_at >= since, ExitAsk.created_at < until)).all()
    shares = {
        arm: Share(sum(bool(row.bought) for row in rows if row.arm == arm), sum(row.arm == arm for row in rows))
        for arm in ("shown", "held")
    }
    chosen = Counter(row.choice or "nothing" for row in rows if row.arm == "shown")
    return {"exit": Lift(shares["shown"], shares["held"]), "exit_choices": dict(chosen.most_common())}


def follow_ups(since: datetime, until: datetime) -> dict[str, Any]:
    reasons = select(FollowUp.why_not).where(FollowUp.created_at >= since, FollowUp.created_at < until)
    letters = Counter(reason or "sent" for reason in db.session.scalars(reasons))
    resumed = select(Moment.visit).where(Moment.name == "resumed", Moment.created_at >= since, Moment.created_at < until).distinct()
    paid = select(Moment.visit).where(Moment.name == "paid", Moment.visit.in_(resumed)).distinct()
    counted = [len(db.session.scalars(query).all()) for query in (resumed, paid)]
    return {"letters": dict(letters.most_common()), "resumed": counted[0], "resumed_paid": counted[1]}
