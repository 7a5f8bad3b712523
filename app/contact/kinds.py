"""Kinds of inquiry: files in content/contact/, each with its own questions, team and priority. A new kind is a new file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.lib.content import Document, Problem, check, document, documents
from app.lib.fields import Fields

FOLDER = "contact"
TYPES = ("line", "words", "choice", "url", "date", "email", "tick")
PRIORITIES = ("low", "normal", "high", "urgent")


@dataclass(frozen=True)
class Question:
    """One field of a kind's own. `choices` belong to the type `choice`."""

    name: str
    label: str
    type: str
    required: bool
    hint: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """What somebody may write to us about."""

    slug: str
    title: str
    summary: str
    order: int
    team: str
    priority: str
    asks_urgency: bool
    help: tuple[str, ...]
    questions: tuple[Question, ...]
    body: str

    @classmethod
    def all(cls) -> list[Kind]:
        return sorted((read(page)[0] for page in documents(FOLDER)), key=lambda kind: (kind.order, kind.slug))

    @classmethod
    def find(cls, slug: str) -> Kind | None:
        page = document(FOLDER, slug)
        return read(page)[0] if page else None


def read(page: Document) -> tuple[Kind, list[Problem]]:
    fields = Fields.of(page)
    kind = Kind(
        slug=page.slug,
        title=fields.text("title"),
        summary=fields.text("summary", ""),
        order=fields.number("order", 100),
        team=fields.text("team", ""),
        priority=fields.choice("priority", PRIORITIES, "normal"),
        asks_urgency=fields.flag("urgency"),
        help=fields.words("help"),
        questions=tuple(read_question(row) for row in fields.rows("fields")),
        body=page.body,
    )
    return kind, fields.done()


def read_question(row: Fields) -> Question:
    question = Question(
        name=row.text("name"),
        label=row.text("label"),
        type=row.choice("type", TYPES, "line"),
        required=row.flag("required"),
        hint=row.text("hint", ""),
        choices=row.words("choices"),
    )
    if not question.name.isidentifier():
        row.complain("name", "should be one word of letters")
    if question.type == "choice" and not question.choices:
        row.complain("choices", "is missing: a choice needs some")
    row.done()
    return question


@check("contact")
def problems() -> Iterable[Problem]:
    """What editors should mend in content/contact/."""
    for page in documents(FOLDER):
        yield from read(page)[1]
