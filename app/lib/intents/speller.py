"""Slips of one letter put right with the words that the examples use."""

from __future__ import annotations

from collections import Counter

from app.lib.search.spelling import deletions, distance

SHORTEST = 4


class Speller:
    """Knows words and how often each is used; finds the nearest for one that it does not know."""

    def __init__(self, used: Counter[str]) -> None:
        self.used = used
        self.near: dict[str, list[str]] = {}
        for word in used:
            if len(word) >= SHORTEST - 1 and word.isalpha():
                for form in deletions(word, 1):
                    self.near.setdefault(form, []).append(word)

    def put_right(self, found: list[str]) -> list[str]:
        """The words, each unknown one replaced by the known word at one edit (insert, delete, replace, swap) that is used most."""
        return [word if word in self.used else self.nearest(word) for word in found]

    def nearest(self, word: str) -> str:
        if len(word) < SHORTEST or not word.isalpha():
            return word
        candidates = {known for form in deletions(word, 1) for known in self.near.get(form, ())}
        close = [known for known in candidates if distance(word, known, 1) <= 1]
        return max(close, key=lambda known: (known[0] == word[0], self.used[known], known), default=word)
