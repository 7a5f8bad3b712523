"""One state of the index: its segments and what was deleted from them since. Never changes; a change makes a new view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import log

from app.lib.search import spelling
from app.lib.search.segment import Segment
from app.lib.search.stem import stem


@dataclass(frozen=True)
class Near:
    """A vocabulary word close to a typed one: how far, in how many documents, whether in a title."""

    word: str
    distance: int
    count: int
    titled: bool


@dataclass(frozen=True)
class View:
    """Segments in order (the full build first), each with the numbers that are dead in it."""

    segments: tuple[Segment, ...] = ()
    dead: tuple[frozenset[int], ...] = ()
    files: tuple[str, ...] = ()
    version: str = ""

    @cached_property
    def count(self) -> int:
        """Living documents."""
        return sum(segment.count - len(gone) for segment, gone in zip(self.segments, self.dead, strict=True))

    def frequency(self, term: str) -> int:
        """Documents with the stem (deleted ones of old segments still count until the next full build)."""
        return sum(segment.frequency(term) for segment in self.segments)

    def rarity(self, frequency: int) -> float:
        """BM25's inverse document frequency, never negative."""
        return log(1 + (self.count - min(frequency, self.count) + 0.5) / (frequency + 0.5))

    def near(self, word: str, furthest: int = 2, least: int = 0) -> list[Near]:
        """Vocabulary words within the reach of a typo, at most `furthest` edits away and in at least `least` documents: nearest first,
        then titled, same first letter, frequent."""
        most = min(spelling.reach(word), furthest)
        if not most:
            return []
        found: dict[str, tuple[int, bool]] = {}
        for segment in self.segments:
            for other, count, titled in segment.near(spelling.keys(word, most)):
                before = found.get(other, (0, False))
                found[other] = (before[0] + count, before[1] or titled)
        near = [
            Near(other, far, count, titled)
            for other, (count, titled) in found.items()
            if count >= least and 0 < (far := spelling.distance(word, other, most)) <= most
        ]
        return sorted(near, key=lambda near: (near.distance, not near.titled, near.word[0] != word[0], -near.count))

    def knows(self, word: str) -> int:
        """Documents that have the word or another form of it."""
        return self.frequency(stem(word))

    def each(self) -> Iterator[tuple[int, Segment, frozenset[int]]]:
        """Every segment with its number and its dead."""
        return ((number, segment, self.dead[number]) for number, segment in enumerate(self.segments))
