"""What the desk shows in shared places: its entry in the desk's navigation, the switch for sounds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.models import Availability, Skill
from app.inbox import words
from app.inbox.keys import DEEDS
from app.inbox.listing import Line
from app.inbox.waking import clock_of
from app.lib import clock, slots
from app.lib.access import only_for
from app.lib.db import db
from app.lib.page import part

DEEDS_IN_ORDER = tuple(DEEDS.items())

slots.fill("desk.nav", "inbox/_nav.html", order=10, kept=True)
slots.fill("desk.people", "inbox/_agent.html", only_for("admin"), order=10)
slots.fill("desk.keys", "inbox/_keys.html", lambda: {"deeds": DEEDS_IN_ORDER}, kept=True)
slots.fill("desk.rail", "inbox/_sound.html", only_for("agent"), order=20, kept=True)


@lru_cache(maxsize=4096)
def drawn_row(row: Line, times: tuple[str, str, str], place: tuple[tuple[str, Any], ...], here: bool) -> Markup:
    """One row of the list. Most rows are the same from one look to the next: what was drawn is kept while all that it shows is equal."""
    age, due, due_words = times
    return part("inbox/_row.html", row=row, age=age, due=due, due_words=due_words, place=dict(place), here=here)


def drawn_rows(rows: Sequence[Line], place: dict[str, Any], here: int | None) -> Markup:
    """Template global: the rows of the list, in their order; `place` is where in the lists, `here` the conversation that is open."""
    at = tuple(place.items())
    draw, now = drawn_row.__wrapped__ if current_app.debug else drawn_row, clock.now()
    return Markup("").join([draw(row, row.times(now), at, row.id == here) for row in rows])


def load_of(agent: Person) -> tuple[float, list[str]]:
    """How many chats at once, and for which skills; what holds for everybody until an admin said otherwise."""
    capacity = db.session.scalar(select(Availability.capacity).where(Availability.person_id == agent.id))
    return Availability.USUAL if capacity is None else capacity, list(db.session.scalars(Skill.of(agent)))


def init_app(app: Flask) -> None:
    app.jinja_env.globals["load_of"] = load_of
    words.init_app(app)
    app.jinja_env.globals["clock_of"] = clock_of
    app.jinja_env.globals["drawn_rows"] = drawn_rows
