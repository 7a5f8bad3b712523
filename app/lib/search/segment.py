"""A segment: an immutable piece of the index in one file, mapped into memory and shared by all workers.

Layout: 8 bytes magic, 8 bytes length of a JSON table, the table (name -> kind, offset, length), then the sections, each
at a multiple of 8. A section is an array (`I`, `f`, `B`) or text. Postings are three parallel arrays (document number,
BM25F weight without idf, field flags), sliced by `term_at`. Nothing in a segment changes after it is written.
"""

from __future__ import annotations

import json
import mmap
import os
import tempfile
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias, cast

MAGIC = b"FDSEEK03"
TITLE, HEADING, QUESTION, KEYWORD, SUMMARY, BODY = 1, 2, 4, 8, 16, 32
Section: TypeAlias = "array[Any] | bytes"


class Damaged(Exception):
    """The file is no segment of this version."""


def pack(sections: Mapping[str, Section]) -> bytes:
    """The sections as the bytes of a segment file."""
    table: dict[str, tuple[str, int, int]] = {}
    body = bytearray()
    for name, section in sections.items():
        raw = section if isinstance(section, bytes) else section.tobytes()
        table[name] = ("" if isinstance(section, bytes) else section.typecode, len(body), len(raw))
        body += raw + bytes(-len(raw) % 8)
    head = json.dumps(table).encode()
    head += b" " * (-len(head) % 8)
    return MAGIC + len(head).to_bytes(8, "little") + head + bytes(body)


def write(path: Path, raw: bytes) -> None:
    """Put the bytes at `path` all at once: readers see the old file or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
    os.replace(temporary, path)


class Segment:
    """Read access to one segment, from a file or from bytes."""

    def __init__(self, raw: bytes | mmap.mmap) -> None:
        if raw[:8] != MAGIC:
            raise Damaged("not a search segment of this version")
        size = int.from_bytes(raw[8:16], "little")
        self._table: dict[str, tuple[str, int, int]] = json.loads(raw[16 : 16 + size])
        self._body = memoryview(raw)[16 + size :]
        self.info: dict[str, Any] = json.loads(self._bytes("info"))
        self.count: int = self.info["count"]

    @classmethod
    def open(cls, path: Path) -> Segment:
        """Map a segment file. Raises Damaged or OSError."""
        with path.open("rb") as file:
            return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def _bytes(self, name: str) -> bytes:
        _, start, length = self._table[name]
        return bytes(self._body[start : start + length])

    def view(self, name: str) -> memoryview[Any]:
        """An array section without copying it."""
        kind, start, length = self._table[name]
        body: Any = self._body
        return cast("memoryview[Any]", body[start : start + length].cast(kind))

    def part(self, name: str, start: int, stop: int) -> array[Any]:
        """A piece of an array section as an array of its own: quicker to walk through than a view."""
        return array(self._table[name][0], self.view(name)[start:stop].tobytes())

    def _texts(self, name: str) -> list[str]:
        raw = self._bytes(name).decode()
        return raw.split("\n") if raw else []

    # Terms and postings

    @cached_property
    def terms(self) -> dict[str, int]:
        return {term: number for number, term in enumerate(self._texts("terms"))}

    @cached_property
    def _term_at(self) -> memoryview[Any]:
        return self.view("term_at")

    def frequency(self, term: str) -> int:
        """In how many documents the stem occurs."""
        number = self.terms.get(term)
        return 0 if number is None else self._term_at[number + 1] - self._term_at[number]

    def postings(self, term: str) -> tuple[array[int], array[float], array[int]]:
        """Document numbers (rising), weights and field flags of a stem."""
        number = self.terms.get(term)
        start, stop = (0, 0) if number is None else (self._term_at[number], self._term_at[number + 1])
        return self.part("doc", start, stop), self.part("weight", start, stop), self.part("flags", start, stop)

    # Vocabulary

    @cached_property
    def vocabulary(self) -> list[str]:
        """Words as written (folded) that a typo may be corrected to."""
        return self._texts("vocabulary")

    def near(self, keys: Iterable[int]) -> Iterator[tuple[str, int, bool]]:
        """Vocabulary words that share a deletion with one of the keys: (word, documents with it, stands in a title)."""
        hashes, numbers = self.view("near_key"), self.view("near_word")
        found: set[int] = set()
        for wanted in keys:
            at = bisect_left(hashes, wanted)
            while at < len(hashes) and hashes[at] == wanted:
                found.add(numbers[at])
                at += 1
        counts, titled = self.view("word_count"), self.view("word_titled")
        return ((self.vocabulary[number], counts[number], bool(titled[number])) for number in found)

    # Documents

    def document(self, number: int) -> dict[str, Any]:
        """Everything kept of a document but its text."""
        at = self.view("meta_at")
        _, start, _ = self._table["meta"]
        loaded: dict[str, Any] = json.loads(bytes(self._body[start + at[number] : start + at[number + 1]]))
        return loaded

    def text(self, number: int) -> str:
        """The plain text of a document."""
        at = self.view("text_at")
        _, start, _ = self._table["text"]
        return zlib.decompress(self._body[start + at[number] : start + at[number + 1]]).decode()

    def lines(self, number: int) -> list[list[int]]:
        """Term numbers in order of the title, then of each question that the document answers."""
        lines_at, term_at, terms = self._lines
        first, last = lines_at[number], lines_at[number + 1]
        return [terms[term_at[line] : term_at[line + 1]].tolist() for line in range(first, last)]

    @cached_property
    def _lines(self) -> tuple[memoryview[Any], memoryview[Any], memoryview[Any]]:
        return self.view("asked_at"), self.view("asked_term_at"), self.view("asked_terms")

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Document numbers by key."""
        return {key: number for number, key in enumerate(self._texts("keys"))}

    @cached_property
    def boosts(self) -> array[float]:
        return self.part("boost", 0, self.count)

    @cached_property
    def facets(self) -> dict[str, frozenset[int]]:
        """`name:value` -> the numbers of the documents that have it."""
        return {name: frozenset(numbers) for name, numbers in json.loads(self._bytes("facets")).items()}

    # Suggestions

    @cached_property
    def hint_words(self) -> list[str]:
        """The sorted words of all suggestible lines."""
        return self._texts("hint_words")

    def hint_lines(self, first: int, last: int) -> array[int]:
        """The numbers of the lines with any of the hint words `first` to `last` (exclusive), with repetitions."""
        at = self.view("hint_at")
        return self.part("hint_line", at[first], at[last])

    @cached_property
    def hint_figures(self) -> tuple[memoryview[Any], memoryview[Any], memoryview[Any]]:
        """For each suggestible line its document, its kind (0 title | 1 question | 2 heading), its length in words."""
        return self.view("line_doc"), self.view("line_kind"), self.view("line_length")

    def hint(self, number: int) -> tuple[str, str]:
        """One suggestible line: (anchor, words)."""
        at = self.view("line_at")
        _, start, _ = self._table["lines"]
        anchor, _, line = bytes(self._body[start + at[number] : start + at[number + 1]]).decode().partition("\t")
        return anchor, line
