"""Signing in and out, and what a proof of an address leads to. The one door other slices use: `sign_in`, `EmailCode`, `prove_by_code`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import g, session
from flask_login import current_user, login_user, logout_user

from app.accounts.events import AgentSignedIn
from app.accounts.models import Link, Person, Visitor
from app.accounts.proofs import EmailCode, TooOften
from app.accounts.sessions import SignIn
from app.lib import clock
from app.lib.db import db
from app.lib.facts import tell

HALF = "half"
HALF_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class HalfWay:
    """Somebody who has shown their password or their mailbox, and still owes the code from their phone."""

    person: Person
    way: str
    next: str


def sign_in(person: Person, way: str) -> SignIn:
    """Begin a session in this browser, proven by `way` (password, link, code, setup). Nothing of the stranger's session is kept.

    The visitor this browser was until now is joined to the person, reversibly. People with a second step must have passed it.
    """
    session.clear()
    row = SignIn.begin(person, way)
    login_user(person)
    session.permanent = True
    g.sign_in_id = row.id
    join_visitor(person, way)
    if person.is_agent:
        tell(AgentSignedIn(person_id=person.id))
    return row


def begin(person: Person, way: str, wanted: str = "") -> bool:
    """Sign the person in, or remember that the second step is owed. True when they are in."""
    if person.has_second_step:
        session.clear()
        session[HALF] = {"person": person.id, "way": way, "next": wanted, "until": (clock.now() + HALF_LIFE).timestamp()}
        return False
    sign_in(person, way)
    return True


def half_way() -> HalfWay | None:
    """Who is between the two steps in this browser, within ten minutes."""
    found = session.get(HALF)
    if not isinstance(found, dict) or found["until"] < clock.now().timestamp():
        return None
    person = db.session.get(Person, found["person"])
    return HalfWay(person, found["way"], found["next"]) if person is not None and person.active else None


def sign_out() -> None:
    """End this session. The visitor cookie goes too: who sits here next must not see what was written before."""
    if current_user.is_authenticated:
        SignIn.here().end()
    logout_user()
    session.clear()
    g.forget_visitor = True


def join_visitor(person: Person, proof: str) -> Link | None:
    """Join what this browser wrote before to the person who has just shown who they are."""
    visitor = Visitor.current()
    return Link.make(person, visitor.person, proof) if visitor else None


def prove_by_code(visitor: Person, email: str, code: str) -> Person | None:
    """The person whose address it is, opened when new and joined to `visitor`, when `code` is right; else None.

    It signs nobody in: call `sign_in` for that, for customers only. Call it before anything else is written (see EmailCode.check).
    """
    if not EmailCode.check(visitor, email, code):
        return None
    person = Person.open_account(email, visitor.name)
    if person.active:
        Link.make(person, visitor, "code")
    return person if person.active else None


__all__ = ["EmailCode", "HalfWay", "TooOften", "begin", "half_way", "join_visitor", "prove_by_code", "sign_in", "sign_out"]
