"""Word stems after M. F. Porter, "An algorithm for suffix stripping" (1980), with the author's later departures.

"cancelling", "cancels" and "cancelled" meet under one stem, so a query need not use the article's form.
"""

from __future__ import annotations

import re
from functools import lru_cache

CONSONANT = "[^aeiouy]|(?<![^aeiou])y|^y"
VOWELS = "aeiou"
STEP2 = {
    "ational": "ate",
    "tional": "tion",
    "enci": "ence",
    "anci": "ance",
    "izer": "ize",
    "bli": "ble",
    "alli": "al",
    "entli": "ent",
    "eli": "e",
    "ousli": "ous",
    "ization": "ize",
    "ation": "ate",
    "ator": "ate",
    "alism": "al",
    "iveness": "ive",
    "fulness": "ful",
    "ousness": "ous",
    "aliti": "al",
    "iviti": "ive",
    "biliti": "ble",
    "logi": "log",
}
STEP3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
STEP4 = [
    *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent"),
    *("sion", "tion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"),
]
SUFFIX2 = re.compile("(" + "|".join(sorted(STEP2, key=len, reverse=True)) + ")$")
SUFFIX3 = re.compile("(" + "|".join(sorted(STEP3, key=len, reverse=True)) + ")$")
SUFFIX4 = re.compile("(" + "|".join(sorted(STEP4, key=len, reverse=True)) + ")$")
VOWEL_RUNS = re.compile("v+c+")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one lower-case word; words that are short, have digits or other letters come back unchanged."""
    if len(word) <= 2 or not word.isascii() or not word.isalpha():
        return word
    word = _plural(word)
    word = _past(word)
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _swap(word, SUFFIX2, STEP2)
    word = _swap(word, SUFFIX3, STEP3)
    return _tail(_strip(word))


def _shape(word: str) -> str:
    """`v` for each vowel and `c` for each consonant; y is a vowel after a consonant."""
    shape = ""
    for letter in word:
        vowel = letter in VOWELS or (letter == "y" and shape[-1:] == "c")
        shape += "v" if vowel else "c"
    return shape


def _measure(word: str) -> int:
    return len(VOWEL_RUNS.findall(_shape(word)))


def _has_vowel(word: str) -> bool:
    return "v" in _shape(word)


def _short(word: str) -> bool:
    """Ends consonant, vowel, consonant, and the last is not w, x or y."""
    return _shape(word)[-3:] == "cvc" and word[-1] not in "wxy"


def _plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    ending = "ed" if word.endswith("ed") else "ing" if word.endswith("ing") else ""
    base = word[: -len(ending)] if ending else ""
    if not base or not _has_vowel(base):
        return word
    if base.endswith(("at", "bl", "iz")):
        return base + "e"
    if len(base) > 1 and base[-1] == base[-2] and base[-1] not in "aeioulsz":
        return base[:-1]
    return base + "e" if _measure(base) == 1 and _short(base) else base


def _swap(word: str, suffixes: re.Pattern[str], table: dict[str, str]) -> str:
    found = suffixes.search(word)
    if found and _measure(word[: found.start()]) > 0:
        return word[: found.start()] + table[found[1]]
    return word


def _strip(word: str) -> str:
    found = SUFFIX4.search(word)
    if not found:
        return word
    cut = found.start() + (1 if found[1] in {"sion", "tion"} else 0)
    return word[:cut] if _measure(word[:cut]) > 1 else word


def _tail(word: str) -> str:
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word
