"""How near are these words to lines of danger? Learned from content/bot/danger.txt: what grammar alone does not know.

The rules of `crisis` come first. What they miss is likened to the committed lines; what is much nearer to danger than to harmless
lines is a crisis too, what is somewhat nearer is a mention. A few short lines are harmless when nothing more is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.bot import crisis, intents, minds
from app.help import library
from app.lib import content
from app.lib.content import Problem
from app.lib.intents import Brain

FOLDER, NAME = "bot", "danger.txt"
DANGER, FINE, ALONE = "danger", "fine", "alone"
# What may stand around such a line without changing it.
COURTESY = frozenset(
    ("hello", "hi", "hey", "please", "plz", "thanks", "thank", "you", "ok", "okay", "well", "so", "now", "still", "just", "and", "then")
)
# Measured with lines that the brain has not seen: see docs/bot-measures.md.
ALARM, GENTLE = -0.1, -0.5
FEWEST = 100


@dataclass(frozen=True)
class Lines:
    """The committed lines of both kinds, those that are harmless alone, and the numbers of lines that are of no kind."""

    known: tuple[tuple[str, str], ...]
    alone: frozenset[tuple[str, ...]]
    odd: tuple[int, ...]


_read: dict[tuple[Path, int], Lines] = {}
_usual: dict[str, tuple[str, ...]] = {}


def weigh(words: str) -> str:
    """`crisis`, `mention` (say the numbers beside the answer, ring nobody) or ""."""
    by_rule = crisis.weigh(words)
    if by_rule == "crisis":
        return by_rule
    if core(words) in lines().alone:
        return ""
    near = nearness(words)
    if near > ALARM and not crisis.is_work(crisis.plain(words)):
        return "crisis"
    return by_rule or ("mention" if near > GENTLE else "")


def core(words: str) -> tuple[str, ...]:
    """The words without those of courtesy, in the form of the rules."""
    return tuple(word for word in crisis.plain(words).split() if word not in COURTESY)


def nearness(words: str) -> float:
    """By how much the words are nearer to danger than to harmless lines; minus one when nothing was learned or known."""
    brain = learned()
    if brain is None:
        return -1.0
    scores = brain.scores(crisis.plain(words))
    return scores[DANGER] - scores[FINE] if scores else -1.0


def learned() -> Brain | None:
    """The brain for today's lines; None when there are none of danger or only such."""
    fine = (*(sentence for sentence, _ in intents.examples()), *intents.outside(), *usual(library.catalog().version))
    known = [*lines().known, *((line, FINE) for line in fine)]
    if {kind for _, kind in known} != {DANGER, FINE}:
        return None
    return minds.kept("danger", known, taught)


def usual(version: str) -> tuple[str, ...]:
    """What people ask this firm, as its help center has it: harmless, but for what is about danger itself."""
    found = _usual.get(version)
    if found is None:
        found = tuple(words for words in library.questions() if not crisis.weigh(words))
        _usual.clear()
        _usual[version] = found
    return found


def taught(known: Sequence[tuple[str, str]]) -> Brain:
    return Brain.train([(crisis.plain(sentence), kind) for sentence, kind in known], calibrated=False)


def lines() -> Lines:
    """What content/bot/danger.txt says; read again when it changed."""
    path = content.root() / FOLDER / NAME
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    found = _read.get((path, stamp))
    if found is None:
        found = read(path.read_text("utf-8", errors="replace") if stamp else "")
        _read.clear()
        _read[path, stamp] = found
    return found


def read(text: str) -> Lines:
    rows = text.splitlines()
    kinds = {"+ ": DANGER, "- ": FINE, "= ": ALONE}
    told = [(row[2:].strip(), kinds[row[:2]]) for row in rows if row[:2] in kinds]
    known = tuple((line, kind) for line, kind in told if kind != ALONE)
    alone = frozenset(core(line) for line, kind in told if kind == ALONE)
    odd = tuple(number for number, row in enumerate(rows, 1) if row.strip() and not row.startswith("#") and row[:2] not in kinds)
    return Lines(known, alone, odd)


@content.check("bot danger")
def problems() -> Iterable[Problem]:
    """Lines without a sign, and too few of a kind."""
    found = lines()
    yield from (
        Problem(f"{FOLDER}/{NAME}", number, "A line begins with + (danger), - (harmless), = (harmless alone) or #.") for number in found.odd
    )
    for kind, sign in ((DANGER, "+"), (FINE, "-")):
        count = sum(one == kind for _, one in found.known)
        if count < FEWEST:
            yield Problem(
                f"{FOLDER}/{NAME}", 1, f"There are {count} lines with {sign}; the bot needs {FEWEST} to tell danger from harmless words."
            )
