"""The first run: whoever holds the link that the installation printed becomes its first admin. It works while there is none."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Person
from app.lib import tokens
from app.lib.db import db
from app.lib.page import absolute

PURPOSE = "first admin"
LIFE = timedelta(days=2)


def has_admin() -> bool:
    return db.session.scalar(select(Person.id).where(Person.role == "admin", Person.active).limit(1)) is not None


def link() -> str | None:
    """The address at which the first admin is made; None when there is one already."""
    return None if has_admin() else absolute("accounts.show_setup", token=tokens.sign(PURPOSE, {}))


def opens(token: str) -> bool:
    """Whether this token is ours, not too old, and still needed."""
    try:
        tokens.unsign(PURPOSE, token, LIFE)
    except tokens.Bad:
        return False
    return not has_admin()


def make_admin(email: str, name: str, password: str) -> Person:
    """The first admin. Raises passwords.TooWeak."""
    person = Person.open_account(email, name)
    person.name = name
    person.set_password(password)
    person.role, person.active = "admin", True
    return person
