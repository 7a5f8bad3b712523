"""Highlighted snippets, made for the few hits that are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup, escape

from app.lib.search.plan import Plan
from app.lib.search.stem import stem
from app.lib.search.words import fold

LENGTH = 180
LOOK_AT = 40_000


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
    for match in beginning(frozenset(term[:3] for term in stems)).finditer(lowered):
        word = fold(match[0].lower().replace("'", "").replace("’", ""))
        if (term := stem(word)) in stems:
            found.append((match.start(), match.end(), term))
    return found


@lru_cache(maxsize=256)
def beginning(starts: frozenset[str]) -> re.Pattern[str]:
    """Whole words that begin so, apostrophes inside left out of account; and words with a letter beyond ASCII among the first three."""
    begins = "|".join("['’]?".join(map(re.escape, start)) for start in sorted(starts))
    return re.compile(rf"(?<![^\W_])(?<![^\W_]['’])(?:{begins}|[a-z0-9]{{0,2}}[^\W_a-z0-9])[^\W_]*(?:['’][^\W_]+)*")


def highlight(text: str, stems: frozenset[str]) -> Markup:
    """The whole text, escaped, with `<mark>` around the words that were asked for."""
    return marked(text, marks(text, stems))


def marked(text: str, found: Iterable[tuple[int, int, str]]) -> Markup:
    out, last = Markup(""), 0
    for start, end, _ in found:
        out += escape(text[last:start]) + Markup("<mark>%s</mark>") % text[start:end]
        last = end
    return out + escape(text[last:])


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
    for last in range(len(found)):
        while found[last][1] - found[first][0] > LENGTH:
            first += 1
        different = len({term for _, _, term in found[first : last + 1]})
        if different > best:
            best, start = different, found[first][0]
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
