"""Rehearsals: conversations in content/bot/tests/*.txt that the bot must hold as they are written. `flask bot test` plays them.

# A comment.
> what the visitor says
< words that the answer must hold      (several lines: all of them)
= source intent:prices                 (where it comes from)
= person asked                         (a person is fetched, and why)
= chips Therapist | Physician          (the quick replies, without the one for a person)
= weak                                 (it says that it does not know or is not sure)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.bot.replies import Reply, reply
from app.lib import content
from app.lib.content import Problem

FOLDER = "bot/tests"
CLAIMS = ("source", "person", "chips", "weak")


@dataclass
class Turn:
    """What the visitor says, on which line, and what must be true of the answer: (line, sign, words)."""

    line: int
    words: str
    wanted: list[tuple[int, str, str]] = field(default_factory=list)


def paths() -> list[Path]:
    return sorted((content.root() / FOLDER).glob("*.txt"))


def read(path: Path) -> tuple[list[Turn], list[Problem]]:
    """The turns of a file, and lines that are none."""
    turns: list[Turn] = []
    odd: list[Problem] = []
    for number, row in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
        sign, words = row[:1], row[1:].strip()
        if sign == ">" and words:
            turns.append(Turn(number, words))
        elif sign in {"<", "="} and words and turns and (sign == "<" or words.split()[0] in CLAIMS):
            turns[-1].wanted.append((number, sign, words))
        elif row.strip() and sign != "#":
            odd.append(Problem(content.shown(path), number, f"Begin with # or >; then < and words, or = and one of {', '.join(CLAIMS)}."))
    return turns, odd


def played(path: Path) -> Iterator[Problem]:
    """Hold the conversation of a file; what goes otherwise than written, with its line."""
    turns, odd = read(path)
    yield from odd
    if not any(turn.wanted for turn in turns):
        yield Problem(content.shown(path), 1, "This conversation wants nothing of the bot.")
    said: list[dict[str, Any]] = []
    for turn in turns:
        # As on day one: what is written in files is checked by files alone, not by what agents have said since.
        answer = reply(turn.words, said, None, lambda brain: brain.threshold)
        said.insert(0, answer.as_json())
        yield from (Problem(content.shown(path), line, told) for line, sign, words in turn.wanted if (told := missed(answer, sign, words)))


def missed(answer: Reply, sign: str, wanted: str) -> str:
    """What the answer lacks; "" when it is as wanted."""
    if sign == "<":
        return "" if wanted.casefold() in flat(answer.words) else f"The bot did not say “{wanted}” but “{answer.words[:160]}”."
    claim, _, value = wanted.partition(" ")
    found = {"source": answer.source, "person": answer.why, "chips": " | ".join(answer.chips), "weak": ""}[claim]
    if claim == "weak":
        return "" if answer.weak else f"The bot was sure of itself: “{answer.words[:160]}”."
    return "" if found == value.strip() else f"{claim.capitalize()} is {found!r}, not {value.strip()!r}."


def flat(words: str) -> str:
    return " ".join(words.casefold().split())


@content.check("bot rehearsals")
def problems() -> Iterable[Problem]:
    """Conversations that the bot holds otherwise than they are written."""
    for path in paths():
        yield from played(path)
