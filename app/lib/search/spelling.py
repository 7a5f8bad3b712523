"""Typo correction by delete-neighbourhoods (the idea of SymSpell).

Two words at edit distance d share a form that each reaches by at most d deletions, so a table of all deletions of the
vocabulary answers "which words are near" with a few look-ups. Only the first `PREFIX` letters are deleted from; the
true distance (insert, delete, substitute, transpose: Damerau's optimal string alignment) is checked afterwards.
"""

from __future__ import annotations

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


def key(form: str) -> int:
    """Hash of a form: collisions only cost a distance check."""
    return crc32(form.encode())


def distance(one: str, other: str, most: int) -> int:
    """Optimal string alignment distance, or `most + 1` when it is larger."""
    if abs(len(one) - len(other)) > most:
        return most + 1
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
    return last[-1]
