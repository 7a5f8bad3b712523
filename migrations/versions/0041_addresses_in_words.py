"""Addresses are kept as their owners write them: A-labels in their domains are read as what they stand for."""

from __future__ import annotations

import hashlib

import idna
import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

PLACES = {"correspondents": "email", "blocks": "email", "suppressed_addresses": "address", "undeliverable_addresses": "email"}
UNIQUE = ("suppressed_addresses", "undeliverable_addresses")


def upgrade() -> None:
    for table, column in PLACES.items():
        rewrite(table, column)
    rewrite_mails()


def rewrite(table: str, column: str) -> None:
    there = sa.table(table, sa.column("id"), sa.column(column))
    db, address = op.get_bind(), there.c[column]
    for row_id, was in db.execute(sa.select(there.c.id, address).where(address.like("%@%xn--%"))).all():
        now = in_words(was)
        if table in UNIQUE and db.scalar(sa.select(there.c.id).where(address == now, there.c.id != row_id)):
            # The newer row says the same of the same address.
            db.execute(there.delete().where(there.c.id == row_id))
        else:
            db.execute(there.update().where(there.c.id == row_id).values({column: now}))


def rewrite_mails() -> None:
    """The mark of a mail is made of its Message-ID and its sender: it stays the one by which the same mail is known again."""
    mails = sa.table("incoming_mails", *map(sa.column, ("id", "sender", "message_id", "mark")))
    db = op.get_bind()
    for row in db.execute(sa.select(mails).where(mails.c.sender.like("%@%xn--%"))).all():
        now = in_words(row.sender)
        mark = hashlib.sha256(f"{row.message_id}\n{now}".encode("utf-8", "surrogatepass")).hexdigest()
        if not db.scalar(sa.select(mails.c.id).where(mails.c.mark == mark)):
            db.execute(mails.update().where(mails.c.id == row.id).values(sender=now, mark=mark))


def in_words(address: str) -> str:
    local, at, host = address.rpartition("@")
    try:
        return f"{local}{at}{idna.decode(host)}"
    except (idna.IDNAError, UnicodeError):
        return address


def downgrade() -> None:
    """Both forms are the same address: nothing to undo."""
