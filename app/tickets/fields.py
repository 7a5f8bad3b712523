"""Fields that people here keep on a ticket: files in content/tickets/, each with a label, a type, and the kinds of ticket that have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.accounts.models import Person
from app.lib.content import Document, Problem, check, documents, problems
from app.lib.fields import Fields
from app.tickets.models import Ticket

FOLDER = "tickets"
TYPES = ("line", "words", "choice", "number", "date", "tick")
LONGEST = {"line": 300, "words": 4000}


@dataclass(frozen=True)
class Field:
    """One field. `choices` belong to the type choice; without `kinds` every ticket has it."""

    name: str
    label: str
    type: str
    choices: tuple[str, ...]
    kinds: tuple[str, ...]
    order: int
    hint: str

    def read(self, typed: str) -> str:
        """What was typed as it is kept; empty takes the value away. Raises ValueError with words for whoever typed it."""
        value = typed.replace("\0", "").strip()
        if not value:
            return ""
        if self.type == "choice" and value not in self.choices:
            raise ValueError(f"{self.label}: choose one of {', '.join(self.choices)}.")
        if self.type == "number" and not value.replace("-", "", 1).replace(".", "", 1).isdecimal():
            raise ValueError(f"{self.label}: a number, please.")
        if self.type == "date" and not is_day(value):
            raise ValueError(f"{self.label}: a day, please.")
        if self.type == "tick":
            return "yes"
        return value[: LONGEST.get(self.type, 300)]


def is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def all_fields() -> list[Field]:
    found = [field for page in documents(FOLDER) for field, wrong in [read(page)] if not wrong]
    return sorted(found, key=lambda field: (field.order, field.label))


def fields_of(ticket: Ticket) -> list[Field]:
    """The fields that this ticket has."""
    return [field for field in all_fields() if not field.kinds or ticket.kind in field.kinds]


def others_of(ticket: Ticket) -> dict[str, object]:
    """What came with the form, the mail or a program, beside the fields of our own."""
    own = {field.label for field in fields_of(ticket)}
    return {label: value for label, value in ticket.fields.items() if label not in own}


def keep(ticket: Ticket, typed: dict[str, str], by: Person) -> list[str]:
    """Take up what was typed for the ticket's own fields; gives the labels of those that changed. Raises ValueError and changes nothing."""
    said = {field.label: field.read(typed.get(field.name, "")) for field in fields_of(ticket)}
    before = dict(ticket.fields)
    after = {**before, **said}
    changed = [label for label in said if str(before.get(label, "")) != said[label]]
    if changed:
        ticket.fields = {label: value for label, value in after.items() if value != ""}
        told = ", ".join(f"{label}: {said[label] or '–'}" for label in changed)
        ticket.conversation.happen("fields", by, words=told[:500])
    return changed


def read(page: Document) -> tuple[Field, list[Problem]]:
    fields = Fields.of(page)
    field = Field(
        name=page.slug,
        label=fields.text("label"),
        type=fields.choice("type", TYPES, "line"),
        choices=fields.words("choices"),
        kinds=fields.words("kinds"),
        order=fields.number("order", 100),
        hint=" ".join(page.body.split())[:200],
    )
    if (field.type == "choice") != bool(field.choices):
        fields.complain("choices", "belong to the type choice, and it needs them")
    fields.done()
    return field, fields.problems


@check("tickets")
def wrong() -> Iterable[Problem]:
    yield from problems(FOLDER)
    for page in documents(FOLDER):
        yield from read(page)[1]
