"""Text to WordPiece numbers as BERT's uncased models were trained on (Devlin et al. 2018; `BertTokenizer` with `do_lower_case`)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

LONGEST_WORD = 100
UNKNOWN, FIRST, LAST = "[UNK]", "[CLS]", "[SEP]"
# Han characters are words of their own, as in the original tokenizer.
HAN = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """A vocabulary, one piece a line; `##` begins a piece that goes on with a word."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        """Raises ValueError without the pieces that begin, end and stand for the unknown."""
        self.numbers = {piece: number for number, piece in enumerate(vocabulary)}
        if not {UNKNOWN, FIRST, LAST} <= self.numbers.keys():
            raise ValueError("The vocabulary lacks [UNK], [CLS] or [SEP].")
        self.pieces = lru_cache(maxsize=20_000)(self._pieces)

    def ids(self, text: str, most: int) -> list[int]:
        """The numbers of a text between [CLS] and [SEP], at most `most` of them in all."""
        inner = [number for word in parted(text[: most * LONGEST_WORD]) for number in self.pieces(word)]
        return [self.numbers[FIRST], *inner[: most - 2], self.numbers[LAST]]

    def _pieces(self, word: str) -> tuple[int, ...]:
        """The longest pieces from left to right; the unknown when some part of the word is in no piece."""
        found: list[int] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            ends = range(len(word), start, -1)
            end = next((end for end in ends if ("##" if start else "") + word[start:end] in self.numbers), 0)
            if not end:
                break
            found.append(self.numbers[("##" if start else "") + word[start:end]])
            start = end
        return tuple(found) if start == len(word) else (self.numbers[UNKNOWN],)


def parted(text: str) -> Iterator[str]:
    """Words in lower case without accents; each mark of punctuation and each Han character is a word."""
    word = ""
    for letter in plain(text):
        if letter.isspace():
            alone, letter = True, ""
        else:
            alone = is_punctuation(letter) or is_han(letter)
        if not alone:
            word += letter
            continue
        yield from (one for one in (word, letter) if one)
        word = ""
    if word:
        yield word


def plain(text: str) -> str:
    """Lower case, accents off, control characters out, every white space a blank."""
    if text.isascii():
        return "".join(letter for letter in text.lower() if letter.isprintable() or letter.isspace())
    spread = unicodedata.normalize("NFD", text.lower())
    kept = (" " if letter.isspace() else letter for letter in spread if letter.isspace() or not is_dropped(letter))
    return "".join(kept)


def is_dropped(letter: str) -> bool:
    return letter == "\ufffd" or unicodedata.category(letter) == "Mn" or unicodedata.category(letter).startswith("C")


def is_punctuation(letter: str) -> bool:
    """ASCII marks that Unicode calls symbols, such as `$` and `^`, count as well."""
    return (letter.isascii() and not letter.isalnum()) or unicodedata.category(letter).startswith("P")


def is_han(letter: str) -> bool:
    return letter >= "\u3400" and any(first <= ord(letter) <= last for first, last in HAN)
