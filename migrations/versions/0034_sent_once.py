"""A form that is sent twice at the same moment is one message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contact_messages") as table:
        table.add_column(sa.Column("sent_once", sa.String(length=64), nullable=True))
        table.create_unique_constraint("uq_contact_messages_sent_once", ["sent_once"])


def downgrade() -> None:
    with op.batch_alter_table("contact_messages") as table:
        table.drop_constraint("uq_contact_messages_sent_once", type_="unique")
        table.drop_column("sent_once")
