"""Flows: content/bot/flows/*.yml, guided questions with branches. Where somebody stands is kept in the bot's last message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.help import library
from app.lib import content
from app.lib.content import Problem

FOLDER = "bot/flows"
CALLS = ("book", "orders", "ticket", "person")
KINDS = {
    "email": (
        re.compile(r"[^@\s<>,;:\"()]{1,64}@[^@\s<>,;:\"()]{1,120}\.[^@\s.<>,;:\"()]{2,63}"),
        "That does not look like an e-mail address. Once more, please?",
    ),
    "date": (re.compile(r".*\d.*"), "Which day would that be?"),
    "order": (re.compile(r"[\w-]{3,40}"), "The number stands in your letter and on the receipt. Could you look again?"),
    "number": (re.compile(r"\D{0,20}\d[\d,.]*\D{0,20}"), "A number, please."),
    "text": (re.compile(r".*\S.*", re.S), "A few words, please."),
}
HOWS = ("is", "has", "over")
HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Branch:
    """A branch: when what was told under `name` is, has or is over `value`, the flow goes on at `to`."""

    name: str
    how: str
    value: str
    to: str

    def holds(self, told: dict[str, str]) -> bool:
        given, wanted = told.get(self.name, "").casefold().strip(), self.value.casefold()
        if self.how == "over":
            found, limit = number(given), number(wanted)
            return found is not None and limit is not None and found > limit
        return given == wanted if self.how == "is" else bool(given) and wanted in given


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: what is said, the choices (label, next step), what is collected (name, kind), where it goes on, what is called.

    A step with branches says nothing: it is passed at once, to the first branch that holds, else to `to`."""

    say: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    collect: tuple[str, str] | None = None
    branches: tuple[Branch, ...] = ()
    to: str = ""
    call: str = ""
    article: str = ""

    @property
    def exits(self) -> list[str]:
        return [target for _, target in self.choices] + [branch.to for branch in self.branches] + ([self.to] if self.to else [])


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow by its id (the file's name); it begins at the step called `start`."""

    id: str
    title: str = ""
    steps: dict[str, Step] = field(default_factory=dict)

    def address(self, told: dict[str, str]) -> str:
        """The e-mail address among what was told, "" when none was asked for."""
        asked = (step.collect[0] for step in self.steps.values() if step.collect and step.collect[1] == "email")
        return next((told[name] for name in asked if name in told), "")


@dataclass(frozen=True)
class Place:
    """Where somebody stands in a flow, and what they have told so far."""

    flow: str
    step: str
    told: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return {"flow": self.flow, "step": self.step, "told": self.told}

    @classmethod
    def of(cls, data: dict[str, Any]) -> Place | None:
        """The place that a bot's message carries."""
        return cls(data["flow"], data["step"], data.get("told", {})) if data.get("flow") else None


_kept: dict[Path, tuple[int, Flow | None, list[Problem]]] = {}


def flows() -> dict[str, Flow]:
    """All readable flows by id."""
    return {flow.id: flow for flow, _ in map(kept, paths()) if flow is not None}


def paths() -> list[Path]:
    return sorted((content.root() / FOLDER).glob("*.yml"))


def kept(path: Path) -> tuple[Flow | None, list[Problem]]:
    stamp = path.stat().st_mtime_ns
    known = _kept.get(path)
    if known is None or known[0] != stamp:
        known = _kept[path] = (stamp, *read(path))
    return known[1], known[2]


def read(path: Path) -> tuple[Flow | None, list[Problem]]:
    """The flow, or what keeps it from being read."""
    where = content.shown(path)
    try:
        given = yaml.safe_load(path.read_text("utf-8"))
        steps = {str(name): step_of(row) for name, row in given["steps"].items()}
        flow = Flow(id=path.stem, title=str(given.get("title") or path.stem), steps=steps)
    except yaml.MarkedYAMLError as error:
        return None, [Problem(where, error.problem_mark.line + 1 if error.problem_mark else 1, "Not valid YAML.")]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as error:
        return None, [Problem(where, 1, f"Not a flow: {type(error).__name__} {error}.")]
    return flow, [Problem(where, 1, message) for message in faults(flow)]


def step_of(row: dict[str, Any]) -> Step:
    collect = row.get("collect")
    return Step(
        say=str(row.get("say") or "").strip(),
        choices=tuple((worded(choice["label"]), str(choice["to"])) for choice in row.get("choices") or ()),
        collect=(str(collect["name"]), str(collect.get("kind", "text"))) if collect else None,
        branches=tuple(branch_of(one) for one in row.get("if") or ()),
        to=str(row.get("to") or ""),
        call=str(row.get("call") or ""),
        article=str(row.get("article") or ""),
    )


def branch_of(row: dict[str, Any]) -> Branch:
    how = next((one for one in HOWS if one in row), "")
    return Branch(str(row["name"]), how, worded(row.get(how, "")), str(row["to"]))


def worded(value: Any) -> str:
    """A label as its editor meant it: YAML takes an unquoted Yes and No for true and false."""
    return {True: "Yes", False: "No"}[value] if isinstance(value, bool) else str(value)


def number(text: str) -> float | None:
    """The first number in a text, commas between thousands left out."""
    found = re.search(r"-?\d+(?:\.\d+)?", text.replace(",", ""))
    return float(found[0]) if found else None


def faults(flow: Flow) -> Iterator[str]:
    """Dead ends, missing targets, circles without a way out."""
    if "start" not in flow.steps:
        yield "There is no step 'start'."
    for name, step in flow.steps.items():
        yield from (f"Step {name!r} leads to {target!r}, which is not there." for target in step.exits if target not in flow.steps)
        yield from step_faults(name, step)
        yield from branch_faults(flow, name, step)
    yield from (f"From step {name!r} nothing leads to an end." for name in flow.steps if not ends(flow, name, set()))


def step_faults(name: str, step: Step) -> Iterator[str]:
    if not step.say and not step.call and not step.branches:
        yield f"Step {name!r} says nothing and calls nothing."
    if step.call and step.call not in CALLS:
        yield f"Step {name!r} calls {step.call!r}; there are {', '.join(CALLS)}."
    if step.collect and step.collect[1] not in KINDS:
        yield f"Step {name!r} collects the kind {step.collect[1]!r}; there are {', '.join(KINDS)}."
    if step.collect and not step.to:
        yield f"Step {name!r} collects something and then leads nowhere."


def branch_faults(flow: Flow, name: str, step: Step) -> Iterator[str]:
    """What is wrong with an `if`: nothing to fall back on, a name that nobody is asked for, a circle that nobody is asked in."""
    if not step.branches:
        return
    asked = {other.collect[0] for other in flow.steps.values() if other.collect}
    yield from (f"Step {name!r} looks at {branch.name!r}, which no step collects." for branch in step.branches if branch.name not in asked)
    yield from (f"Step {name!r} compares with none of {', '.join(HOWS)}." for branch in step.branches if not branch.how)
    if not step.to:
        yield f"Step {name!r} branches and has no `to` for everything else."
    if step.say or step.choices or step.collect or step.call:
        yield f"Step {name!r} branches: it cannot say, ask or call anything itself."
    if silently(flow, name, step.exits, {name}):
        yield f"From step {name!r} branches lead in a circle."


def silently(flow: Flow, home: str, exits: Iterable[str], seen: set[str]) -> bool:
    """Whether branches alone lead home."""
    onward = [name for name in exits if name in flow.steps and flow.steps[name].branches]
    return home in exits or any(name not in seen and silently(flow, home, flow.steps[name].exits, seen | {name}) for name in onward)


def passed(flow: Flow, name: str, told: dict[str, str]) -> str:
    """Where one comes to stand who arrives at this step: branches are passed."""
    for _ in flow.steps:
        step = flow.steps[name]
        if not step.branches:
            break
        name = next((branch.to for branch in step.branches if branch.holds(told)), step.to)
    return name


def ends(flow: Flow, name: str, seen: set[str]) -> bool:
    """Whether some way from this step comes to an end."""
    if name in seen or name not in flow.steps:
        return False
    seen.add(name)
    exits = flow.steps[name].exits
    return not exits or any(ends(flow, target, seen) for target in exits)


def onward(place: Place, words: str) -> tuple[Place | None, str]:
    """(the next place, "") for an answer in a flow; (None, a complaint) for one that does not fit what is collected;
    (None, "") when the words are about something else."""
    flow = flows().get(place.flow)
    step = flow.steps.get(place.step) if flow else None
    if flow is None or step is None:
        return None, ""
    plain = words.strip().casefold()
    chosen = next((target for label, target in step.choices if label.casefold() == plain), None)
    if chosen is not None:
        return Place(place.flow, passed(flow, chosen, place.told), place.told), ""
    if step.collect is None:
        return None, ""
    name, kind = step.collect
    pattern, complaint = KINDS[kind]
    if not pattern.fullmatch(words.strip()):
        return None, complaint
    told = {**place.told, name: words.strip()[:500]}
    return Place(place.flow, passed(flow, step.to, told), told), ""


def filled(words: str, told: dict[str, str]) -> str:
    """The step's words with what was told put in."""
    return HOLE.sub(lambda hole: told.get(hole[1], ""), words)


@content.check("bot flows")
def problems() -> Iterable[Problem]:
    """What is wrong with the flows, and articles that visitors cannot read."""
    for path in paths():
        flow, found = kept(path)
        yield from found
        for name, step in flow.steps.items() if flow else ():
            if step.article and not library.is_readable(step.article):
                yield Problem(content.shown(path), 1, f"Step {name!r} shows {step.article!r}, which is no article that everybody can read.")
