"""Editors' words: groups that mean the same, and words that are never corrected.

The file has one group a line, its members parted by commas (`sign in, login, log on`); a line that begins with `!`
lists protected words, `#` begins a comment. Members may have several words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.lib.search.words import STOP, words

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Synonyms:
    """Phrases by the phrase they stand for, and the protected words. Phrases are folded and without stop words."""

    groups: dict[Phrase, tuple[Phrase, ...]] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()

    @classmethod
    def read(cls, path: Path) -> Synonyms:
        """From a file; nothing when it is not there."""
        return cls.parse(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else cls()

    @classmethod
    def parse(cls, text: str) -> Synonyms:
        """From the file's text."""
        groups: dict[Phrase, tuple[Phrase, ...]] = {}
        protected: set[str] = set()
        for line in text.splitlines():
            line = line.partition("#")[0].strip()
            if line.startswith("!"):
                protected.update(words(line))
            elif line:
                members = [phrase for member in line.split(",") if (phrase := phrase_of(member))]
                protected.update(word for member in members for word in member)
                for member in members:
                    others = tuple(other for other in members if other != member)
                    groups[member] = tuple(dict.fromkeys(groups.get(member, ()) + others))
        return cls(groups, frozenset(protected))

    @property
    def longest(self) -> int:
        """Words in the longest phrase."""
        return max(map(len, self.groups), default=0)


def phrase_of(text: str) -> Phrase:
    return tuple(word for word in words(text) if word not in STOP)
