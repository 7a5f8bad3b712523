"""Fold what is quoted, delete nothing: lines that we ourselves sent are recognised in any language, the customer's words stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailparser_reply import EmailReplyParser

QUOTE = re.compile(r"^(\s*[>|│]\s?)+")
SPACE = re.compile(r"\s+")
URL = re.compile(r"https?://\S+")
FORWARD = re.compile(
    r"^\s*(-{2,}\s*)?(forwarded message|original message forwarded|begin forwarded message|weitergeleitete nachricht|message transféré"
    r"|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande|пересылаемое сообщение)",
    re.IGNORECASE,
)
LEAST = 8
REACH = 6
GAP = 3


@dataclass(frozen=True)
class Fold:
    """Lines `start` up to and not including `end` (0-based) are what was said before: shown folded, never deleted."""

    start: int
    end: int


def folds(text: str, sent: Iterable[str], own_names: Sequence[str] = ()) -> list[Fold]:
    """Where to fold a reply.

    `sent`: the texts this conversation already holds. `own_names`: our addresses and names as they stand in attribution lines.
    A forwarded block is never folded, and a reply that would fold to nothing is shown whole.
    """
    lines = text.split("\n")
    known = known_lines(sent)
    ours = [is_known(line, known) for line in lines]
    stop = first_forward(lines)
    runs = widened(lines, joined(lines, ours, stop), own_names, stop)
    seconded = runs or second_opinion(text, lines, stop)
    return seconded if keeps_words(lines, seconded) else []


def plain(line: str) -> str:
    """A line without quote marks, spaces, case and link targets: mail programs change all of these."""
    return SPACE.sub("", URL.sub("", QUOTE.sub("", line))).strip("*_-").casefold()


def known_lines(sent: Iterable[str]) -> str:
    return "\n".join(plain(text.replace("\n", " ")) + "\n" + "\n".join(plain(line) for line in text.split("\n")) for text in sent)


def is_known(line: str, known: str) -> bool:
    """A line we sent, also when it was re-wrapped; a short line counts only when it is quoted."""
    bare = plain(line)
    if not bare:
        return False
    return bare in known if len(bare) >= LEAST else bool(QUOTE.match(line)) and f"\n{bare}\n" in f"\n{known}\n"


def first_forward(lines: Sequence[str]) -> int:
    return next((number for number, line in enumerate(lines) if FORWARD.match(line)), len(lines))


def joined(lines: Sequence[str], ours: Sequence[bool], stop: int) -> list[Fold]:
    """Runs of our lines, over blank and merely quoted lines between them."""
    runs: list[Fold] = []
    for number in (n for n in range(stop) if ours[n]):
        if runs and all(passes(lines[n]) for n in range(runs[-1].end, number)):
            runs[-1] = Fold(runs[-1].start, number + 1)
        else:
            runs.append(Fold(number, number + 1))
    return [run for run in runs if sum(len(plain(lines[n])) for n in range(run.start, run.end) if ours[n]) >= LEAST]


def passes(line: str) -> bool:
    return not plain(line) or bool(QUOTE.match(line))


def widened(lines: Sequence[str], runs: list[Fold], own_names: Sequence[str], stop: int) -> list[Fold]:
    """Each run with the attribution above it ("On Monday Grace wrote:") and the blank or quoted lines below it."""
    return [Fold(attribution(lines, run.start, own_names), tail(lines, run.end, stop)) for run in runs]


def attribution(lines: Sequence[str], start: int, own_names: Sequence[str]) -> int:
    """The nearest line above, within reach, that names us; a header block ("From: … To: …") is taken to its top."""
    names = [name.casefold() for name in own_names if name]
    top = start
    while top > 0 and not lines[top - 1].strip():
        top -= 1
    for number in range(start - 1, max(-1, start - 1 - REACH), -1):
        if any(name in lines[number].casefold() for name in names) and not is_greeting(lines[number]):
            return header_top(lines, number)
    return top if top < start and any(QUOTE.match(line) for line in lines[start : start + 1]) else start


def is_greeting(line: str) -> bool:
    return len(line.split()) <= 3 and line.rstrip().endswith((",", "!")) and "@" not in line


def header_top(lines: Sequence[str], number: int) -> int:
    while number > 0 and re.match(r"^\s*([>*_-]|\S{2,12}:\s|_{5,}|-{3,})", lines[number - 1]):
        number -= 1
    return number


def tail(lines: Sequence[str], end: int, stop: int) -> int:
    last = end
    for number in range(end, stop):
        if lines[number].strip() and not QUOTE.match(lines[number]):
            break
        last = number + 1 if QUOTE.match(lines[number]) else last
    return last


def second_opinion(text: str, lines: Sequence[str], stop: int) -> list[Fold]:
    """Nothing of ours was found: fold a trailing block only where it is quoted line by line and the reply parser agrees."""
    start = stop
    while start > 0 and passes(lines[start - 1]):
        start -= 1
    quoted = [number for number in range(start, stop) if QUOTE.match(lines[number])]
    if len(quoted) < GAP:
        return []
    reply = EmailReplyParser(languages=["en", "de", "fr", "es", "it", "nl", "pl", "sv"]).parse_reply(text)
    agrees = all(lines[number].strip() not in {line.strip() for line in reply.split("\n")} for number in quoted)
    return [Fold(quoted[0], stop)] if agrees else []


def keeps_words(lines: Sequence[str], found: list[Fold]) -> bool:
    folded = {number for fold in found for number in range(fold.start, fold.end)}
    return any(line.strip() for number, line in enumerate(lines) if number not in folded)
