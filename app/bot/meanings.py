"""Answers by what they mean: with the sentence model every passage of the help center has a vector, and a question finds the nearest.

A worker keeps the vectors in step with the articles, by small bites, so that what else waits comes between them; only what is new or was
changed costs time. They lie in one mapped file, which all processes share. Without the model, or before there are vectors, nothing is
found and the bot goes by words.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

import structlog
from flask import current_app

from app.accounts.models import Person
from app.bot import minds
from app.help import library
from app.help.models import Passage
from app.lib.intents import SemanticBrain
from app.lib.meaning import Encoder, tensors
from app.lib.meaning.numbers import numpy

log = structlog.get_logger("frontdesk.bot")
FILE, FORMAT = "passages.safetensors", "frontdesk passages 1"
# On 56 questions about the demo firm's articles 46 lie at least so near, 45 of them to the right article; of 330 foreign ones 11 do.
SURE = 0.6
AT_ONCE, SECONDS = 16, 1.0
# The file is written anew as a whole: after each bite while it is small, later when a tenth has come to it.
TENTH = 0.1
# More than a file can tell of; what is beyond is found by its words.
MOST = 100_000
ASKED = -1


@dataclass(frozen=True)
class Line:
    """Something that is compared with a question: passage number `place` of an answer, or a way to ask for it."""

    key: str
    place: int
    text: str

    @property
    def mark(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Near:
    """The answer that is meant: whose it is, and its passage that comes nearest."""

    key: str
    title: str
    passage: Passage
    likeness: float


@dataclass(frozen=True)
class Kept:
    """The file as it is: a row of `vectors` for each (key, place, mark), by which model, and of which articles when none is missing."""

    vectors: Any
    lines: list[tuple[str, int, str]]
    model: str
    state: str

    @classmethod
    def read(cls, path: Path) -> Kept | None:
        """None when it cannot be used."""
        try:
            found, told = tensors.mapped(path)
            lines = [(key, place, mark) for key, place, mark in json.loads(told["lines"])]
            fits = told["format"] == FORMAT and len(lines) == len(found["vectors"])
            return cls(found["vectors"], lines, told["model"], told["state"]) if fits else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def by_mark(self, model: str) -> dict[str, Any]:
        """The vectors that this model made, by the mark of their text."""
        return {mark: vector for (_, _, mark), vector in zip(self.lines, self.vectors, strict=True)} if self.model == model else {}

    def of(self, key: str, cosines: Any) -> int:
        """The place of the passage of this answer that comes nearest; 0 when it has none."""
        places = [(cosines[row], place) for row, (whose, place, _) in enumerate(self.lines) if whose == key and place != ASKED]
        return max(places)[1] if places else 0


@dataclass
class Work:
    """What this process has in hand: all lines for a state of the articles, and vectors that are not in the file yet, by mark."""

    state: str
    lines: list[Line]
    fresh: dict[str, Any] = field(default_factory=dict)


def path() -> Path:
    return minds.folder() / FILE


def kept() -> Kept | None:
    """The newest vectors."""
    return minds.read_once("bot.passages", path(), Kept.read)


def nearest(words: str, person: Person | None) -> Near | None:
    """The answer nearest to these words that `person` may read; None when none is near enough to be sure, or there is no model."""
    have, encoder = kept(), minds.encoder()
    if have is None or encoder is None or have.model != encoder.version:
        return None
    mind = minds.brain()
    cosines = have.vectors @ (mind.vector(words) if isinstance(mind, SemanticBrain) else encoder.vectors([words])[0])
    for row in numpy.argsort(-cosines):
        if cosines[row] < SURE:
            return None
        key = have.lines[row][0]
        found = library.answer(key)
        passages = found.passages() if found and library.may_read(found, person) else []
        if found and passages:
            place = have.of(key, cosines)
            return Near(key, found.title, passages[min(place, len(passages) - 1)], float(cosines[row]))
    return None


def keep_up(seconds: float = SECONDS) -> int:
    """Make the vectors that are missing, for about so many seconds; gives how many are missing still, 0 where it makes no sense to go on.

    Without a model, on a full disk, or where another process is at it.
    """
    encoder = minds.encoder()
    if encoder is None:
        return 0
    with path().with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return 0
        return bite(encoder, seconds)


def bite(encoder: Encoder, seconds: float) -> int:
    state, old = minds.named(library.catalog().version, encoder.version), kept()
    if old is not None and old.state == state:
        current_app.extensions.pop("bot.compare", None)
        return 0
    work = work_at(state)
    known = (old.by_mark(encoder.version) if old else {}) | work.fresh
    missing = [line for line in {line.mark: line for line in work.lines}.values() if line.mark not in known]
    end = monotonic() + seconds
    while missing:
        part, missing = missing[:AT_ONCE], missing[AT_ONCE:]
        work.fresh.update(zip((line.mark for line in part), encoder.vectors([line.text for line in part]), strict=True))
        if monotonic() >= end:
            break
    known |= work.fresh
    if missing and len(work.fresh) < TENTH * len(known):
        return len(missing)
    if not write([line for line in work.lines if line.mark in known], known, encoder.version, "" if missing else state):
        return 0
    work.fresh.clear()
    return len(missing)


def work_at(state: str) -> Work:
    """Kept from bite to bite, because every article is read for the lines."""
    have: Work | None = current_app.extensions.get("bot.compare")
    if have is None or have.state != state:
        have = current_app.extensions["bot.compare"] = Work(state, list(islice(lines(), MOST)))
    return have


def lines() -> Iterator[Line]:
    """What a question is compared with: titles, the questions editors foresaw, and the passages under their headings."""
    for article in library.catalog().articles:
        if article.status == "published":
            key = f"help:{article.id}"
            yield from (Line(key, ASKED, words) for words in (f"{article.title}. {article.description}", *article.answers))
            yield from (Line(key, place, f"{article.title}. {one.heading}. {one.text}") for place, one in enumerate(article.passages()))
    for faq in library.catalog().faqs:
        key = f"faq:{faq.id}"
        yield from (Line(key, ASKED, words) for words in (faq.question, *faq.ask))
        yield from (Line(key, place, f"{faq.question} {one.text}") for place, one in enumerate(faq.passages()))


def write(lines: list[Line], vectors: dict[str, Any], model: str, state: str) -> bool:
    """Whether it could be written. A full disk costs the answers by meaning, not those by words."""
    told = json.dumps([(line.key, line.place, line.mark) for line in lines])
    rows = numpy.array([vectors[line.mark] for line in lines], numpy.float32)
    try:
        if lines:
            tensors.write(path(), {"vectors": rows}, {"format": FORMAT, "model": model, "state": state, "lines": told})
    except OSError as error:
        log.warning("passages cannot be written", error=type(error).__name__)
        return False
    return bool(lines)
