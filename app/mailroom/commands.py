"""Commands of the mailroom."""

from __future__ import annotations

import os
from email.utils import parseaddr
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.lib.addresses import on_wire
from app.lib.dkim import new_key, record_of
from app.lib.mail import default_sender

mail = AppGroup("mail", help="Keys for our letters.")
commands = (mail,)


@mail.command("dkim")
@click.argument("file", type=click.Path(path_type=Path))
def dkim(file: Path) -> None:
    """Make a key for DKIM in FILE (or read the one that is there) and print the DNS record to publish."""
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(new_key())
        click.echo(f"Made {file}. Set FRONTDESK_MAIL_DKIM_KEY to it once the record below is published.")
    domain = on_wire(parseaddr(default_sender())[1]).rpartition("@")[2]
    click.echo(f"{current_app.config['SETTINGS'].mail_dkim_selector}._domainkey.{domain}. TXT")
    click.echo(record_of(file.read_bytes()))
