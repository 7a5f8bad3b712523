"""A ticket goes along with a merge, and remembers where it began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

OWN = sa.text("began_in_id IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("tickets") as table:
        table.add_column(sa.Column("began_in_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_tickets_began_in_id"), "conversations", ["began_in_id"], ["id"], ondelete="CASCADE")
        table.drop_constraint("uq_tickets_conversation_id", type_="unique")
        table.create_index("ix_tickets_conversation_id", ["conversation_id"])
        table.create_index("ix_tickets_began_in_id", ["began_in_id"])
        table.create_index("uq_tickets_own", ["conversation_id"], unique=True, sqlite_where=OWN, postgresql_where=OWN)
    follow()


def follow() -> None:
    """What was merged before goes to where its conversation goes on; its promise is read anew with the next look at all of them."""
    rows = sa.table("conversations", sa.column("id", sa.Integer), sa.column("merged_into_id", sa.Integer))
    merged = sa.select(rows.c.id, rows.c.merged_into_id).where(rows.c.merged_into_id.is_not(None))
    into = {number: there for number, there in op.get_bind().execute(merged)}
    tickets = sa.table("tickets", sa.column("conversation_id", sa.Integer), sa.column("began_in_id", sa.Integer))
    for began in into:
        there = began
        while there in into:
            there = into[there]
        here = tickets.update().where(tickets.c.conversation_id == began, tickets.c.began_in_id.is_(None))
        op.execute(here.values(conversation_id=there, began_in_id=began))


def downgrade() -> None:
    tickets = sa.table("tickets", sa.column("conversation_id", sa.Integer), sa.column("began_in_id", sa.Integer))
    op.execute(tickets.update().where(tickets.c.began_in_id.is_not(None)).values(conversation_id=tickets.c.began_in_id))
    with op.batch_alter_table("tickets") as table:
        table.drop_index("uq_tickets_own")
        table.drop_index("ix_tickets_began_in_id")
        table.drop_index("ix_tickets_conversation_id")
        table.create_unique_constraint("uq_tickets_conversation_id", ["conversation_id"])
        table.drop_constraint(op.f("fk_tickets_began_in_id"), type_="foreignkey")
        table.drop_column("began_in_id")
