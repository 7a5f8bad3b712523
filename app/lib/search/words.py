"""Text to words: lower case, no accents, apostrophes closed up, stop words known."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from app.lib.search.stem import stem

WORD = re.compile(r"[^\W_]+")
APOSTROPHE = re.compile(r"['’](?<=\w['’])(?=\w)")
STOP_WORDS = (
    "a an and any are as at be been but by can could did do does for from had has have how i if im in into is it its "
    "me my of on or our so than that the their them then there these they this to us was we were what when where which "
    "who why will with would you your cant dont doesnt isnt wont please need want about get"
)
STOP = frozenset(STOP_WORDS.split())


def words(text: str) -> list[str]:
    """The words of a text in order, folded (`Café's` -> `cafes`). Underscores and punctuation part words."""
    lowered = text.lower()
    if "'" in lowered or "’" in lowered:
        lowered = APOSTROPHE.sub("", lowered)
    found = WORD.findall(lowered)
    return found if lowered.isascii() else [word if word.isascii() else fold(word) for word in found]


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Without accents: `é` -> `e`. Letters that do not decompose stay."""
    if word.isascii():
        return word
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def meaningful(found: list[str]) -> list[str]:
    """Without stop words, unless nothing would be left."""
    return [word for word in found if word not in STOP] or found


def stems(text: str) -> list[str]:
    """The stems of the words of a text that are no stop words."""
    return [stem(word) for word in words(text) if word not in STOP]
