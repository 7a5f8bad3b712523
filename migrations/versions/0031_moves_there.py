"""How it stood where a merge brought its words, for the day it is undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("moves") as table:
        table.add_column(sa.Column("was_there", sa.String(length=10), nullable=False, server_default=""))
        table.add_column(sa.Column("waited_there", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("moves") as table:
        table.drop_column("waited_there")
        table.drop_column("was_there")
