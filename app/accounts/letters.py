"""The letters accounts write. Each goes to one address, whether we know it or not, so that nobody learns whom we know."""

from __future__ import annotations

from app.accounts.mailed import MailedLink
from app.accounts.models import Person
from app.lib import mail
from app.lib.page import absolute


def send_link(email: str, wanted: str = "") -> None:
    """A link that signs in, or opens an account where there is none."""
    person = Person.by_email(email)
    token = MailedLink.make("sign-in", email, wanted=wanted)
    post("sign-in", email, link=absolute("accounts.show_link", token=token), person=person)


def send_reset(email: str) -> None:
    """A link to choose a new password; also the first one."""
    person = Person.by_email(email)
    token = MailedLink.make("password", email)
    post("password", email, link=absolute("accounts.show_reset", token=token), person=person)


def send_invitation(person: Person, by: Person) -> None:
    """A link for somebody who shall work here, to choose a password within seven days."""
    email = person.reachable_email or ""
    token = MailedLink.make("invite", email, person)
    post("invite", email, link=absolute("accounts.show_reset", token=token), person=person, by=by)


def send_address(person: Person, email: str) -> None:
    """A link to the new address of somebody who wants to change theirs; the one they asked for before is good no more."""
    MailedLink.end_changes(person)
    token = MailedLink.make("address", email, person)
    post("address", email, link=absolute("accounts.show_address", token=token), person=person)


def send_changed(person: Person, what: str, to: str | None = None) -> None:
    """News of a change that only its owner should have made: to their (former) address."""
    if to or person.email:
        post("changed", to or person.email or "", person=person, what=what, link=absolute("accounts.new_reset"))


def post(name: str, to: str, **ctx: object) -> None:
    letter = mail.write(f"accounts/{name}", to=to, **ctx)
    # Whoever asks for a link has limits of their own.
    letter.about, letter.asked_for = f"account:{name}", True
    mail.post(letter)
