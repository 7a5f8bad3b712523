"""Invitations: somebody who shall work here is a person without a proven address until they open the link."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.letters import send_invitation
from app.accounts.mailed import MailedLink
from app.accounts.models import ROLES, Person, Team, plain
from app.accounts.staff import Refused
from app.lib.db import add, db


def invite(email: str, name: str, role: str, by: Person, team: Team | None = None) -> Person:
    """Give somebody a role here and send them the link. Whoever has proven the address already keeps their account, and a higher role.

    Raises Refused for an account that was closed.
    """
    person = Person.by_email(email) or invited(email) or add(Person(name=name, claimed_email=plain(email)))
    if not person.active:
        raise Refused("This account is closed. Open it again on its own page.")
    person.role, person.name = higher(person.role, role) if person.is_proven else role, person.name or name
    if team is not None and team not in person.teams:
        person.teams.append(team)
    send_invitation(person, by)
    return person


def invited(email: str) -> Person | None:
    """The invited person with this address who has not come yet."""
    found = select(Person).where(Person.claimed_email == plain(email), Person.email.is_(None), Person.role.in_(("agent", "admin")))
    return db.session.scalar(found)


def accept(link: MailedLink) -> Person:
    """The person of a link that its mailbox has opened: the address is theirs now."""
    person = db.session.get(Person, link.person_id) if link.person_id else None
    owner = Person.by_email(link.email)
    if person is None:
        return owner or Person.open_account(link.email)
    if owner is None:
        person.prove(link.email)
    elif owner is not person:
        hand_over(person, owner)
    return owner or person


def hand_over(invitation: Person, owner: Person) -> None:
    """They opened an account of their own in the meantime: what was meant for them goes there."""
    owner.role = higher(owner.role, invitation.role)
    owner.teams += [team for team in invitation.teams if team not in owner.teams]
    invitation.role, invitation.active, invitation.claimed_email = "visitor", False, None


def higher(one: str, other: str) -> str:
    """An invitation takes no role away."""
    return max(one, other, key=ROLES.index)
