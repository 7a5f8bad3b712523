"""Documents -> the bytes of a segment. About 600 help articles a second on one core."""

from __future__ import annotations

import json
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.lib.search import spelling
from app.lib.search.documents import Document
from app.lib.search.segment import BODY, HEADING, KEYWORD, QUESTION, SUMMARY, TITLE, pack
from app.lib.search.stem import stem
from app.lib.search.words import STOP, stems, words

# Field: flag, weight, how much its length counts (BM25F's b).
FIELDS: dict[str, tuple[int, float, float]] = {
    "title": (TITLE, 6.0, 0.5),
    "questions": (QUESTION, 3.0, 0.3),
    "keywords": (KEYWORD, 2.0, 0.3),
    "headings": (HEADING, 2.0, 0.5),
    "summary": (SUMMARY, 2.0, 0.5),
    "text": (BODY, 1.0, 0.75),
}
K1 = 1.4
SURE = TITLE | QUESTION | KEYWORD | HEADING
MOST_TEXT = 400_000
MOST_QUESTIONS = 20


@dataclass
class Averages:
    """Mean length of each field, in words: taken from the last full build when a single document is added."""

    lengths: dict[str, float]

    @classmethod
    def of(cls, gathered: list[Gathered]) -> Averages:
        total = max(len(gathered), 1)
        return cls({name: max(sum(one.lengths[name] for one in gathered) / total, 1.0) for name in FIELDS})


@dataclass
class Gathered:
    """One document's words, counted field by field."""

    document: Document
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document) -> Gathered:
        one = cls(document)
        for name in FIELDS:
            found = words(field_text(document, name))
            counted = one.counts[name] = Counter(found)
            for word in STOP & counted.keys():
                del counted[word]
            one.lengths[name] = len(found)
        return one

    def lines(self) -> list[list[str]]:
        """The stems of the title, then of each question."""
        return [stems(line) for line in (self.document.title, *self.document.questions[:MOST_QUESTIONS])]


def field_text(document: Document, name: str) -> str:
    """The words of one field as one string."""
    if name == "headings":
        return " . ".join(line for _, line in document.headings)
    value = getattr(document, name)
    return value[:MOST_TEXT] if isinstance(value, str) else " . ".join(value)


def build(documents: Iterable[Document], averages: Averages | None = None) -> tuple[bytes, Averages]:
    """The segment of these documents, and the averages that later single documents are weighed with."""
    gathered = [Gathered.of(document) for document in documents]
    averages = averages or Averages.of(gathered)
    terms, sections = postings(gathered, averages)
    sections |= vocabulary(gathered)
    sections |= kept(gathered, terms)
    sections |= hints(gathered)
    sections["info"] = json.dumps({"count": len(gathered), "averages": averages.lengths}).encode()
    return pack(sections), averages


def postings(gathered: list[Gathered], averages: Averages) -> tuple[dict[str, int], dict[str, Any]]:
    """Inverted lists of stems, sorted by stem, documents rising."""
    lists: dict[str, tuple[array[int], array[float], array[int]]] = {}
    for number, one in enumerate(gathered):
        for term, (weight, flags) in weigh(one, averages).items():
            entry = lists.get(term)
            if entry is None:
                entry = lists[term] = (array("I"), array("f"), array("B"))
            entry[0].append(number)
            entry[1].append(weight / (K1 + weight))
            entry[2].append(flags)
    order = sorted(lists)
    at, docs, weights, flags_ = array("I", [0]), array("I"), array("f"), array("B")
    for term in order:
        entry = lists[term]
        docs += entry[0]
        weights += entry[1]
        flags_ += entry[2]
        at.append(len(docs))
    sections = {"terms": "\n".join(order).encode(), "term_at": at, "doc": docs, "weight": weights, "flags": flags_}
    return {term: number for number, term in enumerate(order)}, sections


def weigh(one: Gathered, averages: Averages) -> dict[str, tuple[float, int]]:
    """Stem -> (weighted, length-normalised frequency over all fields; flags of the fields it stands in)."""
    found: dict[str, tuple[float, int]] = {}
    for name, (flag, weight, b) in FIELDS.items():
        scale = weight / (1 - b + b * one.lengths[name] / averages.lengths[name])
        for word, count in one.counts[name].items():
            term = stem(word)
            before = found.get(term)
            found[term] = (count * scale, flag) if before is None else (before[0] + count * scale, before[1] | flag)
    return found


