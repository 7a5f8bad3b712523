"""Typo correction by delete-neighbourhoods (the idea of SymSpell).

Two words at edit distance d share a form that each reaches by at most d deletions, so a table of all deletions of the
vocabulary answers "which words are near" with a few look-ups. Only the first `PREFIX` letters are deleted from; the
true distance (insert, delete, substitute, transpose: Damerau's optimal string alignment) is checked afterwards.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from zlib import crc32

PREFIX = 7


def reach(word: str) -> int:
    """How many edits are believed to be a typo: none under 3 letters, one to 7, two from 8 on; none in a number."""
    if len(word) < 3 or word.isdecimal():
        return 0
    return 1 if len(word) < 8 else 2


def deletions(word: str, most: int) -> set[str]:
    """The first letters of the word and all ways to delete up to `most` of them."""
    head = word[:PREFIX]
    forms = {head}
    for count in range(1, min(most, len(head) - 1) + 1):
        forms.update("".join(kept) for kept in combinations(head, len(head) - count))
    return forms


def keys(word: str, most: int) -> tuple[int, ...]:
    """Hashes of the forms under which a word is filed, or looked up within `most` edits: collisions only cost a distance check."""
    return _keys(word[:PREFIX], most)


@lru_cache(maxsize=1024)
def _keys(head: str, most: int) -> tuple[int, ...]:
    return tuple(crc32(form.encode()) for form in deletions(head, most))


def distance(one: str, other: str, most: int) -> int:
    """Optimal string alignment distance, or `most + 1` when it is larger."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    one, other = without_shared_ends(one, other)
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


def without_shared_ends(one: str, other: str) -> tuple[str, str]:
    """Both words without the letters they begin and end with alike: these cost nothing in any alignment."""
    start, least = 0, min(len(one), len(other))
    while start < least and one[start] == other[start]:
        start += 1
    end = 0
    while end < least - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[start : len(one) - end], other[start : len(other) - end]
