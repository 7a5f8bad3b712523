"""What the agents' list costs with their session, with a hundred conversations and with a hundred thousand."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import delete, insert, select

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.lib import clock
from app.lib.db import db, unit_of_work
from tests import cast
from tests.bench.load import bare_ms, cpu_ms, served, site
from tests.bench.table import Row, at_most, beside

FEW, MANY, CHUNK = 100, 100_000, 5_000
LIST, GOAL, GROWTH, HEAVIEST = "/desk/views/all", 8, 1.2, 30


def run() -> list[Row]:
    running = site()
    app, web = running.app, served(running)
    with app.app_context():
        headers = {"Cookie": cookie(app)}
        fill(FEW)
        few = cpu_ms(web, LIST, 400, headers)
        fill(MANY)
        many = cpu_ms(web, LIST, 400, headers)
        weight = len(cast.signed_in(app, cast.person("grace")).get(f"/desk/conversations/{newest()}").data) / 1000
        with unit_of_work():
            db.session.execute(delete(Conversation))
    return [
        beside("inbox list of 50 rows, an agent", few, "ms CPU", "bare Flask page", bare_ms(), GOAL),
        beside("the same among 100,000 conversations", many, "ms CPU", "among 100", few, GROWTH),
        at_most("an open thread, HTML", weight, "kB", HEAVIEST),
    ]


def cookie(app: Flask) -> str:
    """The session of an agent who has looked at a page before."""
    browser = cast.signed_in(app, cast.person("grace"))
    browser.get(LIST)
    (found,) = browser._cookies.values()
    return f"{found.key}={found.value}"


def fill(count: int) -> None:
    """As many conversations as that: one in twenty open, the rest closed, as in a firm that has been at it for a while."""
    person = db.session.scalars(select(Person.id).limit(1)).one()
    have = len(db.session.scalars(select(Conversation.id)).all())
    for start in range(have, count, CHUNK):
        with unit_of_work():
            db.session.execute(insert(Conversation), [row(number, person) for number in range(start, min(start + CHUNK, count))])


def row(number: int, person: int) -> dict[str, object]:
    living = number < FEW or number % 20 == 0
    return {
        "channel": ("chat", "email", "form")[number % 3],
        "subject": f"Question number {number}",
        "state": ("open", "waiting")[number % 2] if living else "closed",
        "person_id": person,
        "last_line": "Could you tell me where I find the invoice of last month?",
        "last_voice": "customer",
        "last_at": clock.now() - timedelta(minutes=number),
        "next_due_at": clock.now() + timedelta(minutes=number) if living and number % 2 else None,
        "opened_from": {},
    }


def newest() -> int:
    return db.session.scalars(select(Conversation.id).order_by(Conversation.last_at.desc()).limit(1)).one()