def vocabulary(gathered: list[Gathered]) -> dict[str, Any]:
    """Words that a typo may become: those in two documents, or in a title, heading, question or keyword."""
    counts: Counter[str] = Counter()
    sure: set[str] = set()
    titled: set[str] = set()
    for one in gathered:
        counts.update(set().union(*one.counts.values()))
        titled.update(one.counts["title"])
        sure.update(*(one.counts[name] for name, (flag, _, _) in FIELDS.items() if flag & SURE))
    known = sorted(word for word, count in counts.items() if (count > 1 or word in sure) and spelling.reach(word))
    near = sorted(form << 32 | number for number, word in enumerate(known) for form in spelling.keys(word, spelling.reach(word)))
    return {
        "vocabulary": "\n".join(known).encode(),
        "word_count": array("I", (counts[word] for word in known)),
        "word_titled": array("B", (word in titled for word in known)),
        "near_key": array("I", (pair >> 32 for pair in near)),
        "near_word": array("I", (pair & 0xFFFFFFFF for pair in near)),
    }


def kept(gathered: list[Gathered], terms: dict[str, int]) -> dict[str, Any]:
    """What is needed to show and to filter hits."""
    metas = [json.dumps(meta(one.document)).encode() for one in gathered]
    texts = [zlib.compress(one.document.text[:MOST_TEXT].encode("utf-8", "replace"), 1) for one in gathered]
    asked = [one.lines() for one in gathered]
    lines = [line for own in asked for line in own]
    facets: dict[str, list[int]] = {}
    for number, one in enumerate(gathered):
        for name, values in one.document.facets.items():
            for value in values:
                facets.setdefault(f"{name}:{value}", []).append(number)
    return {
        "keys": "\n".join(one.document.key for one in gathered).encode("utf-8", "replace"),
        "meta": b"".join(metas),
        "meta_at": offsets(map(len, metas)),
        "text": b"".join(texts),
        "text_at": offsets(map(len, texts)),
        "asked_terms": array("I", (terms[term] for line in lines for term in line)),
        "asked_term_at": offsets(map(len, lines)),
        "asked_at": offsets(map(len, asked)),
        "boost": array("f", (one.document.boost for one in gathered)),
        "facets": json.dumps(facets).encode(),
    }


def meta(document: Document) -> dict[str, Any]:
    return {
        "key": document.key,
        "title": document.title,
        "url": document.url,
        "summary": document.summary,
        "facets": {name: list(values) for name, values in document.facets.items()},
        "data": dict(document.data),
        "own": {"headings": list(document.headings), "questions": list(document.questions), "keywords": list(document.keywords)},
    }


def hints(gathered: list[Gathered]) -> dict[str, Any]:
    """Titles, questions and headings as lines, and which words stand in which line."""
    lines: list[bytes] = []
    documents, kinds, lengths = array("I"), array("B"), array("I")
    by_word: dict[str, list[int]] = {}
    for number, one in enumerate(gathered):
        for kind, anchor, line in suggestible(one.document):
            for word in set(words(line)):
                by_word.setdefault(word, []).append(len(lines))
            lines.append(f"{anchor}\t{line}".encode("utf-8", "replace"))
            documents.append(number)
            kinds.append(kind)
            lengths.append(line.count(" ") + 1)
    order = sorted(by_word)
    return {
        "hint_words": "\n".join(order).encode(),
        "hint_at": offsets(len(by_word[word]) for word in order),
        "hint_line": array("I", (line for word in order for line in by_word[word])),
        "line_doc": documents,
        "line_kind": kinds,
        "line_length": lengths,
        "lines": b"".join(lines),
        "line_at": offsets(map(len, lines)),
    }


def suggestible(document: Document) -> list[tuple[int, str, str]]:
    """(0 title | 1 question | 2 heading, anchor, words) of a document; tabs and line ends become spaces."""
    entries = [(0, "", document.title), *((1, "", line) for line in document.questions)]
    entries += [(2, anchor, line) for anchor, line in document.headings]
    return [(kind, anchor.replace("\t", " "), " ".join(line.split())) for kind, anchor, line in entries if line.strip()]


def offsets(lengths: Iterable[int]) -> array[int]:
    """Running totals from 0: where each piece begins and the last one ends."""
    at = array("I", [0])
    for length in lengths:
        at.append(at[-1] + length)
    return at
