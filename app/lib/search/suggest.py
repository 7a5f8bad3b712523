"""As-you-type suggestions: titles, questions and headings, the last word a beginning, typos forgiven."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from operator import itemgetter

from markupsafe import Markup

from app.lib.search.index import Index
from app.lib.search.rank import Require, permitted
from app.lib.search.segment import Segment
from app.lib.search.snippet import marked
from app.lib.search.view import View
from app.lib.search.words import STOP, fold, words

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_LINES = 4000
MOST_SHOWN = 60
KIND_WORTH = (0.3, 0.25, 0.0)


@dataclass(frozen=True)
class Suggestion:
    """One line to offer: its words marked up, where it leads, and what it is (title, question or heading)."""

    text: str
    marked: Markup
    url: str
    kind: str
    title: str


KINDS = ("title", "question", "heading")


def suggest(index: Index, typed: str, *, limit: int = 8, require: Require | None = None) -> list[Suggestion]:
    """Lines for what has been typed so far; nothing under two letters. Fit for every key press (no snippet, no body)."""
    found = words(typed[:120])
    if len("".join(found)) < 2:
        return []
    whole = [word for word in found[:-1] if word not in STOP][:8]
    last = "" if typed[-1:].isspace() else found[-1]
    whole += [found[-1]] if not last and found[-1] not in STOP else []
    best: list[tuple[float, Segment, int]] = []
    for _, segment, dead in index.view.each():
        best += scored(index.view, segment, dead, whole, last, require or {})
    best.sort(key=lambda entry: -entry[0])
    return list(shown(best, [*whole, last] if last else whole, limit))


def scored(
    view: View, segment: Segment, dead: frozenset[int], whole: list[str], last: str, require: Require
) -> list[tuple[float, Segment, int]]:
    """Lines of one segment with a score: how many words they meet, how much of the line that is, what they are."""
    met: Counter[int] = Counter()
    for word in whole:
        met.update(set(lines_with(view, segment, word, False)))
    if last:
        met.update(set(lines_with(view, segment, last, True)))
    most, asked = max(met.values(), default=0), len(whole) + bool(last)
    documents, kinds, lengths = segment.hint_figures
    allowed = permitted(segment, require)
    fit = (
        line
        for line, count in met.items()
        if count == most and documents[line] not in dead and (allowed is None or documents[line] in allowed)
    )
    scores = ((most / asked + 0.5 * most / lengths[line] + KIND_WORTH[kinds[line]], segment, line) for line in islice(fit, MOST_LINES))
    return nlargest(MOST_SHOWN, scores, key=itemgetter(0))


def lines_with(view: View, segment: Segment, word: str, beginning: bool) -> Iterator[int]:
    """Lines that have the word, or a word that begins so; when there is none, the same for the likeliest correction."""
    found = exact(segment, word, beginning)
    if found:
        return iter(found)
    others = beginnings(segment, word) if beginning and len(word) > 2 else []
    others += [near.word for near in view.near(word)[:1]]
    return (line for other in others[:3] for line in exact(segment, other, beginning))


def exact(segment: Segment, word: str, beginning: bool) -> list[int]:
    vocabulary = segment.hint_words
    first = bisect_left(vocabulary, word)
    last = bisect_left(vocabulary, word + "\U0010ffff") if beginning else first + (vocabulary[first : first + 1] == [word])
    return segment.hint_lines(first, last).tolist() if last > first else []


def beginnings(segment: Segment, word: str) -> list[str]:
    """Beginnings one edit away from `word` (its first letter kept) that some suggestible word has."""
    vocabulary = segment.hint_words

    def begins(form: str) -> bool:
        at = bisect_left(vocabulary, form)
        return at < len(vocabulary) and vocabulary[at].startswith(form)

    forms = []
    for at in range(1, len(word)):
        head, tail = word[:at], word[at:]
        forms += [head + tail[1:], head + tail[1:2] + tail[:1] + tail[2:]]
        forms += [head + letter + rest for letter in LETTERS for rest in (tail[1:], tail)]
    return [form for form in dict.fromkeys(forms) if len(form) > 2 and begins(form)]


def shown(best: list[tuple[float, Segment, int]], asked: list[str], limit: int) -> Iterator[Suggestion]:
    """The best lines, no address twice."""
    seen: set[str] = set()
    for _, segment, line in best:
        anchor, text = segment.hint(line)
        documents, kinds, _ = segment.hint_figures
        kept = segment.document(documents[line])
        url = f"{kept['url']}#{anchor}" if anchor else str(kept["url"])
        if url not in seen:
            seen.add(url)
            yield Suggestion(text, mark_beginnings(text, asked), url, KINDS[kinds[line]], kept["title"])
        if len(seen) == limit:
            return


def mark_beginnings(text: str, asked: list[str]) -> Markup:
    """`<mark>` around the part of each word that was typed."""
    found, at = [], 0
    for piece in text.split(" "):
        typed = max((word for word in asked if fold(piece.lower()).startswith(word)), key=len, default="")
        if typed:
            found.append((at, at + len(typed), typed))
        at += len(piece) + 1
    return marked(text, found)
