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
