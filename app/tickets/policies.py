"""SLA policies: files in content/sla/ that people can read, with the targets in their front matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.lib.content import Document, Problem, check, documents
from app.lib.fields import Fields

TARGETS = ("first", "next", "resolution")
PRIORITIES = ("low", "normal", "high", "urgent")
LENGTH = re.compile(r"(\d+)\s*(m|h)")
SECONDS = {"m": 60, "h": 3600}


@dataclass(frozen=True)
class Policy:
    """What is promised, to whom. `targets[priority][target]` is open time in seconds; a missing target promises nothing."""

    id: str
    title: str
    calendar: str
    tiers: tuple[str, ...]
    teams: tuple[str, ...]
    order: int
    targets: Mapping[str, Mapping[str, int]]
    body: str = ""

    def seconds(self, priority: str, target: str) -> int | None:
        return self.targets.get(priority, {}).get(target)

    def covers(self, team: str | None, tier: str | None) -> bool:
        """Whether it is meant for this team and customer tier; an empty list means any."""
        return (not self.teams or team in self.teams) and (not self.tiers or tier in self.tiers)


NOTHING = Policy(id="", title="No promise", calendar="main", tiers=(), teams=(), order=10**6, targets={})


def policies() -> list[Policy]:
    """All policies, the most particular first: by their order, then by name."""
    found = [read(page)[0] for page in documents("sla") if page.meta.get("targets") is not None]
    return sorted(found, key=lambda policy: (policy.order, policy.id))


def choose(team: str | None = None, tier: str | None = None, among: list[Policy] | None = None) -> Policy:
    """The first policy that covers this team and tier; one that promises nothing when none does. `among`: when they were read already."""
    rules = policies() if among is None else among
    return next((policy for policy in rules if policy.covers(team, tier)), NOTHING)


def find(policy_id: str) -> Policy:
    return next((policy for policy in policies() if policy.id == policy_id), NOTHING)


def read(page: Document) -> tuple[Policy, list[Problem]]:
    fields = Fields.of(page)
    targets = {name: read_targets(fields.part("targets"), name) for name in PRIORITIES}
    policy = Policy(
        id=fields.text("id", page.slug),
        title=fields.text("title"),
        calendar=fields.text("calendar", "main"),
        tiers=fields.words("tiers"),
        teams=fields.words("teams"),
        order=fields.number("order", 100),
        targets=targets,
        body=page.body,
    )
    return policy, fields.done()


def read_targets(fields: Fields, priority: str) -> dict[str, int]:
    row = fields.part(priority)
    found = {}
    for target in TARGETS:
        words = row.text(target, "")
        match = LENGTH.fullmatch(words)
        if match:
            found[target] = int(match[1]) * SECONDS[match[2]]
        elif words:
            row.complain(target, f"is {words!r}; write open time as 30m or 4h")
    return found


@check("sla")
def problems() -> Iterable[Problem]:
    """What editors should mend in content/sla/."""
    seen: dict[str, Document] = {}
    for page in documents("sla"):
        if page.meta.get("targets") is None:
            continue
        policy, found = read(page)
        yield from found
        if not any(policy.targets.values()):
            yield page.problem("promises nothing: give targets by priority", "targets")
        if policy.id in seen:
            yield page.problem(f"has the same id as {seen[policy.id].path.name}", "id")
        seen[policy.id] = page
