"""The demo firm's people and teams, and how to sign in as them. Only where the demo setting is on, never in production."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from app.accounts.models import Person, Team
from app.lib.db import add

PASSWORD = "two chairs, one window"  # noqa: S105 - printed on purpose; production refuses the demo


@dataclass(frozen=True)
class Login:
    """One demo person: who they are, what they may do, in which teams they work."""

    name: str
    email: str
    role: str
    about: str = ""
    teams: tuple[str, ...] = ()
    profession: str = ""


PEOPLE = (
    Login("Ruth Calloway", "ruth@northlight.example", "admin", "Founder, adviser to therapists", ("sales", "partnerships", "media")),
    Login("Jonah Price", "jonah@northlight.example", "agent", "Front desk", ("front-desk", "billing")),
    Login("Owen Adeyemi", "owen@northlight.example", "agent", "Adviser to physicians", ("sales", "technical")),
    Login("Kirsten Vale", "kirsten@northlight.example", "agent", "Adviser to consultants", ("sales", "front-desk")),
    Login("Miriam Oduya", "miriam@practice.example", "customer", profession="therapist"),
)
TEAMS = (
    ("front-desk", "Front desk"),
    ("sales", "Advisers"),
    ("technical", "Technical"),
    ("billing", "Billing"),
    ("partnerships", "Partnerships"),
    ("media", "Media"),
)
LOGINS = tuple(f"{one.role:<9}{one.email}  password: {PASSWORD}" for one in PEOPLE[:2] + PEOPLE[-1:])


def fill() -> None:
    """Teams first, then people with one password for all; whoever is there already is left as they are."""
    teams = {slug: Team.by_slug(slug) or add(Team(slug=slug, name=name)) for slug, name in TEAMS}
    for one in PEOPLE:
        if Person.by_email(one.email) is None:
            move_in(one, teams)


def move_in(one: Login, teams: dict[str, Team]) -> None:
    person = Person.open_account(one.email, one.name, one.role)
    person.about, person.profession = one.about, one.profession or None
    person.teams = [teams[slug] for slug in one.teams]
    person.set_password(PASSWORD)


def shown_logins() -> list[Login]:
    """The people to sign in as, for the sign-in page of a demo; none anywhere else."""
    settings = current_app.config["SETTINGS"]
    if not settings.demo or settings.production:
        return []
    return [one for one in PEOPLE[:2] + PEOPLE[-1:] if still_open(one)]


def open_doors() -> list[Person]:
    """Demo people who still sign in with the password that everybody knows."""
    found = [Person.by_email(one.email) for one in PEOPLE]
    return [person for person in found if person is not None and person.active and person.has_password(PASSWORD)]


def close() -> list[Person]:
    """Nobody signs in as these any more; what they wrote stays."""
    closed = open_doors()
    for person in closed:
        person.shut_out()
        person.password_hash = None
    return closed


def still_open(one: Login) -> bool:
    person = Person.by_email(one.email)
    return person is not None and person.active and person.password_hash is not None


__all__ = ["LOGINS", "PASSWORD", "close", "fill", "open_doors", "shown_logins"]
