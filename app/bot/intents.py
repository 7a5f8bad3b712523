"""Intents: content/bot/intents/*.md, what people ask for and what then happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.bot import flows
from app.help import library
from app.lib import content
from app.lib.content import Document, Problem
from app.lib.intents import confused

FOLDER = "bot/intents"
FEWEST, MOST = 5, 15
ENTANGLED = 5
KEYS = {"id", "title", "ask", "not", "flow", "article", "handoff"}


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One intent: phrasings in `ask`, near misses in `not_this`; then an answer, a flow, an article, or a team to hand over to."""

    id: str
    title: str
    ask: tuple[str, ...] = ()
    not_this: tuple[str, ...] = ()
    answer: str = ""
    flow: str = ""
    article: str = ""
    handoff: str = ""

    @property
    def examples(self) -> list[tuple[str, str]]:
        """What the brain learns; the title is one more phrasing."""
        return [(sentence, self.id) for sentence in dict.fromkeys((*self.ask, self.title))]


def intents() -> dict[str, Intent]:
    """All readable intents by id."""
    return {one.id: one for one in map(read, content.documents(FOLDER))}


def read(document: Document) -> Intent:
    meta = document.meta
    return Intent(
        id=str(meta.get("id") or document.slug),
        title=str(meta.get("title") or document.slug.replace("-", " ").capitalize()),
        ask=lines(meta.get("ask")),
        not_this=lines(meta.get("not")),
        answer=document.body.strip(),
        **{key: str(meta.get(key) or "") for key in ("flow", "article", "handoff")},
    )


def lines(value: Any) -> tuple[str, ...]:
    """A list of plain lines, whatever the editor wrote there."""
    return tuple(str(line) for line in value) if isinstance(value, list) else ()


def examples() -> list[tuple[str, str]]:
    """(sentence, id of the intent) of every intent."""
    return [example for one in intents().values() for example in one.examples]


def outside() -> list[str]:
    """What the firm's bot should leave alone: content/bot/outside.txt."""
    path = content.root() / "bot" / "outside.txt"
    return [line.strip() for line in path.read_text("utf-8", errors="replace").splitlines() if line.strip()] if path.is_file() else []


@content.check("bot intents")
def problems() -> Iterable[Problem]:
    """Too few phrasings, nothing to do, targets that are not there, and intents that the brain takes for each other."""
    yield from content.problems(FOLDER)
    seen: dict[str, str] = {}
    where: dict[str, Document] = {}
    for document in content.documents(FOLDER):
        one = read(document)
        where[one.id] = document
        yield from (document.problem(message, key) for key, message in faults(document, one))
        if one.id in seen:
            yield document.problem(f"The id {one.id!r} is also that of {seen[one.id]}.", "id")
        seen[one.id] = document.name
    yield from (where[label].problem(message, "ask") for label, message in entangled())


def entangled() -> Iterator[tuple[str, str]]:
    """(intent, what is wrong) for pairs of intents that take many of each other's phrasings, with one of them."""
    pairs: dict[frozenset[str], list[tuple[str, str, str, str]]] = {}
    known = examples()
    for one in confused(known) if known else ():
        pairs.setdefault(frozenset((one[1], one[3])), []).append(one)
    for found in pairs.values():
        sentence, label, other, wrong = found[0]
        if len(found) >= ENTANGLED:
            yield label, f"It is often taken for {wrong!r}, such as “{sentence}” for “{other}”: make the two differ, or make them one."


def faults(document: Document, one: Intent) -> Iterator[tuple[str, str]]:
    yield from ((key, f"There is no key {key!r}.") for key in document.meta if key not in KEYS)
    if not FEWEST <= len(one.ask) <= MOST:
        yield "ask", f"An intent has {FEWEST} to {MOST} phrasings; this one has {len(one.ask)}."
    if not (one.answer or one.flow or one.article or one.handoff):
        yield "title", "It says nothing: give an answer below, a flow, an article or a team to hand over to."
    if one.flow and one.flow not in flows.flows():
        yield "flow", f"There is no flow {one.flow!r} in content/bot/flows."
    if one.article and not library.is_readable(one.article):
        yield "article", f"There is no article {one.article!r} that everybody can read."
