"""What admins do with people: give roles and grants, put them into teams, close and reopen accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from app.accounts.events import PersonDeactivated
from app.accounts.sessions import SignIn
from app.lib.db import db
from app.lib.facts import tell

if TYPE_CHECKING:
    from app.accounts.models import Person, Team

WORKING = ("customer", "agent", "admin")


class Refused(ValueError):
    """This would lock the firm out, or makes no sense; the message says why."""


class Staff:
    """The part of a Person that admins change."""

    def take_role(self, role: str) -> None:
        """Raises Refused for the last admin, and for people without a proven address."""
        person = cast("Person", self)
        if role not in WORKING or not person.is_proven:
            raise Refused("Only somebody with a proven address can have this role.")
        if role != "admin":
            keep_an_admin(person)
        person.role = role

    def join(self, teams: list[Team]) -> None:
        """Exactly these teams."""
        cast("Person", self).teams = teams

    def deactivate(self) -> None:
        """Close the account: signed out everywhere, no way in. Raises Refused for the last admin."""
        keep_an_admin(cast("Person", self))
        self.shut_out()

    def shut_out(self) -> None:
        """The same, whoever is left: for accounts that nobody should have."""
        person = cast("Person", self)
        person.active = False
        SignIn.end_all(person)
        tell(PersonDeactivated(person_id=person.id))

    def reactivate(self) -> None:
        cast("Person", self).active = True


def keep_an_admin(person: Person) -> None:
    kind = type(person)
    admins = select(kind.id).where(kind.role == "admin", kind.active, kind.email.is_not(None)).order_by(kind.id)
    # Held, or two who take each other's role at the same moment leave none.
    if db.session.scalars(admins.with_for_update()).all() == [person.id]:
        raise Refused("This is the last admin. Make somebody else an admin first.")
