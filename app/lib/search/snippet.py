"""Highlighted snippets, made for the few hits that are shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup, escape

from app.lib.search.plan import Plan
from app.lib.search.stem import stem
from app.lib.search.words import fold

LENGTH = 180
LOOK_AT = 40_000
BEYOND_ASCII = re.compile(r"[^\W_\x00-\x7f]")
OPEN, CLOSE = "<mark>", "</mark>"


def wanted_stems(plan: Plan) -> frozenset[str]:
    """Every stem that a hit may be highlighted for."""
    return frozenset(term for group in plan.groups for variant in group.variants for term in variant.stems)


def marks(text: str, stems: frozenset[str]) -> list[tuple[int, int, str]]:
    """Where the words with these stems stand: (start, end, stem). Only words with a fitting beginning are looked at and stemmed."""
    if not stems:
        return []
    found = []
    lowered = text.lower()
    if len(lowered) != len(text):  # A few capitals, such as İ, become two letters: then places are those of the text as it is.
        lowered = text
    begins = frozenset(term[:3] for term in stems)
    for match in (beginning if BEYOND_ASCII.search(lowered) else plain_beginning)(begins).finditer(lowered):
        if (term := stem_of(match[0])) in stems:
            found.append((match.start(), match.end(), term))
    return found


@lru_cache(maxsize=20_000)
def stem_of(word: str) -> str:
    """The stem of a word as it stands in a text."""
    return stem(fold(word.lower().replace("'", "").replace("’", "")))


@lru_cache(maxsize=256)
def beginning(starts: frozenset[str]) -> re.Pattern[str]:
    """Whole words that begin so, apostrophes inside left out of account; and words with a letter beyond ASCII among the first three."""
    begins = "|".join("['’]?".join(map(re.escape, start)) for start in sorted(starts))
    return re.compile(rf"(?<![^\W_])(?<![^\W_]['’])(?:{begins}|[a-z0-9]{{0,2}}[^\W_a-z0-9])[^\W_]*(?:['’][^\W_]+)*")


@lru_cache(maxsize=256)
def plain_beginning(starts: frozenset[str]) -> re.Pattern[str]:
    """The same where all letters are ASCII: each way begins with a letter, and only then looks back, which is several times quicker."""
    begins = "|".join(f"{first}(?<![^\\W_]{first})(?<![^\\W_]['’]{first}){rest}" for first, rest in map(split_start, sorted(starts)))
    return re.compile(rf"(?:{begins})[^\W_]*(?:['’][^\W_]+)*")


def split_start(start: str) -> tuple[str, str]:
    """The first letter, and a pattern for those after it with apostrophes between."""
    return re.escape(start[:1]), "".join(f"['’]?{re.escape(letter)}" for letter in start[1:])


def highlight(text: str, stems: frozenset[str]) -> Markup:
    """The whole text, escaped, with `<mark>` around the words that were asked for."""
    return marked(text, marks(text, stems))


def marked(text: str, found: Iterable[tuple[int, int, str]]) -> Markup:
    out, last = list[str](), 0
    for start, end, _ in found:
        out += (escape(text[last:start]), OPEN, escape(text[start:end]), CLOSE)
        last = end
    return Markup("".join((*out, escape(text[last:]))))  # noqa: S704 - every piece of the text was escaped


def snippet(text: str, stems: frozenset[str]) -> Markup:
    """About `LENGTH` characters around the place that meets most different stems, cut at words."""
    text = text[:LOOK_AT]
    found = marks(text, stems)
    start = best_start(found)
    start, end = cut(text, start)
    inside = [(a - start, b - start, term) for a, b, term in found if a >= start and b <= end]
    body = marked(text[start:end], inside)
    return Markup("{}{}{}").format("… " if start else "", body, " …" if end < len(text) else "")


def best_start(found: list[tuple[int, int, str]]) -> int:
    """Where the window with the most different stems begins."""
    best, start, first = 0, 0, 0
    inside: Counter[str] = Counter()
    for _, end, term in found:
        inside[term] += 1
        while end - found[first][0] > LENGTH:
            inside[found[first][2]] -= 1
            if not inside[found[first][2]]:
                del inside[found[first][2]]
            first += 1
        if len(inside) > best:
            best, start = len(inside), found[first][0]
    return max(start - 40, 0)


def cut(text: str, start: int) -> tuple[int, int]:
    """Move both ends of the window to spaces."""
    if start:
        space = text.find(" ", start)
        start = space + 1 if 0 <= space < start + 40 else start
    end = start + LENGTH
    if end >= len(text):
        return start, len(text)
    space = text.rfind(" ", start, end)
    return start, space if space > start else end


__all__ = ["highlight", "marks", "snippet", "wanted_stems"]
