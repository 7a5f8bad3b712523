"""Whose chat this is: this browser's visitor, whoever signed in here, or the bearer of a signed link."""

from __future__ import annotations

import re

from flask import abort, request
from sqlalchemy import Select, or_, select

from app.accounts.models import Person, Visitor, current_person, proven_person
from app.chat.greetings import Place
from app.conversations.models import Conversation, led_on, linked_person
from app.lib import clock
from app.lib.db import db

LONGEST_PATH = 300


def people_here() -> list[Person]:
    """The signed-in person and this browser's visitor, when there are such; most often one or none."""
    visitor = Visitor.current()
    found = [proven_person(), visitor.person if visitor else None]
    return list(dict.fromkeys(person for person in found if person is not None and person.active))


def mine(reference: str, *, locked: bool = False) -> tuple[Conversation, Person]:
    """The conversation, and as whom this browser takes part in it. 404 for everybody else, agents included: they have the desk."""
    number = Conversation.number_of(reference)
    for person in people_here():
        row = Conversation.own(person, number, locked=locked)
        if row is not None:
            return row, person
    linked = linked_person(number)
    row = db.session.get(Conversation, number) if linked is not None else None
    if linked is None or row is None:
        abort(404)
    return row, linked


def theirs(reference: str) -> tuple[Conversation, Person]:
    """As `mine`, but 404 also for who has only a letter's link: whoever it was handed on to says nothing about who the person is."""
    row, person = mine(reference)
    if person not in people_here():
        abort(404)
    return row, person


def goes_on(conversation: Conversation, person: Person) -> Conversation:
    """Itself, or what it was merged into, which a letter's link to it opens too. 404 for who takes no part there."""
    if conversation.merged_into_id is None:
        return conversation
    return led_on(conversation, person) or abort(404)


def own() -> Select[Conversation]:
    """The conversations of everybody this browser stands for, newest first."""
    each = [Conversation.id.in_(Conversation.of(person).with_only_columns(Conversation.id)) for person in people_here()]
    found = select(Conversation).where(or_(*each) if each else Conversation.id == -1)
    return found.where(Conversation.merged_into_id.is_(None)).order_by(Conversation.last_at.desc())


def speaker() -> Person:
    """Who writes the first message here: the signed-in person, else this browser's visitor, begun now if need be."""
    return current_person() or Visitor.begin().person


def place() -> Place:
    """Where the chat was opened, from what the link or the widget said. Nothing of it is trusted, it only chooses words."""
    given = request.values
    people = people_here()
    return Place(
        page=clean_path(given.get("page", "/")),
        title=" ".join(given.get("title", "").split())[:120],
        profession=given.get("profession", "")[:40] or next((person.profession for person in people if person.profession), ""),
        step=given.get("step", "")[:40],
        returning=bool(people),
        name=next((person.name.split()[0] for person in people if person.name.strip()), ""),
    )


def clean_path(given: str) -> str:
    """A path of this site without its query, which may hold what is nobody's business."""
    path = re.split(r"[?#]", given, maxsplit=1)[0] if given.startswith("/") and not given.startswith("//") else "/"
    return path[:LONGEST_PATH] if path.isprintable() else "/"


def touch_visitor() -> None:
    """Remember that this browser was here, at most once an hour."""
    visitor = Visitor.current()
    if visitor is not None and (clock.now() - visitor.last_seen_at).total_seconds() > 3600:
        visitor.last_seen_at = clock.now()
