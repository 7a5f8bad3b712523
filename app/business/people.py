"""Whom the firm serves and what they said: content/professions/ and content/testimonials/."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.lib import content
from app.lib.content import Document, Problem
from app.lib.fields import Fields

WINDOWS = ("hills", "town", "sea")  # the drawings in static/img/windows.svg


@dataclass(frozen=True)
class Profession:
    """A kind of client: its words for itself, what weighs on it, and what the firm does about that."""

    slug: str
    name: str
    plural: str
    title: str
    summary: str
    order: int
    sign: str
    window: str
    worries: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    careful: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    offer: str
    body: str

    @classmethod
    def all(cls) -> list[Profession]:
        return sorted((found for found, _ in read_all("professions") if isinstance(found, cls)), key=lambda one: (one.order, one.slug))

    @classmethod
    def find(cls, slug: str) -> Profession | None:
        """By its name (`therapist`) or its plural (`therapists`), as addresses use both."""
        return next((one for one in cls.all() if slug in (one.slug, one.plural)), None)


@dataclass(frozen=True)
class Testimonial:
    """What a client said, who they are and which offer they bought. `stars` is 0 when they gave none."""

    slug: str
    name: str
    role: str
    professions: tuple[str, ...]
    offers: tuple[str, ...]
    result: str
    stars: int
    order: int
    featured: bool
    words: str

    @classmethod
    def all(cls) -> list[Testimonial]:
        return sorted((found for found, _ in read_all("testimonials") if isinstance(found, cls)), key=lambda one: (one.order, one.slug))

    @classmethod
    def choose(cls, profession: str | None = None, offer: str | None = None, most: int = 3) -> list[Testimonial]:
        """The ones nearest to a reader: same profession first, then same offer, then the featured ones."""

        def distance(one: Testimonial) -> tuple[bool, bool, bool, int]:
            return (profession not in one.professions, offer not in one.offers, not one.featured, one.order)

        return sorted(cls.all(), key=distance)[:most]


Entry = Profession | Testimonial
_read: dict[str, tuple[Document, Entry | None, list[Problem]]] = {}


def read_all(folder: str) -> Iterator[tuple[Entry | None, list[Problem]]]:
    reader: Any = {"professions": read_profession, "testimonials": read_testimonial}[folder]
    for document in content.documents(folder):
        known = _read.get(document.name)
        if known is None or known[0] is not document:
            known = _read[document.name] = (document, *reader(document))
        yield known[1], known[2]


def read_profession(document: Document) -> tuple[Profession | None, list[Problem]]:
    fields = Fields.of(document)
    profession = Profession(
        slug=document.slug,
        name=fields.text("name"),
        plural=fields.text("plural"),
        title=fields.text("title"),
        summary=fields.text("summary"),
        order=fields.number("order", 100),
        sign=fields.text("sign", "user"),
        window=fields.choice("window", WINDOWS, "hills"),
        worries=pairs(fields, "worries"),
        steps=pairs(fields, "steps"),
        careful=fields.words("careful"),
        questions=pairs(fields, "questions", "q", "a"),
        offer=fields.text("offer", ""),
        body=document.body,
    )
    whole = bool(profession.name and profession.plural and profession.title)
    return (profession if whole else None), fields.done()


def read_testimonial(document: Document) -> tuple[Testimonial | None, list[Problem]]:
    fields = Fields.of(document)
    voice = Testimonial(
        slug=document.slug,
        name=fields.text("name"),
        role=fields.text("role", ""),
        professions=fields.words("professions"),
        offers=fields.words("offers"),
        result=fields.text("result", ""),
        stars=fields.number("stars", 0),
        order=fields.number("order", 100),
        featured=fields.flag("featured"),
        words=document.body.strip(),
    )
    if not voice.words:
        fields.complain("words", "are missing: write them under the front matter")
    return (voice if voice.name and voice.words else None), fields.done()


def pairs(fields: Fields, key: str, first: str = "title", second: str = "text") -> tuple[tuple[str, str], ...]:
    found = []
    for row in fields.rows(key):
        found.append((row.text(first), row.text(second)))
        row.done()
    return tuple(found)


@content.check("professions")
def profession_problems() -> Iterable[Problem]:
    yield from folder_problems("professions")


@content.check("testimonials")
def testimonial_problems() -> Iterable[Problem]:
    yield from folder_problems("testimonials")


def folder_problems(folder: str) -> Iterator[Problem]:
    yield from content.problems(folder)
    for _, found in read_all(folder):
        yield from found
