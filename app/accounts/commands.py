"""For whoever has a shell on the server: the set-up link, and a way back in."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.accounts import demo, factors, setup
from app.accounts.mailed import MailedLink
from app.accounts.models import Person
from app.lib.db import unit_of_work
from app.lib.page import absolute


@click.command("setup-link")
@with_appcontext
def setup_link() -> None:
    """Print the address at which the first admin is made."""
    click.echo(setup.link() or "There is an admin already. `flask let-in ADDRESS` gives one of them a way back in.")


@click.command("let-in")
@click.argument("email")
@click.option("--admin", is_flag=True, help="Make them an admin too.")
@with_appcontext
def let_in(email: str, admin: bool) -> None:
    """Print a link with which EMAIL chooses a new password; their second step is switched off."""
    with unit_of_work():
        person = Person.open_account(email)
        person.active, person.role = True, "admin" if admin else person.role
        factors.drop(person)
        click.echo(absolute("accounts.show_reset", token=MailedLink.make("password", email, person)))


@click.command("close-demo")
@with_appcontext
def close_demo() -> None:
    """Shut out the demo's people who still have the demo's password."""
    with unit_of_work():
        closed = [person.email for person in demo.close()]
    click.echo(f"Shut out: {', '.join(filter(None, closed))}" if closed else "Nobody signs in with the demo's password.")


commands = (setup_link, let_in, close_demo)
